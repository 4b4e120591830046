/** The result of one step of a check, as data. `format-results` turns it into text. */
import type { SnareRow } from '../../../src/snare-row.js';

export type CheckStatus = 'pass' | 'warn' | 'fail';

export interface CheckResult {
  /** One or two words, such as `stream`. */
  readonly name: string;
  /** `warn`: it works but may surprise the user, or it could not be checked. `fail`: it will not work. */
  readonly status: CheckStatus;
  /** The finding, in one sentence. */
  readonly message: string;
  /** What to do, as the end of a sentence that begins with "do". */
  readonly advice?: string;
  /** The numbers and names of the message, for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Rows as they would be sent, shown as a table. */
  readonly rows?: readonly SnareRow[];
}

/** The worst status; `pass` if there are no results. */
export function worstOf(results: readonly Pick<CheckResult, 'status'>[]): CheckStatus {
  const isAny = (status: CheckStatus) => results.some((result) => result.status === status);
  if (isAny('fail')) return 'fail';
  return isAny('warn') ? 'warn' : 'pass';
}
