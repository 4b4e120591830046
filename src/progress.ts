/**
 * How far the reading of a stream has been acknowledged, as the read stage sees it: where each shard begins, and what to
 * note when a record, a shard or a tip is reached. The checkpoint stage keeps the promise behind it.
 */

/** Where reading of a shard continues. */
export type ShardPosition =
  /** Behind this record; everything up to and with it is acknowledged. */
  | { readonly type: 'after'; readonly sequenceNumber: string }
  /** At the first record that Kinesis took at or after this time, in milliseconds of AWS' clock since 1970. */
  | { readonly type: 'time'; readonly atMs: number }
  /** At the oldest record that the shard still has. */
  | { readonly type: 'beginning' }
  /** The shard is closed and all of it is acknowledged. */
  | { readonly type: 'end' };

export interface StreamIdentity {
  readonly arn: string;
  /** Distinguishes a stream from an earlier one of the same name, in milliseconds since 1970. */
  readonly createdMs: number;
}

/** A place that a position may move on to. */
export interface TrackedPosition {
  /** All before and with it is done with, once the same is true of what was tracked earlier. More calls do nothing. */
  ack(): void;
}

export interface StreamProgress {
  /** Every shard that is known, with its durable position. */
  positions(): ReadonlyMap<string, ShardPosition>;
  /** Stores where shards begin; resolves when that is durable. Called before any record of them is read. */
  begin(starts: ReadonlyMap<string, ShardPosition>): Promise<void>;
  /** Takes note of a record in the order of its shard. */
  track(shardId: string, sequenceNumber: string, arrivalMs?: number): TrackedPosition;
  /**
   * Every record that Kinesis took before this time, in milliseconds since 1970, is acknowledged; undefined when that is
   * not known of any time.
   */
  ackedUntilMs(shardId: string): number | undefined;
  /** The shard had nothing more to read at this time; it counts once all that was tracked so far is acknowledged. */
  caughtUp(shardId: string, atMs: number): void;
  /** Resolves when everything tracked of the shard is acknowledged, or when the signal aborts. */
  whenAcked(shardId: string, signal: AbortSignal): Promise<void>;
  /** The shard is closed and all of it is acknowledged; resolves when that is durable. */
  end(shardId: string): Promise<void>;
  /** Drops shards that the stream no longer has and nobody needs; resolves when that is durable. */
  forget(shardIds: readonly string[]): Promise<void>;
}
