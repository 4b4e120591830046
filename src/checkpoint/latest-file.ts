/** Keeps the latest version of a text that changes often in a file that is always complete. */
import { dirname } from 'node:path';
import { makeFolder, replaceFile } from '../durable-file.js';
import { describeError } from '../faults.js';
import { isStillNamed, type WrittenFile } from '../named-file.js';
import { resolveFile } from '../trusted-file.js';
import { RetriedWrite, type RetriedWriteOptions } from './retried-write.js';

export interface LatestFileOptions extends RetriedWriteOptions {
  readonly path: string;
  /** Called before each write; the write fails if it rejects. */
  readonly beforeWrite?: () => Promise<void>;
}

export class LatestFile {
  readonly #options: LatestFileOptions;
  readonly #write: RetriedWrite;
  #latest: string | undefined;
  #written: { readonly text: string; readonly file: WrittenFile } | undefined;

  constructor(options: LatestFileOptions) {
    this.#options = options;
    this.#write = new RetriedWrite(
      options,
      () => this.#writeOnce(),
      (error) => `The file "${options.path}" could not be written and is retried: ${describeError(error)}`,
      options.path,
    );
  }

  /** Takes a new text and writes it within the interval. */
  put(text: string): void {
    this.#latest = text;
    this.#write.writeSoon();
  }

  /** Resolves with true when the latest text is on disk, however long that takes; with false if the file closes first. */
  async write(): Promise<boolean> {
    await this.#write.write();
    return this.#latest === this.#written?.text;
  }

  /** Writes the latest text in one attempt; resolves with false if that failed. */
  close(): Promise<boolean> {
    return this.#write.close();
  }

  async #writeOnce(): Promise<void> {
    const { path, beforeWrite } = this.#options;
    const text = this.#latest;
    if (text === undefined) return;
    const file = await resolveFile(path);
    // Someone may have removed the file since.
    if (text === this.#written?.text && (await isStillNamed(this.#written.file))) return;
    await makeFolder(dirname(file));
    await beforeWrite?.();
    this.#written = { text, file: await replaceFile(file, text) };
  }
}
