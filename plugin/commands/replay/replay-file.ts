/**
 * The dead letters of a replay. The file is renamed, so that a running plugin writes to a new one, and locked against a second
 * replay. A progress file records how far it is replayed, and an interrupted replay continues from there. Each dead letter is
 * noted while it is in progress. If it crashes the process, the next replay can skip it.
 */

import { constants as bufferConstants } from 'node:buffer';
import { constants } from 'node:fs';
import { type FileHandle, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import {
  batchShape,
  createBatch,
  formatBatch,
  type LedgerBatch,
  leaveBatch,
  parseBatch,
} from '../../../src/checkpoint/ledger-batch.js';
import { acquireLock, type Lock } from '../../../src/checkpoint/lock.js';
import { openRunNote, type RecordName, type RunNote } from '../../../src/checkpoint/run-note.js';
import { replaceFile } from '../../../src/durable-file.js';
import { CheckpointError } from '../../../src/errors.js';
import { openTrusted, readTrusted, resolveFile } from '../../../src/trusted-file.js';
import { CommandError } from '../exit.js';

export interface LetterLine {
  /** Line number in the original file, from 1. */
  readonly number: number;
  /** Without its line feed. */
  readonly text: string;
  /** Offset of the next line. */
  readonly end: number;
}

const progressShape = z.object({
  version: z.literal(1),
  bytes: z.int().min(0),
  lines: z.int().min(0),
  batch: batchShape.optional().catch(undefined),
});
/** How much of the file is replayed. */
type Progress = Pick<z.output<typeof progressShape>, 'bytes' | 'lines' | 'batch'>;

const readBytes = 256 * 1024;
/** A longer line cannot be a string. */
const maxTextBytes = bufferConstants.MAX_STRING_LENGTH;
const lineFeed = 0x0a;

interface Taken {
  readonly path: string;
  readonly isContinued: boolean;
  readonly file: FileHandle;
  readonly lock: Lock;
  readonly progress: Progress;
  readonly note: RunNote;
  readonly maxLineBytes: number;
}

export class ReplayFile {
  readonly #taken: Taken;
  #progress: Progress;
  /** What the replayed letters add to the ledger. */
  readonly batch: LedgerBatch;

  /** Undefined if there is nothing to replay. Rejects if another replay holds the file, or another user may have written it. */
  static async take(path: string, maxLineBytes = maxTextBytes): Promise<ReplayFile | undefined> {
    const source = await resolveFile(path);
    const taken = `${source}.replaying`;
    if (!(await isThere(taken)) && !(await isThere(source))) return undefined;
    const lock = await acquireLock(taken).catch((error) => {
      if (!(error instanceof CheckpointError) || error.kind !== 'locked') throw error;
      throw new CommandError(`Another replay of "${path}" is running; wait until it ends`, { cause: error });
    });
    try {
      const isContinued = await isThere(taken);
      if (!isContinued) {
        if (!(await isThere(source))) {
          await lock.release();
          return undefined;
        }
        // An earlier replay, whose dead letters are gone, left these files.
        for (const rest of ['.progress.json', '.run', '.under-way']) await rm(`${taken}${rest}`, { force: true });
        await rename(source, taken);
      }
      const file = await openTrusted(taken, { flags: constants.O_RDONLY });
      return new ReplayFile({
        path: taken,
        isContinued,
        file,
        lock,
        progress: await readProgress(taken),
        // A letter that is skipped by mistake is kept, and nothing waits for it. One crash is therefore enough to skip it.
        note: await openRunNote(taken, { endsOfSuspect: 1 }),
        maxLineBytes,
      });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(taken: Taken) {
    this.#taken = taken;
    this.#progress = taken.progress;
    this.batch = taken.progress.batch ? parseBatch(taken.progress.batch) : createBatch();
  }

  get path(): string {
    return this.#taken.path;
  }

  /** Whether these are the dead letters of an interrupted replay. Those of the file itself then wait for the next replay. */
  get isContinued(): boolean {
    return this.#taken.isContinued;
  }

  /** The lines that are not replayed yet, in batches of at least `minBytes` bytes, except for the last batch. */
  async *batches(minBytes: number): AsyncGenerator<readonly LetterLine[]> {
    let batch: LetterLine[] = [];
    let from = this.#progress.bytes;
    for await (const line of this.#lines()) {
      batch.push(line);
      if (line.end - from < minBytes) continue;
      yield batch;
      batch = [];
      from = line.end;
    }
    if (batch.length > 0) yield batch;
  }

  get replayedBytes(): number {
    return this.#progress.bytes;
  }

  /** Bytes of the whole file. */
  async size(): Promise<number> {
    return (await this.#taken.file.stat()).size;
  }

  /** Marks everything up to the end of the batch as replayed, and stores the counts. Resolves when that is on disk. */
  async markReplayed(batch: readonly LetterLine[]): Promise<void> {
    const last = batch.at(-1);
    if (!last) return;
    const { end, number } = last;
    this.#progress = { bytes: end, lines: number, batch: formatBatch(this.batch) };
    await replaceFile(progressPath(this.path), `${JSON.stringify({ version: 1, ...this.#progress })}\n`);
  }

  /** Whether the process ended in an earlier replay while this line was in progress. */
  isSuspect({ number }: LetterLine): boolean {
    return this.#taken.note.isSuspect(toNoted(number));
  }

  /** Notes on disk that the line is in progress. If the process ends before `end`, the line is a suspect. */
  begin({ number }: LetterLine): void {
    this.#taken.note.begin(toNoted(number));
  }

  end(): void {
    this.#taken.note.end();
  }

  /** Whether nothing is left to be replayed. */
  async isReplayed(): Promise<boolean> {
    return this.#progress.bytes >= (await this.size());
  }

  /**
   * Removes the file, once its counts are left to the ledger.
   *
   * @param checkpointPath the checkpoint beside which the ledger is; undefined if there is no ledger
   */
  async remove(checkpointPath?: string): Promise<void> {
    if (checkpointPath !== undefined) await leaveBatch(checkpointPath, this.batch);
    await rm(this.path);
    await rm(progressPath(this.path), { force: true });
  }

  async close(): Promise<void> {
    await this.#taken.note.close(await this.isReplayed());
    await this.#taken.file.close();
    await this.#taken.lock.release();
  }

  async *#lines(): AsyncGenerator<LetterLine> {
    let { bytes: position, lines: number } = this.#progress;
    let end = position;
    let pieces: Buffer[] = [];
    const toLine = (): LetterLine => ({ number: ++number, text: Buffer.concat(pieces).toString(), end });
    for (;;) {
      const { buffer, bytesRead } = await this.#taken.file.read(Buffer.allocUnsafe(readBytes), 0, readBytes, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      let rest = buffer.subarray(0, bytesRead);
      for (let at = rest.indexOf(lineFeed); at >= 0; at = rest.indexOf(lineFeed)) {
        pieces.push(rest.subarray(0, at));
        rest = rest.subarray(at + 1);
        end = position - rest.length;
        yield toLine();
        pieces = [];
      }
      if (rest.length > 0) pieces.push(rest);
      if (position - end > this.#taken.maxLineBytes) {
        throw new CommandError(
          `Line ${number + 1} of "${this.path}" is too long for a dead letter; remove it from the file`,
        );
      }
    }
    end = position;
    // A crash left an incomplete last line.
    if (pieces.length > 0) yield toLine();
  }
}

/** Letters of one record share its name, so a line is identified by its number. */
function toNoted(number: number): RecordName {
  return { shardId: 'line', sequenceNumber: String(number) };
}

/** @param path of the renamed dead-letter file */
function progressPath(path: string): string {
  return `${path}.progress.json`;
}

/** If the progress cannot be read, lines are sent again. */
async function readProgress(path: string): Promise<Progress> {
  try {
    return progressShape.parse(JSON.parse(await readTrusted(progressPath(path))));
  } catch {
    return { bytes: 0, lines: 0 };
  }
}

/** Whether the file exists. Rejects if it exists but must not be replayed. */
async function isThere(path: string): Promise<boolean> {
  try {
    await (await openTrusted(path, { flags: constants.O_RDONLY })).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
