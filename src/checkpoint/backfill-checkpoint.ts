/**
 * The position of a backfill in a file of its own, locked against a second process. Each backfill has one file, named after its
 * parameters; it is removed once everything is confirmed.
 */

import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { CheckpointError } from '../errors.js';
import { describeError, type ReportFault } from '../faults.js';
import { type LogRange, startOf } from '../log-range.js';
import { adviseAccess, describeAccess, readTrusted, resolveFile } from '../trusted-file.js';
import { LatestFile, type LatestFileOptions } from './latest-file.js';
import { leaveBatch } from './ledger-batch.js';
import { acquireLock, type Lock } from './lock.js';
import type { RangeState } from './range-progress.js';
import { formatRangeState, parseRangeState, rangeState, time } from './range-shape.js';

/** Identifies a backfill; the same key continues where the last run stopped. */
export interface BackfillKey {
  /** Empty if unknown. */
  readonly account: string;
  readonly region: string;
  readonly range: LogRange;
}

export interface BackfillCheckpointOptions extends Omit<LatestFileOptions, 'path'> {
  /** The path of the stream's checkpoint; the file is beside it. */
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
  readonly #checkpointPath: string;
  readonly #onFault: ReportFault;
  readonly #key: BackfillKey;
  readonly #lock: Lock;
  readonly #file: LatestFile;

  /** Locks the file for this process. Rejects with a `CheckpointError` if another process holds it, or if it cannot be read. */
  static async open(
    options: BackfillCheckpointOptions,
  ): Promise<{ readonly checkpoint: BackfillCheckpoint; readonly stored: RangeState | undefined }> {
    const { checkpointPath, key } = options;
    const path = pathOf(checkpointPath, hashOf(key));
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
    this.#checkpointPath = options.checkpointPath;
    this.#onFault = options.onFault;
    this.#key = options.key;
    this.#lock = lock;
    this.#file = new LatestFile({ ...options, path, beforeWrite: () => lock.keep() });
  }

  /** Takes a new state and writes it within the interval. */
  put(state: RangeState): void {
    this.#file.put(`${JSON.stringify({ version: 1, backfill: this.#key, ...formatRangeState(state) }, null, 2)}\n`);
  }

  /**
   * Writes the last state and releases the file. If the backfill is complete, leaves its counts to the ledger and removes the
   * file. Resolves with false if that failed.
   */
  async close({ position, batch }: RangeState): Promise<boolean> {
    try {
      const isWritten = await this.#file.close();
      if (isWritten && position.type === 'end') {
        if (batch) await leaveBatch(this.#checkpointPath, batch);
        await rm(await resolveFile(this.path), { force: true });
      }
      return isWritten;
    } catch (cause) {
      const message = `The backfill is confirmed, but its counts could not be added to the ledger: ${describeError(cause)}`;
      this.#onFault({ stage: 'checkpoint', code: 'ledger-not-written', message, cause });
      return false;
    } finally {
      await this.#lock.release();
    }
  }
}

function pathOf(checkpointPath: string, hash: string): string {
  return `${checkpointPath}.backfill-${hash}.json`;
}

/** The files of backfills that are not finished. */
export async function listBackfills(checkpointPath: string): Promise<readonly string[]> {
  const folder = dirname(checkpointPath);
  const prefix = basename(pathOf(checkpointPath, '')).replace(/\.json$/, '');
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => name.startsWith(prefix) && name.endsWith('.json')).map((name) => join(folder, name));
}

function hashOf({ account, region, range }: BackfillKey): string {
  const { logGroup, logStreamPrefix = null, fromMs, toMs } = range;
  const words = JSON.stringify([account, region, logGroup, logStreamPrefix, fromMs, toMs]);
  return createHash('sha256').update(words).digest('hex').slice(0, 12);
}

async function readState(path: string): Promise<RangeState | undefined> {
  try {
    return parseRangeState(shape.parse(JSON.parse(await readTrusted(path))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const message = `The position of the backfill in "${path}" cannot be read${describeAccess(error)}${adviseAccess(error, '; remove the file to start that backfill from the beginning')}`;
    throw new CheckpointError('unreadable', message, { cause: error });
  }
}

/** Where a range begins if no state of it is stored. */
export function firstState(range: LogRange): RangeState {
  return { position: startOf(range), events: 0 };
}
