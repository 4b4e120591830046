/**
 * The counts of work that has no checkpoint of a stream, such as a backfill. Such work keeps them with its own position,
 * and leaves them beside the ledger once it is done. The program that holds the checkpoint adds them to the ledger.
 * A batch has an id, so that it counts once, even if a crash leaves it in two places.
 */
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder, replaceFile } from '../durable-file.js';
import { readTrusted } from '../trusted-file.js';
import { countsShape, formatCounts, LedgerCounts, parseCounts } from './ledger-counts.js';

export const batchShape = z.object({ id: z.string().regex(/^[\w-]{1,64}$/), counts: countsShape });
export type BatchText = z.output<typeof batchShape>;

const fileShape = z.object({ version: z.literal(1), ...batchShape.shape });

export interface LedgerBatch {
  readonly id: string;
  readonly counts: LedgerCounts;
}

export function createBatch(id: string = randomUUID()): LedgerBatch {
  return { id, counts: new LedgerCounts() };
}

/** For JSON. */
export function formatBatch({ id, counts }: LedgerBatch): BatchText {
  return { id, counts: formatCounts(counts) };
}

export function parseBatch({ id, counts }: BatchText): LedgerBatch {
  return { id, counts: parseCounts(counts) };
}

/** Resolves when the batch is on disk beside the ledger. A batch that is left there again replaces itself. */
export async function leaveBatch(checkpointPath: string, batch: LedgerBatch): Promise<void> {
  if (batch.counts.isEmpty) return;
  await makeFolder(dirname(checkpointPath));
  await replaceFile(batchPath(checkpointPath, batch.id), `${JSON.stringify({ version: 1, ...formatBatch(batch) })}\n`);
}

function batchPath(checkpointPath: string, id: string): string {
  return `${checkpointPath}.ledger-${id}.json`;
}

export interface FoundBatch {
  readonly path: string;
  /** Undefined if the file cannot be read. */
  readonly batch: LedgerBatch | undefined;
  readonly cause: unknown;
}

/** The batches beside the ledger. */
export async function readBatches(checkpointPath: string): Promise<readonly FoundBatch[]> {
  const prefix = basename(batchPath(checkpointPath, '')).replace(/\.json$/, '');
  const names = await readdir(dirname(checkpointPath)).catch((): string[] => []);
  const found: FoundBatch[] = [];
  for (const name of names.filter((name) => name.startsWith(prefix) && name.endsWith('.json')).sort()) {
    const path = join(dirname(checkpointPath), name);
    try {
      found.push({ path, batch: parseBatch(fileShape.parse(JSON.parse(await readTrusted(path)))), cause: undefined });
    } catch (error) {
      // Another process may have just added it to the ledger.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') found.push({ path, batch: undefined, cause: error });
    }
  }
  return found;
}
