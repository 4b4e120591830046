/**
 * The file of what could not be used: one line of NDJSON each, with the bytes, so that nothing is lost and a replay can try
 * again. A letter counts as written once it is on disk.
 */
import { constants, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeError } from '../src/faults.js';
import { syncFolder } from '../src/sync-folder.js';

const lineFeed = 0x0a;
/** Part of the size from which on every write tells of it. */
const nearlyFull = 0.8;

export interface DeadLetter {
  /** When it was set aside, RFC 3339. */
  readonly time: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** Fixed word, such as `not-a-payload`. */
  readonly reason: string;
  /** What was expected and what came. */
  readonly detail: string;
  /** The bytes in base64: a record as Kinesis had it, or a payload with what of it could not be used. */
  readonly data: string;
}

export interface DeadLetterFileOptions {
  /** Size that the file may not go beyond, in bytes. */
  readonly maxBytes: number;
  /** Called after each write from four fifths of that size on. */
  readonly onNearlyFull: (bytes: number) => void;
}

/** The letter could not be kept, so what it is about must not be passed over. */
export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError';
}

export class DeadLetterFile {
  readonly #path: string;
  readonly #options: DeadLetterFileOptions;
  #last: Promise<void> = Promise.resolve();

  /** @param options left out, the file may grow without a limit */
  constructor(
    path: string,
    options: DeadLetterFileOptions = { maxBytes: Number.POSITIVE_INFINITY, onNearlyFull: () => {} },
  ) {
    this.#path = path;
    this.#options = options;
  }

  /** Resolves when the letters are on disk; rejects when they could not be written. */
  write(letters: readonly DeadLetter[]): Promise<void> {
    return this.writeLines(letters.map((letter) => JSON.stringify(letter)));
  }

  /** As `write`, for letters that are text already. */
  writeLines(lines: readonly string[]): Promise<void> {
    const written = this.#last.then(() => this.#append(lines));
    // One that fails must not fail the next.
    this.#last = written.catch(() => {});
    return written;
  }

  /** Resolves when nothing is being written. */
  async close(): Promise<void> {
    await this.#last;
  }

  /** Opens the file for each write, which is rare, so that a replay may move it away in between. */
  async #append(lines: readonly string[]): Promise<void> {
    try {
      const file = await open(this.#path, constants.O_APPEND | constants.O_CREAT | constants.O_RDWR, 0o600);
      try {
        const { size } = await file.stat();
        // A crash may have torn the last letter; the next one must not be glued to it.
        const isTorn = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== lineFeed;
        const text = (isTorn ? '\n' : '') + lines.map((line) => `${line}\n`).join('');
        const bytes = size + Buffer.byteLength(text);
        const { maxBytes, onNearlyFull } = this.#options;
        if (bytes > maxBytes)
          throw new Error(`it would grow beyond deadLetter.maxBytes, ${maxBytes}; replay it or move it away`);
        await file.appendFile(text);
        await file.datasync();
        if (size === 0) await syncFolder(dirname(this.#path));
        if (bytes > nearlyFull * maxBytes) onNearlyFull(bytes);
      } finally {
        await file.close();
      }
    } catch (error) {
      const message = `The dead-letter file "${this.#path}" could not be written, and its shard waits until it can: ${describeError(error)}`;
      throw new DeadLetterError(message, { cause: error });
    }
  }
}

export function toLetter(letter: Omit<DeadLetter, 'time' | 'data'> & { readonly data: Uint8Array }): DeadLetter {
  return { time: new Date().toISOString(), ...letter, data: Buffer.from(letter.data).toString('base64') };
}

/** Undefined for a line that is no dead letter, such as one torn by a crash. */
export function parseLetter(line: string): DeadLetter | undefined {
  try {
    const letter: unknown = JSON.parse(line);
    const isLetter =
      typeof letter === 'object' && letter !== null && 'data' in letter && typeof letter.data === 'string';
    return isLetter ? (letter as DeadLetter) : undefined;
  } catch {
    return undefined;
  }
}
