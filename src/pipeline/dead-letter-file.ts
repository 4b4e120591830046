/**
 * The file of dead letters: one line of NDJSON each, including the bytes, so that nothing is lost and a replay can retry. A
 * dead letter counts as written once it is on disk.
 */
import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../durable-file.js';
import { DeadLetterError } from '../errors.js';
import { formatJson } from '../escape.js';
import { describeError } from '../faults.js';
import { identify, statNamed, writeUntilNamed } from '../named-file.js';
import { openTrusted, resolveFile } from '../trusted-file.js';
import { tryFile } from '../try-folder.js';

const lineFeed = 0x0a;
/** From this share of the maximum size on, every write is reported. */
const nearlyFull = 0.8;

export interface DeadLetter {
  /** When it was written, RFC 3339. */
  readonly time: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** The log group that it came from, if known. */
  readonly logGroup?: string | undefined;
  /** Fixed word, such as `not-a-payload`. */
  readonly reason: string;
  /** What was expected and what was found. */
  readonly detail: string;
  /** How many of its log events the ledger counts as dead letters; left out if none, such as for bytes that are no payload. */
  readonly logEvents?: number | undefined;
  /** A Kinesis record, or a payload with its unusable part; base64 in the file. */
  readonly data: Uint8Array;
}

export interface DeadLetterFileOptions {
  /** Maximum size of the file in bytes. */
  readonly maxBytes: number;
  /** Called after each write once the file has four fifths of that size. */
  readonly onNearlyFull: (bytes: number) => void;
}

export class DeadLetterFile {
  readonly #path: string;
  readonly #options: DeadLetterFileOptions;
  #last: Promise<unknown> = Promise.resolve();

  /** @param options if left out, the size of the file is unlimited */
  constructor(
    path: string,
    options: DeadLetterFileOptions = { maxBytes: Number.POSITIVE_INFINITY, onNearlyFull: () => {} },
  ) {
    this.#path = path;
    this.#options = options;
  }

  /** Rejects if no dead letter could be written. Creates no file. */
  async test(): Promise<void> {
    try {
      await tryFile(this.#path);
    } catch (error) {
      const message = `The dead-letter file "${this.#path}" cannot be written (${describeError(error)}); give the user of the program the right to write there, or set deadLetter.path`;
      throw new DeadLetterError(message, { cause: error });
    }
  }

  /** Resolves with the size of the file once the letters are on disk; rejects if they could not be written. */
  write(letters: readonly DeadLetter[]): Promise<number> {
    return this.#enqueue(letters.map(toLetterLine));
  }

  /** In bytes; 0 if there is no file. */
  async size(): Promise<number> {
    const found = await stat(this.#path).catch(() => undefined);
    return found?.size ?? 0;
  }

  /** Like `write`, for letters that are already formatted. */
  writeLines(lines: readonly string[]): Promise<number> {
    return this.#enqueue(lines.map((line) => ({ bytes: Buffer.byteLength(line) + 1, pieces: () => [line, '\n'] })));
  }

  #enqueue(lines: readonly Line[]): Promise<number> {
    const written = this.#last.then(() => this.#append(lines));
    // A failed write must not fail the next.
    this.#last = written.catch(() => {});
    return written;
  }

  /** Resolves when nothing is being written. */
  async close(): Promise<void> {
    await this.#last;
  }

  async #append(lines: readonly Line[]): Promise<number> {
    try {
      const bytes = await writeUntilNamed(() => this.#appendOnce(lines));
      const { maxBytes, onNearlyFull } = this.#options;
      if (bytes > nearlyFull * maxBytes) onNearlyFull(bytes);
      return bytes;
    } catch (error) {
      const message = `The dead-letter file "${this.#path}" could not be written, and its shard waits until it can: ${describeError(error)}`;
      throw new DeadLetterError(message, { cause: error });
    }
  }

  /**
   * Opens the file for each write, which is rare, so that a replay may take the file between writes. Returns the size of the
   * file, or undefined if it was taken meanwhile.
   */
  async #appendOnce(lines: readonly Line[]): Promise<number | undefined> {
    const flags = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR;
    const file = await openTrusted(this.#path, { flags });
    try {
      const { size } = await file.stat();
      // A crash may have torn the last letter; the next one must start on a new line.
      const isTorn = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== lineFeed;
      const bytes = lines.reduce((sum, line) => sum + line.bytes, size + (isTorn ? 1 : 0));
      const { maxBytes } = this.#options;
      if (bytes > maxBytes)
        throw new Error(`it would grow beyond deadLetter.maxBytes, ${maxBytes}; replay it or move it away`);
      try {
        if (isTorn) await file.appendFile('\n');
        for (const line of lines) for (const piece of line.pieces()) await file.appendFile(piece);
        await file.datasync();
      } catch (error) {
        // A full disk may take half a letter.
        await file.truncate(size).catch(() => {});
        throw error;
      }
      if (size === 0) await syncFolder(dirname(await resolveFile(this.#path)));
      const named = await statNamed(this.#path, await identify(file));
      return named && named.size >= bytes ? bytes : undefined;
    } finally {
      await file.close();
    }
  }
}

export function toLetter(letter: Omit<DeadLetter, 'time'>): DeadLetter {
  return { time: new Date().toISOString(), ...letter };
}

/** A line of the file with its line feed. */
interface Line {
  readonly bytes: number;
  pieces(): Iterable<string>;
}

/** Bytes to encode at a time, a multiple of three: a record of 10 MB as one text would be held several times in memory. */
const pieceBytes = 3 * 16 * 1024;

function toLetterLine({ data, ...letter }: DeadLetter): Line {
  const [head, tail] = [`${formatJson(letter).slice(0, -1)},"data":"`, '"}\n'];
  return {
    bytes: Buffer.byteLength(head) + Math.ceil(data.length / 3) * 4 + tail.length,
    *pieces() {
      yield head;
      for (let at = 0; at < data.length; at += pieceBytes) {
        yield Buffer.from(data.buffer, data.byteOffset + at, Math.min(pieceBytes, data.length - at)).toString('base64');
      }
      yield tail;
    },
  };
}

/** The bytes of a letter in the file. */
export function countLetterBytes(letter: DeadLetter): number {
  return toLetterLine(letter).bytes;
}

/** A letter as a line of the file, without its line feed. */
export function formatLetter(letter: DeadLetter): string {
  return [...toLetterLine(letter).pieces()].join('').trimEnd();
}

/** Undefined for a line that is not a dead letter, such as one torn by a crash. */
export function parseLetter(line: string): DeadLetter | undefined {
  try {
    const letter: unknown = JSON.parse(line);
    const isLetter =
      typeof letter === 'object' && letter !== null && 'data' in letter && typeof letter.data === 'string';
    return isLetter ? { ...(letter as DeadLetter), data: Buffer.from(String(letter.data), 'base64') } : undefined;
  } catch {
    return undefined;
  }
}
