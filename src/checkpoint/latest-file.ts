/**
 * Keeps the latest version of a text that changes often in a file that is always complete. Changes are collected over an
 * interval; a failed write is retried until it succeeds.
 */
import { dirname } from 'node:path';
import { makeFolder, replaceFile } from '../durable-file.js';
import { describeError } from '../faults.js';
import { isStillNamed, type WrittenFile } from '../named-file.js';
import { Attempts, type Context } from '../retry.js';
import { resolveFile } from '../trusted-file.js';

export interface LatestFileOptions extends Omit<Context, 'signal'> {
  readonly path: string;
  /** Called before each write; the write fails if it rejects. */
  readonly beforeWrite?: () => Promise<void>;
  /** Longest time between a change and its write, in milliseconds. */
  readonly intervalMs: number;
}

const backoff = { baseMs: 500, maxMs: 15_000 };

export class LatestFile {
  readonly #options: LatestFileOptions;
  readonly #stop = new AbortController();
  #latest: string | undefined;
  #written: { readonly text: string; readonly file: WrittenFile } | undefined;
  #timer: Promise<void> | undefined;
  /** The last requested write; each begins when the one before it is done. */
  #writing: Promise<boolean> = Promise.resolve(true);
  readonly #attempts: Attempts;

  constructor(options: LatestFileOptions) {
    this.#options = options;
    this.#attempts = new Attempts({ ...options, signal: this.#stop.signal });
  }

  /** Takes a new text and writes it within the interval. */
  put(text: string): void {
    this.#latest = text;
    this.#timer ??= this.#writeLater();
  }

  /** Resolves with true when the latest text is on disk, however long that takes; with false if the store closes first. */
  write(): Promise<boolean> {
    this.#writing = this.#writing.then(async () => {
      while (!this.#stop.signal.aborted && !(await this.#attempt()));
      return this.#latest === this.#written?.text;
    });
    return this.#writing;
  }

  /** Writes the latest text in one attempt; resolves with false if that failed. */
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

  /** Resolves with false after a failure and the wait that follows it. */
  async #attempt(): Promise<boolean> {
    const { path, beforeWrite } = this.#options;
    const text = this.#latest;
    if (text === undefined) return true;
    try {
      const file = await resolveFile(path);
      // Someone may have removed the file since.
      if (text === this.#written?.text && (await isStillNamed(this.#written.file))) return true;
      await makeFolder(dirname(file));
      await beforeWrite?.();
      this.#written = { text, file: await replaceFile(file, text) };
    } catch (error) {
      const message = `The file "${path}" could not be written and is retried: ${describeError(error)}`;
      await this.#attempts.failed({ stage: 'checkpoint', code: 'not-written', message, cause: error, backoff });
      return false;
    }
    this.#attempts.succeeded();
    return true;
  }
}
