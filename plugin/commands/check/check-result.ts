/** What one step of a check found, as data; format-results shows it. */
import type { SnareRow } from '../../../src/snare-row.js';

export type CheckStatus = 'pass' | 'warn' | 'fail';

export interface CheckResult {
  /** A word or two, such as `stream`. */
  readonly name: string;
  /** `warn`: it works, but perhaps not as expected, or it could not be checked. `fail`: it will not work. */
  readonly status: CheckStatus;
  /** One sentence: what was found. */
  readonly message: string;
  /** What to do, as the end of a sentence that begins with "do". */
  readonly advice?: string;
  /** The numbers and names behind the message, for machines. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Rows as they would be sent, for a table. */
  readonly rows?: readonly SnareRow[];
}

/** The worst of them; `pass` of none. */
export function worstOf(results: readonly Pick<CheckResult, 'status'>[]): CheckStatus {
  const isAny = (status: CheckStatus) => results.some((result) => result.status === status);
  if (isAny('fail')) return 'fail';
  return isAny('warn') ? 'warn' : 'pass';
}
