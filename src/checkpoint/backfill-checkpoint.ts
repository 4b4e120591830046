/**
 * The place of a backfill in a file of its own, locked against a second process. A file is of one backfill, named by what
 * was asked for; it is gone once all of that is confirmed.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { type LogRange, startOf } from '../log-range.js';
import { describeAccess, readTrusted, resolveFile } from '../trusted-file.js';
import { LatestFile, type LatestFileOptions } from './latest-file.js';
import { acquireLock, type Lock } from './lock.js';
import type { RangeState } from './range-progress.js';
import { rangeState, time } from './range-shape.js';
import { CheckpointError } from './store.js';

/** What a backfill is of; the same words again continue where the last run stopped. */
export interface BackfillKey {
  /** Empty where it is not known. */
  readonly account: string;
  readonly region: string;
  readonly range: LogRange;
}

export interface BackfillCheckpointOptions extends Omit<LatestFileOptions, 'path'> {
  /** That of the stream's checkpoint, beside which the file is. */
  readonly checkpointPath: string;
  readonly key: BackfillKey;
}

const shape = z.object({
  version: z.literal(1),
  backfill: z.object({
    account: z.string(),
    region: z.string(),
    range: z.object({
      logGroup: z.string(),
      logStreamPrefix: z.string().optional(),
      fromMs: time,
      toMs: time,
    }),
  }),
  ...rangeState.shape,
});

export class BackfillCheckpoint {
  readonly path: string;
  readonly #key: BackfillKey;
  readonly #lock: Lock;
  readonly #file: LatestFile;

  /**
   * Takes the file for this process. Rejects with a `CheckpointError` when another process has it, or when it cannot be
   * read.
   */
  static async open(
    options: BackfillCheckpointOptions,
  ): Promise<{ readonly checkpoint: BackfillCheckpoint; readonly stored: RangeState | undefined }> {
    const { checkpointPath, key } = options;
    const path = `${checkpointPath}.backfill-${hashOf(key)}.json`;
    const lock = await acquireLock(path);
    try {
      const stored = await readState(path);
      return { checkpoint: new BackfillCheckpoint(path, lock, options), stored };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(path: string, lock: Lock, options: BackfillCheckpointOptions) {
    this.path = path;
    this.#key = options.key;
    this.#lock = lock;
    this.#file = new LatestFile({ ...options, path, beforeWrite: () => lock.keep() });
  }

  /** Takes a new state, which is written within the interval. */
  put({ position, events }: RangeState): void {
    this.#file.put(`${JSON.stringify({ version: 1, backfill: this.#key, position, events }, null, 2)}\n`);
  }

  /** Writes the last state and releases the file; one that is at its end is removed. Resolves with false when that failed. */
  async close({ position }: RangeState): Promise<boolean> {
    const isWritten = await this.#file.close();
    if (isWritten && position.type === 'end') await rm(await resolveFile(this.path), { force: true });
    await this.#lock.release();
    return isWritten;
  }
}

function hashOf({ account, region, range }: BackfillKey): string {
  const { logGroup, logStreamPrefix = null, fromMs, toMs } = range;
  const words = JSON.stringify([account, region, logGroup, logStreamPrefix, fromMs, toMs]);
  return createHash('sha256').update(words).digest('hex').slice(0, 12);
}

async function readState(path: string): Promise<RangeState | undefined> {
  try {
    const { position, events } = shape.parse(JSON.parse(await readTrusted(path)));
    return { position: position as RangeState['position'], events };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const message = `The position of the backfill in "${path}" cannot be read${describeAccess(error)}; remove the file to start that backfill from the beginning`;
    throw new CheckpointError('unreadable', message, { cause: error });
  }
}

/** Where a backfill begins if nothing of it is stored. */
export function firstState(range: LogRange): RangeState {
  return { position: startOf(range), events: 0 };
}
