/**
 * Keeps the counts of all runs in a file beside the checkpoint. They are for people, and not exact: a crash loses up to ten
 * seconds of them, and counts what is read again twice. The file is only used while the checkpoint is locked.
 */
import { replaceFile } from '../durable-file.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import { Failures } from '../retry.js';
import { readTrusted, resolveFile } from '../trusted-file.js';
import { addCounts, areCounts, type Counts, type Totals } from './totals.js';

/** Counts of the runs before this one. */
interface Earlier {
  readonly sinceMs: number;
  readonly counts: Counts;
}

export interface TotalsFileOptions {
  /** The checkpoint beside which the file is. */
  readonly checkpointPath: string;
  readonly nowMs: number;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

const version = 1;

export class TotalsFile {
  readonly #path: string;
  readonly #earlier: Earlier;
  #written: string | undefined;
  readonly #failures: Failures;

  private constructor(path: string, earlier: Earlier, failures: Failures) {
    this.#path = path;
    this.#earlier = earlier;
    this.#failures = failures;
  }

  /** A file that cannot be used is reported, and replaced by one that counts from now on. */
  static async open(options: TotalsFileOptions): Promise<TotalsFile> {
    const { checkpointPath, nowMs, onFault } = options;
    const failures = new Failures(options, 'totals');
    const path = `${checkpointPath}.totals.json`;
    const none: Earlier = { sinceMs: nowMs, counts: {} };
    try {
      return new TotalsFile(path, parse(await readTrusted(path)), failures);
    } catch (error) {
      const isThere = (error as NodeJS.ErrnoException).code !== 'ENOENT';
      if (isThere) {
        const message = `The totals "${path}" cannot be read, so they begin again at zero: ${describeError(error)}`;
        // It is not attempted again, so it cannot recover.
        onFault({ stage: 'report', code: 'totals-not-read', message, cause: error });
      }
      return new TotalsFile(path, none, failures);
    }
  }

  /** @param totals those of this run */
  sum(totals: Totals): { readonly sinceMs: number; readonly totals: Totals } {
    const { sinceMs, counts } = this.#earlier;
    return { sinceMs, totals: addCounts(counts, totals as unknown as Counts) as unknown as Totals };
  }

  /** A failure is reported, and the next write makes up for it. */
  async write(current: Totals): Promise<void> {
    const { sinceMs, totals } = this.sum(current);
    const text = `${JSON.stringify({ version, since: new Date(sinceMs).toISOString(), totals }, null, 2)}\n`;
    if (text === this.#written) return;
    try {
      await replaceFile(await resolveFile(this.#path), text);
      this.#written = text;
      this.#failures.succeeded();
    } catch (error) {
      const message = `The totals "${this.#path}" could not be written and are written later: ${describeError(error)}`;
      this.#failures.failed({ stage: 'report', code: 'totals-not-written', message, cause: error });
    }
  }
}

/** @throws Error for a text of another kind */
function parse(text: string): Earlier {
  const { version: found, since, totals } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const sinceMs = Date.parse(String(since));
  if (found !== version || !areCounts(totals) || Number.isNaN(sinceMs))
    throw new Error('its content is not that of this version');
  return { sinceMs, counts: totals };
}
