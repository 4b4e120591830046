/** Kinesis records in the form that a subscription of CloudWatch Logs writes. */
import { gzipSync } from 'node:zlib';

export interface SubscriptionSource {
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly filterName: string;
}

export interface SubscriptionEvent {
  readonly id: string;
  /** In milliseconds. */
  readonly timestamp: number;
  readonly message: string;
}

export function createDataRecord(source: SubscriptionSource, logEvents: readonly SubscriptionEvent[]): Uint8Array {
  const { owner, logGroup, logStream, filterName } = source;
  const payload = { messageType: 'DATA_MESSAGE', owner, logGroup, logStream, subscriptionFilters: [filterName] };
  return gzipSync(JSON.stringify({ ...payload, logEvents }));
}

/** CloudWatch Logs sends it from time to time, to check that it can write to the stream. */
export function createControlRecord(timestamp: number): Uint8Array {
  const message = 'CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.';
  const payload = { messageType: 'CONTROL_MESSAGE', owner: 'CloudwatchLogs', logGroup: '', logStream: '' };
  return gzipSync(JSON.stringify({ ...payload, subscriptionFilters: [], logEvents: [{ id: '', timestamp, message }] }));
}

/** As AWS creates ids: 56 digits with the time in the upper bits, so that ids are in the order of the times. */
export function createEventId(timestamp: number, number: bigint): string {
  return String((BigInt(timestamp) << 144n) + number).padStart(56, '0');
}
