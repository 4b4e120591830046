/** Where reading of a shard continues. */
export type ShardPosition =
  /** After this record; everything up to it is acked, itself included. */
  | { readonly type: 'after'; readonly sequenceNumber: string }
  /** At the first record that Kinesis received at or after this time, in milliseconds of AWS' clock since 1970. */
  | { readonly type: 'time'; readonly atMs: number }
  /** At the oldest record that the shard still has. */
  | { readonly type: 'beginning' }
  /** The shard is closed and all of it is acked. */
  | { readonly type: 'end' };
