/**
 * What a CloudWatch Logs subscription puts into a Kinesis record, once its bytes are decoded.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export interface LogEvent {
  /** Opaque, unique within its log stream; empty when the payload had none. */
  readonly id: string;
  /** Milliseconds since 1970, a whole number; undefined if the payload has no valid time. */
  readonly timestamp: number | undefined;
  /** The original log line. Bytes that are not UTF-8 are replacement characters. */
  readonly message: string;
}

/** Where the events of a payload come from. A text that is missing in the payload is empty. */
export interface EnvelopeSource {
  /** The AWS account that owns the log group. Across accounts, it differs from the account that owns the stream. */
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
}

export interface Envelope extends EnvelopeSource {
  readonly events: readonly LogEvent[];
}

/** An unusable part of a record. It has only its own bytes: none of them are in an envelope as well. */
export interface Rejected {
  readonly reason: RejectReason;
  /** What was expected and what was found, for a person. */
  readonly detail: string;
  /** Can be decoded as a record of its own, as a replay does. */
  readonly data: Uint8Array;
  /** The log group that it came from, if known. */
  readonly logGroup?: string;
}

export type RejectReason =
  | 'empty'
  | 'too-large'
  | 'bad-gzip'
  | 'too-many-members'
  | 'bad-json'
  | 'not-a-payload'
  | 'bad-event'
  | 'too-many-events'
  | 'too-many-payloads'
  | 'too-many-values'
  | 'too-many-rejected';
