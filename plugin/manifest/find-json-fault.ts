/**
 * Where a text stops being valid JSON. The message of JSON.parse does not always say so and differs between versions of Node.
 * It also quotes the surrounding text, which may be a secret.
 */
export interface TextPosition {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/** The first character that is not valid JSON, or the start of an unterminated string. Undefined if the text is valid. */
export function findJsonFault(json: string): TextPosition | undefined {
  const end = skipValue(json, 0);
  const at = skipBlanks(json, typeof end === 'number' ? end : end.faultAt);
  return typeof end === 'number' && at === json.length ? undefined : toPosition(json, at);
}

/** @param index in characters, from 0 */
export function toPosition(text: string, index: number): TextPosition {
  const lines = text.slice(0, index).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** Where a part of the text ends, or where its fault is. */
type End = number | { readonly faultAt: number };

const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const colon = /:/y;

function skipValue(json: string, from: number): End {
  const at = skipBlanks(json, from);
  if (json[at] === '{') return skipList(json, at, '}', skipMember);
  if (json[at] === '[') return skipList(json, at, ']', skipValue);
  return skipToken(json, at, text, number, word);
}

function skipMember(json: string, from: number): End {
  const afterName = skipToken(json, skipBlanks(json, from), text);
  if (typeof afterName !== 'number') return afterName;
  const afterColon = skipToken(json, skipBlanks(json, afterName), colon);
  return typeof afterColon === 'number' ? skipValue(json, afterColon) : afterColon;
}

function skipList(json: string, from: number, close: string, skipItem: (json: string, from: number) => End): End {
  let at = skipBlanks(json, from + 1);
  if (json[at] === close) return at + 1;
  for (;;) {
    const end = skipItem(json, at);
    if (typeof end !== 'number') return end;
    at = skipBlanks(json, end);
    if (json[at] === close) return at + 1;
    if (json[at] !== ',') return { faultAt: at };
    at += 1;
  }
}

function skipToken(json: string, at: number, ...tokens: readonly RegExp[]): End {
  for (const token of tokens) {
    token.lastIndex = at;
    if (token.test(json)) return token.lastIndex;
  }
  return { faultAt: at };
}

function skipBlanks(json: string, from: number): number {
  let at = from;
  while (' \t\r\n'.includes(json[at] ?? 'end')) at += 1;
  return at;
}
