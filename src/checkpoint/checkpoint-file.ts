/**
 * The text of a checkpoint file; reads and replaces the file as a whole. The previous version is kept beside it, in case the
 * disk or a person damages the file.
 */

import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeFolder, replaceFile } from '../durable-file.js';
import { CheckpointError } from '../errors.js';
import { describeError } from '../faults.js';
import type { WrittenFile } from '../named-file.js';
import type { StreamIdentity } from '../progress.js';
import { adviseAccess, describeAccess, readTrusted, resolveFile } from '../trusted-file.js';
import { createBatch, leaveBatch } from './ledger-batch.js';
import { type LedgerCounts, parseCounts } from './ledger-counts.js';
import { readLedgerFile, type UnfoldedText, unfoldedShape } from './ledger-file.js';
import { time } from './range-shape.js';
import type { ShardCheckpoint } from './store.js';

export interface CheckpointContent {
  readonly stream: StreamIdentity;
  readonly shards: ReadonlyMap<string, ShardCheckpoint>;
  /** What is not in the file of the ledger yet; undefined if there is nothing, null if it cannot be read. */
  readonly ledger?: UnfoldedText | null | undefined;
}

export interface ReadCheckpoint {
  /** Undefined if there is neither the file nor a previous version. */
  readonly content: CheckpointContent | undefined;
  /** Why the previous version was read instead of the file; undefined if the file was valid. */
  readonly recoveredFrom: unknown;
}

const shape = z.object({
  version: z.literal(1),
  stream: z.object({ arn: z.string(), createdMs: time }),
  shards: z.record(
    z.string(),
    z.object({
      position: z.discriminatedUnion('type', [
        z.object({ type: z.literal('after'), sequenceNumber: z.string().regex(/^\d+$/) }),
        z.object({ type: z.literal('time'), atMs: time }),
        z.object({ type: z.literal('beginning') }),
        z.object({ type: z.literal('end') }),
      ]),
      caughtUpMs: time.optional(),
      arrivalMs: time.optional(),
      updatedMs: time,
    }),
  ),
  // Positions are worth more than counts, which must not make a checkpoint unreadable.
  ledger: unfoldedShape.optional().nullable().catch(null),
});

/** Beside the file itself; for a path that may be a symbolic link, pass the resolved path. */
export function previousPath(path: string): string {
  return `${path}.previous`;
}

/** Rejects with a `CheckpointError` if a file exists, but neither it nor the previous version can be read. */
export async function readCheckpointFile(path: string): Promise<ReadCheckpoint> {
  const file = await resolveFile(path);
  try {
    const content = await readVersion(file);
    if (content) return { content, recoveredFrom: undefined };
    // On a first start there is neither. A reset renames both.
    const previous = await readVersion(previousPath(file));
    return { content: previous, recoveredFrom: previous && new Error('The file is missing') };
  } catch (error) {
    // A file of a later version is intact. Its previous version must not be used: it would go back to an older position.
    if (error instanceof CheckpointError) throw error;
    const previous = await readVersion(previousPath(file)).catch(() => undefined);
    if (previous) return { content: previous, recoveredFrom: error };
    const restore =
      ', and no good previous version is beside it; restore it from a copy, or reset it and choose with input.startAt where to begin';
    const message = `The checkpoint "${path}" cannot be read${describeAccess(error)}${adviseAccess(error, restore)}`;
    throw new CheckpointError('unreadable', message, { cause: error });
  }
}

/**
 * Resolves when the content is on disk under the path. On failure, rejects with a `CheckpointError` and leaves the old content.
 */
export async function writeCheckpointFile(
  path: string,
  { stream, shards, ledger }: CheckpointContent,
): Promise<WrittenFile> {
  const text = `${JSON.stringify({ version: 1, stream, shards: Object.fromEntries(shards), ledger }, null, 2)}\n`;
  try {
    const file = await resolveFile(path);
    await makeFolder(dirname(file));
    await keepPrevious(file);
    return await replaceFile(file, text);
  } catch (error) {
    const message = `The checkpoint "${path}" could not be written (${describeError(error)}); it is retried, a start waits for it, and a restart meanwhile creates more duplicate rows`;
    throw new CheckpointError('not-written', message, { cause: error });
  }
}

async function readVersion(path: string): Promise<CheckpointContent | undefined> {
  const text = await readTrusted(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseCheckpoint(text);
}

/** Throws on anything but a complete checkpoint. Unknown keys are dropped: a later version may have written them. */
function parseCheckpoint(text: string): CheckpointContent {
  const content: unknown = JSON.parse(text);
  const version = z.object({ version: z.number() }).safeParse(content).data?.version ?? 0;
  if (version > 1) {
    const message = `The checkpoint has version ${version}, and this program supports version 1; run the program that wrote it, or reset it`;
    throw new CheckpointError('unreadable', message);
  }
  const { stream, shards, ledger } = shape.parse(content);
  return { stream, shards: new Map(Object.entries(shards) as [string, ShardCheckpoint][]), ledger };
}

/**
 * Renames a checkpoint and its previous version, so that the next start finds none and a mistake can be undone. Resolves with
 * the new path, or with undefined if there was no checkpoint.
 */
export async function resetCheckpointFile(path: string, now: Date): Promise<string | undefined> {
  const file = await resolveFile(path);
  const counts = await readUnfolded(path);
  const stamp = now.toISOString().replaceAll(':', '');
  const previous = await move(previousPath(file), `${previousPath(file)}.reset-${stamp}`);
  const moved = (await move(file, `${file}.reset-${stamp}`)) ?? previous;
  // If that fails, or the process ends before, log events are missing in the ledger, which is noticed. None counts twice.
  if (moved !== undefined && counts) await leaveBatch(path, { ...createBatch(), counts }).catch(() => {});
  return moved;
}

/** The counts that only the checkpoint has. */
async function readUnfolded(path: string): Promise<LedgerCounts | undefined> {
  try {
    const { content } = await readCheckpointFile(path);
    const ledger = await readLedgerFile(path);
    const unfolded = content?.ledger;
    return unfolded && unfolded.epoch >= (ledger?.epoch ?? 0) ? parseCounts(unfolded.counts) : undefined;
  } catch {
    return undefined;
  }
}

async function move(from: string, to: string): Promise<string | undefined> {
  try {
    await rename(from, to);
    return to;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Only a valid file becomes the previous version: after a recovery, the previous version is the only valid one. */
async function keepPrevious(path: string): Promise<void> {
  const text = await readTrusted(path).catch(() => undefined);
  if (text === undefined) return;
  try {
    parseCheckpoint(text);
  } catch {
    return;
  }
  await replaceFile(previousPath(path), text);
}
