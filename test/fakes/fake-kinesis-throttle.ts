/**
 * The limits of AWS for one shard: five GetRecords and five GetShardIterator calls a second, and 2 MB a second. A response of
 * 10 MB blocks further reads for five seconds. This is the strictest reading of the documentation: every byte counts against
 * the limit before the next read.
 */
import { FakeServiceError } from './fake-kinesis-error.js';

const callsPerSecond = 5;
const bytesPerMs = (2 * 1024 * 1024) / 1000;

export class FakeThrottle {
  readonly #calls = new Map<string, number[]>();
  readonly #paidMs = new Map<string, number>();

  /** Counts a call, or throws if it exceeds the rate. */
  take(operation: string, shardId: string, nowMs: number): void {
    const key = `${operation} ${shardId}`;
    const recent = (this.#calls.get(key) ?? []).filter((atMs) => nowMs - atMs < 1000);
    const isInDebt = operation === 'GetRecords' && nowMs < (this.#paidMs.get(shardId) ?? 0);
    if (recent.length >= callsPerSecond || isInDebt) {
      const message = `Rate exceeded for shard ${shardId} in stream under account 123456789012.`;
      throw new FakeServiceError('ProvisionedThroughputExceededException', message);
    }
    this.#calls.set(key, [...recent, nowMs]);
  }

  charge(shardId: string, bytes: number, nowMs: number): void {
    this.#paidMs.set(shardId, Math.max(nowMs, this.#paidMs.get(shardId) ?? 0) + Math.floor(bytes / bytesPerMs));
  }
}
