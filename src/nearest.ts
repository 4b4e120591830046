import { closest, distance } from 'fastest-levenshtein';

/** The known word that was most likely meant; undefined if none is similar. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = word.toLowerCase();
  const best = closest(
    lower,
    known.map((name) => name.toLowerCase()),
  );
  const near = Math.min(3, Math.floor(Math.max(word.length, best.length) / 2));
  return distance(lower, best) <= near ? known.find((name) => name.toLowerCase() === best) : undefined;
}
