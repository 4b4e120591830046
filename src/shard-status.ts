/** The status of the reading of a shard. */
export interface ShardStatus {
  /** `waiting`: for a start in the future; `draining`: read to its end, with acks still to come. */
  state: 'waiting' | 'reading' | 'draining' | 'ended';
  /** Distance from the tip at the last response, in milliseconds; undefined before the first. */
  millisBehindLatest: number | undefined;
  /** When the last response came, on the monotonic clock. */
  lastReadMs: number | undefined;
  /** When Kinesis received the last acked record, also of an earlier run, in milliseconds since 1970. */
  ackedArrivalMs: number | undefined;
  /** The shard was read to its tip, or to a record newer than this run. */
  isCaughtUp: boolean;
  /** Records handed on and not yet acked. */
  unacknowledged: number;
  /** Since when nothing was acked although something is due, on the monotonic clock; undefined if nothing is due. */
  dueSinceMs: number | undefined;
}
