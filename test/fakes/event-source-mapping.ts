/**
 * An event source mapping of AWS Lambda for one shard, by the rules of its documentation: a batch at a time, with
 * `ReportBatchItemFailures`, unlimited retries and no bisection. A test calls the handler in its own process; the interop run
 * calls it through the runtime client of AWS.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
import type { KinesisBatchEvent } from '../../plugin/lambda/kinesis-event.js';

export interface MappedRecord {
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
}

/** What an invocation gave: a response, or an error, which a timeout is too. */
export type Outcome = { readonly response: unknown } | { readonly error: string };

/** Number of leading records after which AWS continues. */
export function countDone(records: readonly MappedRecord[], outcome: Outcome): number {
  if ('error' in outcome) return 0;
  const { response } = outcome;
  // AWS takes each of these for a success: this is how a handler loses records.
  const failures = (response as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (!Array.isArray(failures) || failures.length === 0) return records.length;
  const places = failures.map((failure) =>
    records.findIndex(({ sequenceNumber }) => sequenceNumber === failure?.itemIdentifier),
  );
  return places.some((place) => place < 0) ? 0 : Math.min(...places);
}

export const streamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs';

export function toKinesisEvent(
  shardId: string,
  records: readonly MappedRecord[],
  { arn = streamArn, ...more }: { readonly arn?: string; readonly state?: unknown } = {},
): KinesisBatchEvent {
  const Records = records.map(({ sequenceNumber, data }) => ({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'key',
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_700_000_000.5,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/kinesis-snare',
    awsRegion: 'us-east-1',
    eventSourceARN: arn,
  }));
  return { Records, ...more };
}

export interface Invocation {
  readonly records: number;
  readonly done: number;
  readonly outcome: Outcome;
}

/** Invokes until every record of a batch is done, as AWS does, and resolves with each invocation. */
export async function deliverBatch(
  shardId: string,
  batch: readonly MappedRecord[],
  invoke: (event: KinesisBatchEvent) => Promise<unknown>,
  onInvocation: (invocation: Invocation) => void | Promise<void> = () => {},
): Promise<readonly Invocation[]> {
  const invocations: Invocation[] = [];
  let left = batch;
  while (left.length > 0) {
    const outcome = await invoke(toKinesisEvent(shardId, left)).then(
      (response): Outcome => ({ response }),
      (error: unknown): Outcome => ({ error: String(error) }),
    );
    const done = countDone(left, outcome);
    const invocation = { records: left.length, done, outcome };
    invocations.push(invocation);
    left = left.slice(done);
    await onInvocation(invocation);
  }
  return invocations;
}
