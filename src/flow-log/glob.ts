/**
 * Globs over the names of log groups and log streams. A `/` in those names is a character like any other, so `*` goes
 * across it: `/aws/vpc/*` is every group below.
 */
import picomatch from 'picomatch';

export type Glob = (name: string) => boolean;

/** Undefined when it is no glob: empty, or longer than 65,536 characters. */
export function parseGlob(glob: string): Glob | undefined {
  // Also the empty name, which a payload without a log group has.
  if (glob === '*') return () => true;
  try {
    return picomatch(glob, { bash: true, dot: true, nonegate: true, windows: false });
  } catch {
    return undefined;
  }
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
