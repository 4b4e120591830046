/**
 * How far the reading of a stream is acked, from the view of the read stage: where each shard begins, and what to record when a
 * record, a shard end or a tip is reached. The checkpoint stage implements it.
 */

import type { ShardPosition } from './shard-position.js';
import type { Tally } from './tally.js';

export interface StreamIdentity {
  readonly arn: string;
  /** Distinguishes a stream from an earlier one of the same name, in milliseconds since 1970. */
  readonly createdMs: number;
}

/** A place to which a position may advance. */
export interface TrackedPosition {
  /**
   * Acks it. The position advances here once everything tracked earlier is acked too. More calls do nothing.
   *
   * @param tally counts in the ledger from the moment when the position is here
   */
  ack(tally?: Tally): void;
}

export interface StreamProgress {
  /** Every known shard with its durable position. */
  positions(): ReadonlyMap<string, ShardPosition>;
  /** Stores where shards begin; resolves when that is durable. Called before any record of them is read. */
  begin(starts: ReadonlyMap<string, ShardPosition>): Promise<void>;
  /** Tracks a record, in the order of its shard. */
  track(shardId: string, sequenceNumber: string, arrivalMs?: number): TrackedPosition;
  /**
   * Every record that Kinesis received before this time, in milliseconds since 1970, is acked; undefined if no such time is
   * known.
   */
  ackedUntilMs(shardId: string): number | undefined;
  /** The shard had nothing more to read at this time; it counts once everything tracked so far is acked. */
  caughtUp(shardId: string, atMs: number): void;
  /** Resolves when everything tracked of the shard is acked, or when the signal aborts. */
  whenAcked(shardId: string, signal: AbortSignal): Promise<void>;
  /** The shard is closed and all of it is acked; resolves when that is durable. */
  end(shardId: string): Promise<void>;
  /** Drops shards that the stream no longer has and that are not needed; resolves when that is durable. */
  forget(shardIds: readonly string[]): Promise<void>;
}
