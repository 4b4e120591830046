/** Where positions are kept, for one stream and one reader. A store does not interpret them. */
import { CheckpointError } from '../errors.js';
import type { StreamIdentity } from '../progress.js';
import type { ShardPosition } from '../shard-position.js';
import type { LedgerCounts } from './ledger-counts.js';

export interface ShardCheckpoint {
  readonly position: ShardPosition;
  /**
   * When the shard had last been read to its tip with everything acked, in milliseconds since 1970. Distinguishes an old
   * position with nothing after it from one whose next records AWS has dropped.
   */
  readonly caughtUpMs?: number;
  /** When Kinesis received the record at the position, in milliseconds since 1970. */
  readonly arrivalMs?: number;
  /** When this was last written, in milliseconds since 1970. */
  readonly updatedMs: number;
}

export interface CheckpointStore {
  /**
   * Takes the store for this process and reads what it holds for the stream; an empty map means a first start. Call it once,
   * before anything else. Rejects with a `CheckpointError` if another process holds the store, if it belongs to another stream,
   * or if its content cannot be read. It never returns an empty map for unreadable content.
   */
  open(stream: StreamIdentity): Promise<ReadonlyMap<string, ShardCheckpoint>>;
  /**
   * Replaces the checkpoints of these shards and keeps the others. Resolves when durable; after a rejection, call it again.
   *
   * @param counts of what these checkpoints have passed since the last save. The store takes them together with the
   * checkpoints and leaves them empty; what it did not take is still there after a rejection.
   */
  save(shards: ReadonlyMap<string, ShardCheckpoint>, counts?: LedgerCounts): Promise<void>;
  /** Drops these shards. Resolves when durable. */
  remove(shardIds: readonly string[]): Promise<void>;
  /**
   * Releases the store for other processes. Rejects if what was saved is gone and could not be written again. More calls do
   * nothing.
   */
  close(): Promise<void>;
}

/** Rejects a store that holds positions of another stream. */
export function checkStream(stored: StreamIdentity, stream: StreamIdentity, place: string): void {
  if (stored.arn !== stream.arn) {
    const message = `The checkpoint ${place} belongs to stream "${stored.arn}", not "${stream.arn}"; give each stream its own checkpoint`;
    throw new CheckpointError('other-stream', message);
  }
  if (stored.createdMs !== stream.createdMs) {
    const [then, now] = [stored.createdMs, stream.createdMs].map((ms) => new Date(ms).toISOString());
    const message = `Stream "${stream.arn}" was deleted and created again: the checkpoint ${place} belongs to the stream created ${then}, and this stream was created ${now}. To start without its positions, run "npx kinesis-snare checkpoint reset"`;
    throw new CheckpointError('stream-recreated', message);
  }
}
