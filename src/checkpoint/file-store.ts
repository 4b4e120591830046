/** Positions in a file of this machine, locked against a second process. */
import type { StreamIdentity } from '../progress.js';
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.js';
import { acquireLock, type Lock } from './lock.js';
import { CheckpointError, type CheckpointStore, checkStream, type ShardCheckpoint } from './store.js';

export interface FileStoreOptions {
  readonly path: string;
  /** Called when the file could not be read and its previous version was taken instead. */
  readonly onRecovered: (cause: unknown) => void;
}

export function createFileStore({ path, onRecovered }: FileStoreOptions): CheckpointStore {
  let lock: Lock | undefined;
  /** Undefined unless open. */
  let owner: StreamIdentity | undefined;
  let shards = new Map<string, ShardCheckpoint>();
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  /** At most one write is under way and one waits, which takes all that was changed by the time it begins. */
  const write = (): Promise<void> => {
    if (!owner) return Promise.reject(new CheckpointError('not-written', `The checkpoint "${path}" is not open`));
    const stream = owner;
    next ??= writing.then(async () => {
      next = undefined;
      await keepLock();
      await writeCheckpointFile(path, { stream, shards });
    });
    writing = next.catch(() => {});
    return next;
  };

  /** Somebody may have cleared the folder, and another process may have come since. */
  const keepLock = async (): Promise<void> => {
    if (await lock?.isHeld()) return;
    await lock?.release();
    lock = await acquireLock(path);
  };

  return {
    async open(stream) {
      const acquired = await acquireLock(path);
      try {
        const { content, recoveredFrom } = await readCheckpointFile(path);
        if (content) checkStream(content.stream, stream, `file "${path}"`);
        if (recoveredFrom !== undefined) onRecovered(recoveredFrom);
        lock = acquired;
        owner = stream;
        shards = new Map(content?.shards);
        return new Map(shards);
      } catch (error) {
        await acquired.release();
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
      owner = undefined;
      await writing;
      await lock?.release();
    },
  };
}
