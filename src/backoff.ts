/**
 * The wait before a repeated attempt: exponential, capped, with full jitter so that many clients that failed together
 * do not come back together. A pure function of the attempt and a random number.
 */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * @param attempt number of failures so far, from 1
 * @param random in [0, 1)
 * @returns milliseconds, between half of the exponential step and the whole step, at most `maxMs`
 */
export function backoffMs(attempt: number, { baseMs, maxMs }: BackoffLimits, random: number): number {
  const step = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(step / 2 + (step / 2) * random);
}
