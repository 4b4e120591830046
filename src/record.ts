/**
 * What the read stage hands on: one Kinesis record with the function that acknowledges it. The acknowledgement travels
 * with the data, so that no later stage needs to know what a sequence number means.
 */
export interface StreamRecord {
  /** Of what was fetched from CloudWatch Logs, the name of the log group. */
  readonly shardId: string;
  /**
   * Names the record in a dead letter and in an error; nothing after the read stage compares it. Of what was fetched from
   * CloudWatch Logs, the id of the first event.
   */
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
  /** When this program read the record, in milliseconds since 1970. */
  readonly readMs: number;
  /** When Kinesis took the record, in milliseconds since 1970, where the service says so. */
  readonly arrivalMs: number | undefined;
  /** Everything made from this record is confirmed, or was left out on purpose, such as a dead letter. Call once; more calls do nothing. */
  ack(): void;
}
