/**
 * The text of a checkpoint file, and reading and replacing the file whole. A reader sees the old content or the new, never
 * a mixture, whenever the power goes; the version before is kept beside it.
 */
import { copyFile, mkdir, open, readFile, realpath, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { StreamIdentity } from '../progress.js';
import { CheckpointError, type ShardCheckpoint } from './store.js';

export interface CheckpointContent {
  readonly stream: StreamIdentity;
  readonly shards: ReadonlyMap<string, ShardCheckpoint>;
}

export interface ReadCheckpoint {
  /** Undefined when there is no file. */
  readonly content: CheckpointContent | undefined;
  /** Why the previous version was read in place of the file; undefined when the file was good. */
  readonly recoveredFrom: unknown;
}

const shape = z.object({
  version: z.literal(1),
  stream: z.object({ arn: z.string(), createdMs: z.number() }),
  shards: z.record(
    z.string(),
    z.object({
      position: z.discriminatedUnion('type', [
        z.object({ type: z.literal('after'), sequenceNumber: z.string().regex(/^\d+$/) }),
        z.object({ type: z.literal('time'), atMs: z.number() }),
        z.object({ type: z.literal('beginning') }),
        z.object({ type: z.literal('end') }),
      ]),
      caughtUpMs: z.number().optional(),
      updatedMs: z.number(),
    }),
  ),
});

export function previousPath(path: string): string {
  return `${path}.previous`;
}

/** Rejects with a `CheckpointError` when there is a file, and neither it nor the previous version can be read. */
export async function readCheckpointFile(path: string): Promise<ReadCheckpoint> {
  try {
    return { content: await readVersion(path), recoveredFrom: undefined };
  } catch (error) {
    const previous = await readVersion(previousPath(path)).catch(() => undefined);
    if (previous) return { content: previous, recoveredFrom: error };
    const message = `The checkpoint "${path}" cannot be read, and no good previous version is beside it; restore it from a copy, or reset it and choose with input.startAt where to begin`;
    throw new CheckpointError('unreadable', message, { cause: error });
  }
}

/** Resolves when the content is on disk under the path; rejects with a `CheckpointError` and leaves what was there. */
export async function writeCheckpointFile(path: string, { stream, shards }: CheckpointContent): Promise<void> {
  const text = `${JSON.stringify({ version: 1, stream, shards: Object.fromEntries(shards) }, null, 2)}\n`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await realpath(path).catch(() => path);
    await keepPrevious(target);
    await writeFileAtomic(target, text, { mode: 0o600, fsync: true });
    await syncFolder(dirname(target));
  } catch (error) {
    const message = `The checkpoint "${path}" could not be written; reading goes on for a while, but after a restart more records come twice`;
    throw new CheckpointError('not-written', message, { cause: error });
  }
}

async function readVersion(path: string): Promise<CheckpointContent | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { stream, shards } = shape.parse(JSON.parse(text));
  return { stream, shards: new Map(Object.entries(shards) as [string, ShardCheckpoint][]) };
}

/** Through a name of its own, so that a crash in the middle leaves an older previous version rather than a torn one. */
async function keepPrevious(path: string): Promise<void> {
  const isGood = await readVersion(path).catch(() => undefined);
  if (!isGood) return;
  const draft = `${previousPath(path)}.new`;
  await copyFile(path, draft);
  await rename(draft, previousPath(path));
}

/** A rename is durable only once its folder is; Windows has no way to say so, and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
