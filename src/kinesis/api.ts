/**
 * The four calls of Kinesis that reading a stream needs, and no more, so that the real service, an emulator and a fake are
 * all easy to put behind it. A call makes one attempt: the caller, which knows the budget, decides when to make another.
 */
import type { ShardPosition, StreamIdentity } from '../progress.js';

export interface StreamDescription extends StreamIdentity {
  /** How long AWS keeps a record, in milliseconds. */
  readonly retentionMs: number;
}

export interface ListedShard {
  readonly shardId: string;
  /** None, one (split) or two (merge). A parent may be older than the retention and so not be listed. */
  readonly parentIds: readonly string[];
  /** True when the shard takes no more records. */
  readonly isClosed: boolean;
}

export interface FetchedRecord {
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
  readonly arrivalMs: number | undefined;
}

export interface RecordsResponse {
  readonly records: readonly FetchedRecord[];
  /** Undefined at the end of a closed shard; a service fault can leave it out too, and then `hasChildren` is false. */
  readonly nextIterator: string | undefined;
  readonly hasChildren: boolean;
  /** Distance from the tip of the shard in milliseconds. */
  readonly millisBehindLatest: number;
}

/** The most that the records of a response can have; AWS counts 10 MB without the overhead of a record. */
export const maxResponseBytes = 10 * 1024 * 1024;

/**
 * Called as a response arrives, with the bytes of records that are in what has arrived and in the whole, both at the most.
 * Resolves with how many may arrive before it is called again, once there is room for them; with 0 to give the response up.
 */
export type AdmitResponse = (arrivedBytes: number, wholeBytes: number) => Promise<number>;

/** Rejections are `AwsError`s. */
export interface KinesisApi {
  describeStream(signal: AbortSignal): Promise<StreamDescription>;
  /** Every shard of the stream, open and closed, all pages. */
  listShards(signal: AbortSignal): Promise<readonly ListedShard[]>;
  getIterator(shardId: string, position: Exclude<ShardPosition, { type: 'end' }>, signal: AbortSignal): Promise<string>;
  /**
   * @param admit left out, there is always room
   * @param limit most records; as many as a response may hold when left out
   */
  getRecords(iterator: string, signal: AbortSignal, admit?: AdmitResponse, limit?: number): Promise<RecordsResponse>;
  /** Closes connections. */
  close(): void;
}
