/** Shard iterators of the fake: a position in a shard and the time of issue, because they expire after five minutes. */
import { FakeServiceError } from './fake-kinesis-error.js';
import type { FakeShard, FakeStream } from './fake-kinesis-stream.js';

export interface FakeIterator {
  readonly stream: string;
  readonly createdMs: number;
  readonly shardId: string;
  /** Index of the next record, counted from the first record that the shard ever had. */
  readonly next: number;
  readonly issuedMs: number;
}

export interface IteratorRequest {
  readonly ShardIteratorType: string;
  readonly StartingSequenceNumber?: string;
  readonly Timestamp?: number;
}

export const iteratorLifeMs = 5 * 60_000;

export function formatIterator(iterator: FakeIterator): string {
  return Buffer.from(JSON.stringify(iterator)).toString('base64');
}

export function parseIterator(text: string): FakeIterator {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    throw new FakeServiceError('InvalidArgumentException', 'Invalid ShardIterator.');
  }
}

export function checkAge({ issuedMs }: FakeIterator, nowMs: number): void {
  if (nowMs - issuedMs <= iteratorLifeMs) return;
  const message = `Iterator expired. The iterator was created at time ${new Date(issuedMs)} while right now it is ${new Date(nowMs)} which is further in the future than the tolerated delay of 300000 milliseconds.`;
  throw new FakeServiceError('ExpiredIteratorException', message);
}

/**
 * @param onTrimmed the response for a sequence number past the retention; AWS sources describe both
 * @returns index of the first record that the iterator returns
 */
export function findPlace(
  stream: FakeStream,
  shard: FakeShard,
  request: IteratorRequest,
  nowMs: number,
  onTrimmed: 'error' | 'jump',
): number {
  const { records, trimmed } = shard;
  switch (request.ShardIteratorType) {
    case 'TRIM_HORIZON':
      return trimmed;
    case 'LATEST':
      return records.length;
    case 'AT_TIMESTAMP':
      return findTime(shard, Math.round((request.Timestamp ?? 0) * 1000), nowMs);
    case 'AT_SEQUENCE_NUMBER':
    case 'AFTER_SEQUENCE_NUMBER':
      return findNumber(stream, shard, request, onTrimmed);
    default:
      throw new FakeServiceError('ValidationException', `Unknown iterator type ${request.ShardIteratorType}`);
  }
}

function findTime({ records, trimmed }: FakeShard, atMs: number, nowMs: number): number {
  if (atMs > nowMs) {
    const message = `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${atMs}, currentTimestampInMillis: ${nowMs}`;
    throw new FakeServiceError('InvalidArgumentException', message);
  }
  const index = records.findIndex((record, i) => i >= trimmed && record.arrivalMs >= atMs);
  return index < 0 ? records.length : index;
}

function findNumber(
  stream: FakeStream,
  { shardId, records, trimmed, closed }: FakeShard,
  { ShardIteratorType, StartingSequenceNumber: number = '' }: IteratorRequest,
  onTrimmed: 'error' | 'jump',
): number {
  const place = `StartingSequenceNumber ${number} used in GetShardIterator on shard ${shardId} in stream ${stream.name}`;
  const named = stream.shardOf(number);
  if (!named)
    throw new FakeServiceError('InvalidArgumentException', `${place} is invalid: did not come from this stream`);
  if (named !== shardId) {
    const message = `Invalid StartingSequenceNumber. It encodes ${named}, while it was used in a call to a shard with ${shardId}`;
    throw new FakeServiceError('InvalidArgumentException', message);
  }
  const isAfter = ShardIteratorType === 'AFTER_SEQUENCE_NUMBER';
  if (isAfter && closed && number >= closed.sequenceNumber) {
    const message = `${place} is invalid because it has reached max possible value for the shard`;
    throw new FakeServiceError('InvalidArgumentException', message);
  }
  const lastTrimmed = records[trimmed - 1]?.sequenceNumber;
  if (lastTrimmed !== undefined && number <= lastTrimmed && onTrimmed === 'error') {
    throw new FakeServiceError('InvalidArgumentException', `${place} is invalid: it is older than the retention`);
  }
  const index = records.findIndex((record, i) => {
    return i >= trimmed && (isAfter ? record.sequenceNumber > number : record.sequenceNumber >= number);
  });
  return index < 0 ? records.length : index;
}
