/** The event of a Kinesis event source mapping and the answer to it, as far as they are used. */

/**
 * The event that Lambda passes to the function. The types of `@types/aws-lambda` fit.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
export interface KinesisBatchEvent {
  /** The records of one shard, in order. Empty at the end of a tumbling window. */
  readonly Records: readonly KinesisEventRecord[];
  /** With a tumbling window, what the function returned before. */
  readonly state?: unknown;
}

/** One record of the stream. */
export interface KinesisEventRecord {
  /** Id of the shard, a colon and the sequence number. */
  readonly eventID: string;
  /** ARN of the stream, or of its consumer with enhanced fan-out. */
  readonly eventSourceARN: string;
  /** What Kinesis has of the record. */
  readonly kinesis: {
    readonly sequenceNumber: string;
    /** Base64. */
    readonly data: string;
    /** Seconds since 1970. */
    readonly approximateArrivalTimestamp: number;
  };
}

/** What the function returns. */
export interface KinesisBatchResponse {
  /** The first record that is not confirmed, from which Lambda retries; empty if all are confirmed. */
  batchItemFailures: { itemIdentifier: string }[];
  /** The state of a tumbling window, as it came. */
  state?: unknown;
}

/** What is used of the context of an invocation. */
export interface LambdaContext {
  /** Milliseconds until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
}

/**
 * What `createHandler` returns, and Lambda calls. Rejects for an event of another kind and for a plugin that cannot start; Lambda
 * then retries the batch.
 */
export type KinesisBatchHandler = (event: KinesisBatchEvent, context: LambdaContext) => Promise<KinesisBatchResponse>;
