/**
 * Keeps the latest of a text that changes often in a file that is always whole. Changes are gathered over an interval; a
 * write that fails is tried again for as long as it takes.
 */
import { dirname } from 'node:path';
import { backoffMs } from '../backoff.js';
import type { Clock } from '../clock.js';
import { makeFolder, replaceFile } from '../durable-file.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import { isStillNamed, type WrittenFile } from '../named-file.js';
import { resolveFile } from '../trusted-file.js';

export interface LatestFileOptions {
  readonly path: string;
  /** Called before each write; a rejection fails it. */
  readonly beforeWrite?: () => Promise<void>;
  /** Longest time between a change and its write, in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

const backoff = { baseMs: 500, maxMs: 15_000 };

export class LatestFile {
  readonly #options: LatestFileOptions;
  readonly #stop = new AbortController();
  #latest: string | undefined;
  #written: { readonly text: string; readonly file: WrittenFile } | undefined;
  #timer: Promise<void> | undefined;
  /** The last of the writes that were asked for; each begins when the one before it is done. */
  #writing: Promise<boolean> = Promise.resolve(true);
  #failures = 0;

  constructor(options: LatestFileOptions) {
    this.#options = options;
  }

  /** Takes a new text, which is written within the interval. */
  put(text: string): void {
    this.#latest = text;
    this.#timer ??= this.#writeLater();
  }

  /** Resolves with true when the latest text is on disk, however long that takes, with false when the close came first. */
  write(): Promise<boolean> {
    this.#writing = this.#writing.then(async () => {
      const { signal } = this.#stop;
      while (!signal.aborted && !(await this.#attempt())) await this.#options.clock.sleep(this.#retryMs(), signal);
      return this.#latest === this.#written?.text;
    });
    return this.#writing;
  }

  /** Writes the latest text with one attempt; resolves with false when that failed. */
  async close(): Promise<boolean> {
    this.#stop.abort();
    await this.#writing;
    return this.#attempt();
  }

  async #writeLater(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    await clock.sleep(intervalMs, this.#stop.signal);
    this.#timer = undefined;
    if (!this.#stop.signal.aborted) await this.write();
  }

  async #attempt(): Promise<boolean> {
    const { path, beforeWrite, onFault, onRecovery } = this.#options;
    const text = this.#latest;
    if (text === undefined) return true;
    try {
      const file = await resolveFile(path);
      // Somebody may have removed the file since.
      if (text === this.#written?.text && (await isStillNamed(this.#written.file))) return true;
      await makeFolder(dirname(file));
      await beforeWrite?.();
      this.#written = { text, file: await replaceFile(file, text) };
    } catch (error) {
      const attempt = ++this.#failures;
      const message = `The file "${path}" could not be written and is tried again: ${describeError(error)}`;
      onFault({ stage: 'checkpoint', code: 'not-written', message, attempt, retryMs: this.#retryMs(), cause: error });
      return false;
    }
    if (this.#failures > 0) onRecovery({ stage: 'checkpoint' });
    this.#failures = 0;
    return true;
  }

  #retryMs(): number {
    return backoffMs(Math.max(1, this.#failures), backoff, this.#options.random());
  }
}
