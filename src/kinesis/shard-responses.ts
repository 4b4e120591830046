/** Where the records of a shard come from: reads that ask for them, or a subscription to which AWS sends them. */
import type { AwsError } from '../aws/error.js';
import type { BackoffLimits } from '../backoff.js';
import type { FetchedRecord } from './api.js';
import type { ResponseRoom } from './response-room.js';

export interface ShardResponse {
  readonly records: readonly FetchedRecord[];
  /** Nothing follows, at the end of a closed shard. A service fault can say so too; then `hasChildren` is false. */
  readonly isLast: boolean;
  readonly hasChildren: boolean;
  /** Distance from the tip of the shard in milliseconds. */
  readonly millisBehindLatest: number;
  /** A time on AWS' clock: everything that Kinesis received before it came with this response or an earlier one. */
  readonly askedMs: number;
}

export interface ShardResponses {
  /** Resolves when AWS allows the next request, or when the signal aborts. */
  wait(): Promise<void>;
  /**
   * The response behind the records that were handed on. Rejections are `AwsError`s.
   *
   * @param room for its records
   */
  next(room: ResponseRoom): Promise<ShardResponse>;
  /** Everything up to this number was handed on. */
  moveBehind(sequenceNumber: string): void;
  /** The last request failed. The place is kept. Returns how long to wait before the next one. */
  failed(error: AwsError): BackoffLimits;
  /** Ends what is open at AWS. */
  close(): void;
}
