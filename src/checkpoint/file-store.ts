/** Positions in a local file, locked against a second process. */
import { CheckpointError } from '../errors.js';
import { isStillNamed, type WrittenFile } from '../named-file.js';
import type { StreamIdentity } from '../progress.js';
import { type CheckpointContent, readCheckpointFile, writeCheckpointFile } from './checkpoint-file.js';
import type { Ledger } from './ledger.js';
import type { UnfoldedText } from './ledger-file.js';
import { acquireLock, type Lock } from './lock.js';
import { type CheckpointStore, checkStream, type ShardCheckpoint } from './store.js';

export interface FileStoreOptions {
  readonly path: string;
  /** Called when the file is missing or unreadable, and its previous version is used. */
  readonly onRecovered: (cause: unknown) => void;
  /** Opens the ledger beside the checkpoint, with what the checkpoint keeps of it; nothing is counted if left out. */
  readonly openLedger?: ((unfolded: CheckpointContent['ledger']) => Promise<Ledger>) | undefined;
}

export function createFileStore({ path, onRecovered, openLedger }: FileStoreOptions): CheckpointStore {
  let lock: Lock | undefined;
  /** Undefined unless the store is open. */
  let owner: StreamIdentity | undefined;
  let shards = new Map<string, ShardCheckpoint>();
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  /** The file that the last write created. */
  let written: WrittenFile | undefined;
  let ledger: Ledger | undefined;

  /** At most one write is under way and one waits. The waiting one writes everything that has changed when it begins. */
  const write = (): Promise<void> => {
    if (!owner) return Promise.reject(new CheckpointError('not-written', `The checkpoint "${path}" is not open`));
    const stream = owner;
    next ??= writing.then(async () => {
      next = undefined;
      await writeNow(stream);
    });
    writing = next.catch(() => {});
    return next;
  };

  const writeNow = async (stream: StreamIdentity): Promise<void> => {
    // Someone may have cleared the folder, and another process may have started since.
    await lock?.keep();
    const writeFile = (unfolded?: UnfoldedText) => writeCheckpointFile(path, { stream, shards, ledger: unfolded });
    written = ledger ? await ledger.write(writeFile) : await writeFile();
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
        ledger = await openLedger?.(content?.ledger);
        // On disk at once, since when is counted. Otherwise each start until the next ack reports it and keeps one more copy.
        if (ledger && content?.ledger === null) await write().catch(() => {});
        return new Map(shards);
      } catch (error) {
        await acquired.release();
        throw error;
      }
    },
    save(changes, counts) {
      for (const [shardId, checkpoint] of changes) shards.set(shardId, checkpoint);
      if (counts) ledger?.add(counts);
      return write();
    },
    remove(shardIds) {
      for (const shardId of shardIds) shards.delete(shardId);
      return write();
    },
    async close() {
      const stream = owner;
      owner = undefined;
      await writing;
      try {
        // If the file was removed since, the next start would find none and begin at input.startAt.
        if (stream && written && !(await isStillNamed(written))) await writeNow(stream);
      } finally {
        await lock?.release();
      }
    },
  };
}
