/** Where positions are kept. A store knows nothing of records; it keeps what it is given, for one stream and one reader. */
import { CheckpointError } from '../errors.js';
import type { ShardPosition, StreamIdentity } from '../progress.js';

export { CheckpointError };

export interface ShardCheckpoint {
  readonly position: ShardPosition;
  /**
   * When the shard had last been read to its tip and all of it was acknowledged, in milliseconds since 1970. Distinguishes an old
   * position with nothing after it from one whose next records AWS has dropped.
   */
  readonly caughtUpMs?: number;
  /** When Kinesis took the record at the position, in milliseconds since 1970. */
  readonly arrivalMs?: number;
  /** When this was last written, in milliseconds since 1970. */
  readonly updatedMs: number;
}

export interface CheckpointStore {
  /**
   * Takes the store for this process and reads what it has for the stream; an empty map is a first start. Call once before
   * anything else. Rejects with a `CheckpointError` when another process has it, when it belongs to another stream, or
   * when what it holds cannot be read: never with an empty map in place of an unreadable one.
   */
  open(stream: StreamIdentity): Promise<ReadonlyMap<string, ShardCheckpoint>>;
  /** Replaces these shards' checkpoints and keeps the others. Resolves when durable; after a rejection call again. */
  save(shards: ReadonlyMap<string, ShardCheckpoint>): Promise<void>;
  /** Drops these shards. Resolves when durable. */
  remove(shardIds: readonly string[]): Promise<void>;
  /**
   * Releases the store for other processes; rejects when what was saved is no longer there and could not be written again. More
   * calls do nothing.
   */
  close(): Promise<void>;
}

/** Refuses a store that another stream's reading has filled. */
export function checkStream(stored: StreamIdentity, stream: StreamIdentity, place: string): void {
  if (stored.arn !== stream.arn) {
    const message = `The checkpoint ${place} belongs to stream "${stored.arn}", not "${stream.arn}"; give each stream its own checkpoint`;
    throw new CheckpointError('other-stream', message);
  }
  if (stored.createdMs !== stream.createdMs) {
    const [then, now] = [stored.createdMs, stream.createdMs].map((ms) => new Date(ms).toISOString());
    const message = `Stream "${stream.arn}" was deleted and created again: the checkpoint ${place} is of the one created ${then}, this one was created ${now}; its positions mean nothing here, so reset the checkpoint to start with none`;
    throw new CheckpointError('stream-recreated', message);
  }
}
