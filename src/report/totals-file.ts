/**
 * Keeps the counts of all runs in a file beside the checkpoint. They are for people, and not exact: a crash loses up to a
 * minute of them, and counts what is read again twice. The file is only used while the checkpoint is locked.
 */
import { replaceFile } from '../durable-file.js';
import { describeError, type ReportFault } from '../faults.js';
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
}

const version = 1;

export class TotalsFile {
  readonly #path: string;
  readonly #onFault: ReportFault;
  readonly #earlier: Earlier;
  #written: string | undefined;

  private constructor(path: string, onFault: ReportFault, earlier: Earlier) {
    this.#path = path;
    this.#onFault = onFault;
    this.#earlier = earlier;
  }

  /** A file that cannot be used is reported, and replaced by one that counts from now on. */
  static async open({ checkpointPath, nowMs, onFault }: TotalsFileOptions): Promise<TotalsFile> {
    const path = `${checkpointPath}.totals.json`;
    const none: Earlier = { sinceMs: nowMs, counts: {} };
    try {
      return new TotalsFile(path, onFault, parse(await readTrusted(path)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        const message = `The totals "${path}" cannot be read, so they begin again at zero: ${describeError(error)}`;
        onFault({ stage: 'report', code: 'totals-not-read', message, cause: error });
      }
      return new TotalsFile(path, onFault, none);
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
    } catch (error) {
      const message = `The totals "${this.#path}" could not be written and are written later: ${describeError(error)}`;
      this.#onFault({ stage: 'report', code: 'totals-not-written', message, cause: error });
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
