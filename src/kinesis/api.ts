/**
 * The four calls of Kinesis that reading a stream requires, and no more, so that the real service, an emulator or a fake can
 * implement it easily. A call makes one attempt: the caller knows the budget and decides when to retry.
 */
import type { StreamIdentity } from '../progress.js';
import type { ShardPosition } from '../shard-position.js';

export interface StreamDescription extends StreamIdentity {
  /** How long AWS keeps a record, in milliseconds. */
  readonly retentionMs: number;
}

export interface ListedShard {
  readonly shardId: string;
  /** None, one (split) or two (merge). A parent that is older than the retention may not be listed. */
  readonly parentIds: readonly string[];
  /** True if the shard takes no more records. */
  readonly isClosed: boolean;
}

export interface FetchedRecord {
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
  readonly arrivalMs: number | undefined;
}

export interface RecordsResponse {
  readonly records: readonly FetchedRecord[];
  /** Undefined at the end of a closed shard. A service fault can omit it too; then `hasChildren` is false. */
  readonly nextIterator: string | undefined;
  readonly hasChildren: boolean;
  /** Distance from the tip of the shard in milliseconds. */
  readonly millisBehindLatest: number;
}

export function sumBytes(records: readonly FetchedRecord[]): number {
  return records.reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** The most bytes of records in a response; AWS counts 10 MB without the overhead of a record. */
export const maxResponseBytes = 10 * 1024 * 1024;

/**
 * Called while a response arrives, with upper bounds for the bytes of records in the part that has arrived and in the whole
 * response. Resolves with how many bytes may arrive before the next call, once there is room for them; with 0 to drop the
 * response.
 */
export type AdmitResponse = (arrivedBytes: number, wholeBytes: number) => Promise<number>;

/** Rejections are `AwsError`s. */
export interface KinesisApi {
  describeStream(signal: AbortSignal): Promise<StreamDescription>;
  /** Every shard of the stream, open and closed, all pages. */
  listShards(signal: AbortSignal): Promise<readonly ListedShard[]>;
  getIterator(shardId: string, position: Exclude<ShardPosition, { type: 'end' }>, signal: AbortSignal): Promise<string>;
  /**
   * @param admit limits what arrives; by default, there is always room
   * @param limit most records; defaults to as many as a response may hold
   */
  getRecords(iterator: string, signal: AbortSignal, admit?: AdmitResponse, limit?: number): Promise<RecordsResponse>;
  /** Closes connections. */
  close(): void;
}
