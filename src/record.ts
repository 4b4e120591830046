/**
 * What the read stage hands on: one Kinesis record with the function that acks it. The ack travels with the data, so that no
 * later stage has to interpret a sequence number.
 */
import type { Tally } from './tally.js';

export interface StreamRecord {
  /** For events fetched from CloudWatch Logs, the name of the log group. */
  readonly shardId: string;
  /**
   * Identifies the record in a dead letter and in an error; no stage after the read stage compares it. For events fetched from
   * CloudWatch Logs, the id of the first event.
   */
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
  /** When this program read the record, in milliseconds since 1970. */
  readonly readMs: number;
  /** When Kinesis received the record, in milliseconds since 1970, if the service says so. */
  readonly arrivalMs: number | undefined;
  /** Fetched from CloudWatch Logs, so that a stream may have the same events. Default: false. */
  readonly isFetched?: boolean;
  /**
   * Everything made from this record is confirmed, or was left out on purpose, such as a dead letter. More calls do nothing.
   *
   * @param tally what the record adds to the ledger; nothing if left out
   */
  ack(tally?: Tally): void;
}
