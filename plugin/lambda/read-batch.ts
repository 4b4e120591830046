/** Reads the event of an invocation, which comes from outside. */
import type { PushedRecord } from '../../src/pipeline/pushed-source.js';
import type { KinesisBatchEvent, KinesisEventRecord } from './kinesis-event.js';

export interface KinesisBatch {
  readonly records: readonly PushedRecord[];
  readonly streamArn: string;
}

/**
 * Undefined for a batch without records, which the end of a tumbling window may have.
 *
 * @throws TypeError for any other event: Lambda then retries, and nothing counts as delivered
 */
export function readBatch(event: KinesisBatchEvent): KinesisBatch | undefined {
  const records: unknown = (event as KinesisBatchEvent | undefined)?.Records;
  if (!Array.isArray(records)) throw new TypeError(`${expected}, got ${describeEvent(event)}`);
  const [first] = records as readonly KinesisEventRecord[];
  if (!first) return undefined;
  return { records: records.map(toRecord), streamArn: toStreamArn(first.eventSourceARN) };
}

const expected = 'Expected the event of a Kinesis event source mapping with Records';

function describeEvent(event: unknown): string {
  if (typeof event !== 'object' || event === null) return String(event).slice(0, 100);
  const keys = Object.keys(event).slice(0, 5);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.join(', ')}`;
}

function toRecord(record: KinesisEventRecord, index: number): PushedRecord {
  const { eventID, kinesis } = (record ?? {}) as Partial<KinesisEventRecord>;
  if (typeof kinesis?.sequenceNumber !== 'string' || typeof kinesis.data !== 'string') {
    throw new TypeError(`${expected} of Kinesis, got another kind of record at index ${index}`);
  }
  const { sequenceNumber, data, approximateArrivalTimestamp: arrival } = kinesis;
  return {
    shardId: eventID?.split(':')[0] ?? '',
    sequenceNumber,
    data: Buffer.from(data, 'base64'),
    arrivalMs: typeof arrival === 'number' ? Math.round(arrival * 1000) : undefined,
  };
}

/** With enhanced fan-out the source may be the consumer of the stream. */
function toStreamArn(arn: string | undefined): string {
  return (arn ?? '').replace(/\/consumer\/.*$/, '');
}
