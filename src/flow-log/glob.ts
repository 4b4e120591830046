/**
 * Globs for the names of log groups and log streams: `*` for any number of characters, `?` for one, `[a-z]` and `[!a-z]` for
 * one of a class, `{a,b}` for alternatives. A `/` is an ordinary character, so `*` matches it: `/aws/vpc/*` matches every group
 * below. Matching takes at most the product of both lengths in steps, whatever the glob.
 */

export type Glob = (name: string) => boolean;

const MAX_LENGTH = 1024;
const MAX_ALTERNATIVES = 100;

/** Undefined if it is not a valid glob: empty, longer than 1,024 characters, or with more than 100 alternatives. */
export function parseGlob(glob: string): Glob | undefined {
  if (glob === '' || glob.length > MAX_LENGTH) return undefined;
  const alternatives = expandBraces(glob);
  if (!alternatives) return undefined;
  const patterns = alternatives.map(toTokens);
  return (name) => patterns.some((tokens) => matches(tokens, name));
}

/** A test for one character, or `RUN` for any number of any characters. */
type Token = typeof RUN | ((character: string) => boolean);

const RUN = 'run';

/** Expands `a{b,c}` to `ab` and `ac`. Undefined if there are too many. */
function expandBraces(glob: string): readonly string[] | undefined {
  const waiting = [glob];
  const expanded: string[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const brace = findBrace(next);
    if (!brace) expanded.push(next);
    else {
      const [before, after] = [next.slice(0, brace.start), next.slice(brace.end + 1)];
      for (const choice of brace.choices) waiting.push(before + choice + after);
    }
    if (expanded.length + waiting.length > MAX_ALTERNATIVES) return undefined;
  }
  return expanded;
}

/** The first pair of braces with a comma inside, and the parts between its commas. */
function findBrace(glob: string) {
  for (let start = findUnescaped(glob, '{', 0); start !== -1; start = findUnescaped(glob, '{', start + 1)) {
    const choices: string[] = [];
    let depth = 0;
    let from = start + 1;
    for (let at = start; at < glob.length; at++) {
      const character = glob[at];
      if (character === '\\') at++;
      else if (character === '{') depth++;
      else if (character === ',' && depth === 1) {
        choices.push(glob.slice(from, at));
        from = at + 1;
      } else if (character === '}' && --depth === 0) {
        if (choices.length > 0) return { start, end: at, choices: [...choices, glob.slice(from, at)] };
        break;
      }
    }
  }
  return undefined;
}

function findUnescaped(text: string, character: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === character) return at;
  }
  return -1;
}

function toTokens(glob: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at];
    const classEnd = character === '[' ? findClassEnd(glob, at) : -1;
    if (character === '*') {
      if (tokens.at(-1) !== RUN) tokens.push(RUN);
    } else if (character === '?') tokens.push(() => true);
    else if (classEnd !== -1) {
      tokens.push(toClass(glob.slice(at + 1, classEnd)));
      at = classEnd;
    } else {
      if (character === '\\' && at + 1 < glob.length) at++;
      const expected = glob[at];
      tokens.push((got) => got === expected);
    }
  }
  return tokens;
}

/** A closing bracket in first place belongs to the class. */
function findClassEnd(glob: string, start: number): number {
  const first = /[!^]/.test(glob[start + 1] ?? '') ? start + 2 : start + 1;
  return findUnescaped(glob, ']', glob[first] === ']' ? first + 1 : first);
}

function toClass(text: string): (character: string) => boolean {
  const isNegated = /^[!^]/.test(text);
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let at = isNegated ? 1 : 0; at < text.length; at++) {
    if (text[at] === '\\' && at + 1 < text.length) at++;
    const from = text[at] ?? '';
    const to = text[at + 1] === '-' ? text[at + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) at += 2;
  }
  return (character) => ranges.some(([from, to]) => from <= character && character <= to) !== isNegated;
}

/** On a mismatch only the last run of any characters can be longer: what came before it fits as it is. */
function matches(tokens: readonly Token[], name: string): boolean {
  let [token, at] = [0, 0];
  let [lastRun, runEnd] = [-1, 0];
  while (at < name.length) {
    const next = tokens[token];
    if (next === RUN) {
      [lastRun, runEnd] = [token, at];
      token++;
    } else if (next?.(name[at] as string)) {
      token++;
      at++;
    } else if (lastRun === -1) {
      return false;
    } else {
      runEnd++;
      [token, at] = [lastRun + 1, runEnd];
    }
  }
  return token === tokens.length || (token === tokens.length - 1 && tokens[token] === RUN);
}

/**
 * Whether some name may match both. False only where the plain text that the globs begin or end with differs, or where
 * one is a plain name that the other does not match: a rare true too many is a warning too many, nothing else.
 */
export function mayOverlap(a: string, b: string): boolean {
  if (isPlain(a)) return isPlain(b) ? a === b : parseGlob(b)?.(a) === true;
  if (isPlain(b)) return mayOverlap(b, a);
  const [startA, startB] = [plainStart(a), plainStart(b)];
  const [endA, endB] = [plainEnd(a), plainEnd(b)];
  return (startA.startsWith(startB) || startB.startsWith(startA)) && (endA.endsWith(endB) || endB.endsWith(endA));
}

function isPlain(glob: string): boolean {
  return plainStart(glob) === glob;
}

function plainStart(glob: string): string {
  return /^[\w/.#-]*/.exec(glob)?.[0] ?? '';
}

function plainEnd(glob: string): string {
  return /[\w/.#-]*$/.exec(glob)?.[0] ?? '';
}
