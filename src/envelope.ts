/**
 * What a CloudWatch Logs subscription puts into a Kinesis record, once its bytes are decoded.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export interface LogEvent {
  /** Opaque, unique within its log stream; empty when the payload had none. */
  readonly id: string;
  /** Milliseconds since 1970, a whole number; undefined when the payload had none that is a time. */
  readonly timestamp: number | undefined;
  /** The log line as it was written. Bytes that were no UTF-8 are replacement characters. */
  readonly message: string;
}

/** Where a payload's events come from. Text that the payload left out is empty. */
export interface EnvelopeSource {
  /** The AWS account that owns the log group, which across accounts is not the account that owns the stream. */
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
}

export interface Envelope extends EnvelopeSource {
  readonly events: readonly LogEvent[];
}

/** A part of a record that cannot be used, with its own bytes only: nothing of it is in an envelope as well. */
export interface Rejected {
  readonly reason: RejectReason;
  /** What was expected and what came, for a person. */
  readonly detail: string;
  /** Can be decoded as a record of its own, which is how a replay retries it. */
  readonly data: Uint8Array;
  /** Where it came from, where that is known. */
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
