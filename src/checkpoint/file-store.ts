/** Positions in a file of this machine, locked against a second process. */
import type { StreamIdentity } from '../progress.js';
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.js';
import { acquireLock, type Lock } from './lock.js';
import { type CheckpointStore, checkStream, type ShardCheckpoint } from './store.js';

export interface FileStoreOptions {
  readonly path: string;
  /** Called when the file could not be read and its previous version was taken instead. */
  readonly onRecovered: (cause: unknown) => void;
}

export function createFileStore({ path, onRecovered }: FileStoreOptions): CheckpointStore {
  let lock: Lock | undefined;
  let owner: StreamIdentity | undefined;
  let shards = new Map<string, ShardCheckpoint>();
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  /** At most one write is under way and one waits, which takes all that was changed by the time it begins. */
  const write = (): Promise<void> => {
    next ??= writing.then(async () => {
      next = undefined;
      if (owner) await writeCheckpointFile(path, { stream: owner, shards });
    });
    writing = next.catch(() => {});
    return next;
  };

  return {
    async open(stream) {
      lock = await acquireLock(path);
      try {
        const { content, recoveredFrom } = await readCheckpointFile(path);
        if (content) checkStream(content.stream, stream, `file "${path}"`);
        if (recoveredFrom !== undefined) onRecovered(recoveredFrom);
        owner = stream;
        shards = new Map(content?.shards);
        return new Map(shards);
      } catch (error) {
        await lock.release();
        throw error;
      }
    },
    save(changes) {
      for (const [shardId, checkpoint] of changes) shards.set(shardId, checkpoint);
      return write();
    },
    remove(shardIds) {
      for (const shardId of shardIds) shards.delete(shardId);
      return write();
    },
    async close() {
      await writing;
      await lock?.release();
    },
  };
}
