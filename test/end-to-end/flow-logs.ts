/** Flow logs with a number each, so that what arrives can be compared with what was put. */
import { gzipSync } from 'node:zlib';

const start = 1_700_000_000;

export interface NumberedRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** Log events as CloudWatch Logs has them, a second apart, with the numbers `from` up to, but not with, `to`. */
export function toMessages(
  key: string,
  from: number,
  to: number,
  startMs = start * 1000,
): { readonly timestamp: number; readonly message: string }[] {
  return Array.from({ length: to - from }, (_, index) => {
    const seconds = Math.floor(startMs / 1000) + index;
    const message = `2 123456789012 eni-${key} 10.0.0.1 10.0.0.2 443 50000 6 1 ${from + index} ${seconds} ${seconds + 60} ACCEPT OK`;
    return { timestamp: seconds * 1000, message };
  });
}

/** What a subscription filter makes of events that CloudWatch Logs took. */
export function toSubscriptionRecord(
  logGroup: string,
  logStream: string,
  events: readonly { readonly eventId: string; readonly timestamp: number; readonly message: string }[],
  subscriptionFilters: readonly string[] = ['to-snare'],
): Uint8Array {
  const logEvents = events.map(({ eventId, timestamp, message }) => ({ id: eventId, timestamp, message }));
  const source = { owner: '123456789012', logGroup, logStream, subscriptionFilters };
  return gzipSync(JSON.stringify({ messageType: 'DATA_MESSAGE', ...source, logEvents }));
}

/**
 * One record with the flow logs `from` up to, but not with, `to`; the number is the field `bytes`.
 *
 * @param timeOf the time of each event, in milliseconds since 1970
 */
export function toRecord(
  partitionKey: string,
  from: number,
  to: number,
  timeOf: (number: number) => number = () => start * 1000,
): NumberedRecord {
  const logEvents = Array.from({ length: to - from }, (_, index) => ({
    id: String(from + index),
    timestamp: timeOf(from + index),
    message: `2 123456789012 eni-${partitionKey} 10.0.0.1 10.0.0.2 443 50000 6 1 ${from + index} ${start} ${start + 60} ACCEPT OK`,
  }));
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flow-logs',
    logStream: `eni-${partitionKey}-all`,
    subscriptionFilters: ['to-snare'],
    logEvents,
  };
  return { partitionKey, data: gzipSync(JSON.stringify(payload)) };
}

/** Key and number of each line in the format `snare`. */
export function readLines(lines: readonly string[]): { readonly key: string; readonly number: number }[] {
  return lines.map((line) => {
    const row = JSON.parse(line.split('\t')[3] ?? '') as { INTERFACEID: string; BYTES: string };
    return { key: row.INTERFACEID.slice(4), number: Number(row.BYTES) };
  });
}

/** The numbers from 0 that are not among the lines. */
export function findMissing(lines: readonly string[], count: number): number[] {
  const seen = new Set(readLines(lines).map(({ number }) => number));
  return Array.from({ length: count }, (_, number) => number).filter((number) => !seen.has(number));
}
