/**
 * One stream of the fake: shards with their hash-key ranges and parents, their records, and what is past the retention. It is
 * all plain data; the caller passes in the time.
 */
import { createHash } from 'node:crypto';
import { FakeServiceError } from './fake-kinesis-error.js';

export interface FakeRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  readonly arrivalMs: number;
}

export interface FakeShard {
  readonly shardId: string;
  readonly parentIds: readonly string[];
  readonly startHash: bigint;
  readonly endHash: bigint;
  /** All records that were ever put; those before `trimmed` are removed. */
  readonly records: FakeRecord[];
  trimmed: number;
  /** A shard begins and ends with sequence numbers that belong to no record. */
  readonly startingSequenceNumber: string;
  closed: { readonly atMs: number; readonly sequenceNumber: string; readonly childIds: readonly string[] } | undefined;
}

export interface FakeStreamOptions {
  readonly name: string;
  readonly shards: number;
  readonly retentionMs: number;
  readonly createdMs: number;
}

/** A registered consumer for enhanced fan-out. */
export interface FakeConsumer {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  status: 'CREATING' | 'ACTIVE' | 'DELETING';
}

const hashKeys = 2n ** 128n;

export class FakeStream {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  retentionMs: number;
  readonly consumers: FakeConsumer[] = [];
  readonly #shards = new Map<string, FakeShard>();
  #lastNumber = 0;

  constructor({ name, shards, retentionMs, createdMs }: FakeStreamOptions) {
    this.name = name;
    this.arn = `arn:aws:kinesis:us-east-1:123456789012:stream/${name}`;
    this.createdMs = createdMs;
    this.retentionMs = retentionMs;
    const count = BigInt(shards);
    for (let i = 0n; i < count; i++) {
      this.#addShard((hashKeys * i) / count, (hashKeys * (i + 1n)) / count - 1n, []);
    }
  }

  /** Every shard that ever existed. */
  get shards(): readonly FakeShard[] {
    return [...this.#shards.values()];
  }

  /** The shards that are still within the retention. */
  listedShards(nowMs: number): readonly FakeShard[] {
    return this.shards.filter(({ closed }) => !closed || closed.atMs >= nowMs - this.retentionMs);
  }

  /** A listed shard without the records that are too old. */
  shard(shardId: string, nowMs: number): FakeShard {
    const shard = this.listedShards(nowMs).find((listed) => listed.shardId === shardId);
    if (!shard) {
      throw new FakeServiceError(
        'ResourceNotFoundException',
        `Shard ${shardId} in stream ${this.name} under account 123456789012 does not exist`,
      );
    }
    const oldestMs = nowMs - this.retentionMs;
    while ((shard.records[shard.trimmed]?.arrivalMs ?? oldestMs) < oldestMs) shard.trimmed++;
    return shard;
  }

  /** @throws FakeServiceError if it exists */
  registerConsumer(name: string, nowMs: number): FakeConsumer {
    if (this.consumers.some((consumer) => consumer.name === name)) throw new FakeServiceError('ResourceInUseException');
    const arn = `${this.arn}/consumer/${name}:${Math.floor(nowMs / 1000)}`;
    const consumer: FakeConsumer = { name, arn, createdMs: nowMs, status: 'ACTIVE' };
    this.consumers.push(consumer);
    return consumer;
  }

  put(data: Uint8Array, partitionKey: string, nowMs: number, explicitHash?: bigint): FakeRecord & { shardId: string } {
    const hash = explicitHash ?? hashOf(partitionKey);
    const shard = this.shards.find(({ closed, startHash, endHash }) => !closed && startHash <= hash && hash <= endHash);
    if (!shard) throw new TypeError(`No open shard holds hash key ${hash}`);
    const record = { sequenceNumber: this.#nextNumber(shard.shardId), partitionKey, data, arrivalMs: nowMs };
    shard.records.push(record);
    return { ...record, shardId: shard.shardId };
  }

  /** @param at first hash key of the second child; default: the middle */
  split(shardId: string, nowMs: number, at?: bigint): readonly [string, string] {
    const { startHash, endHash } = this.#openShard(shardId);
    const middle = at ?? (startHash + endHash + 1n) / 2n;
    const left = this.#addShard(startHash, middle - 1n, [shardId]);
    const right = this.#addShard(middle, endHash, [shardId]);
    this.#close(shardId, nowMs, [left, right]);
    return [left, right];
  }

  merge(shardId: string, adjacentId: string, nowMs: number): string {
    const [low, high] = [this.#openShard(shardId), this.#openShard(adjacentId)].sort((a, b) =>
      a.startHash < b.startHash ? -1 : 1,
    ) as [FakeShard, FakeShard];
    if (low.endHash + 1n !== high.startHash) {
      throw new FakeServiceError('InvalidArgumentException', `Shards ${shardId} and ${adjacentId} are not adjacent`);
    }
    const child = this.#addShard(low.startHash, high.endHash, [shardId, adjacentId]);
    for (const id of [shardId, adjacentId]) this.#close(id, nowMs, [child]);
    return child;
  }

  #openShard(shardId: string): FakeShard {
    const shard = this.#shards.get(shardId);
    if (!shard) throw new FakeServiceError('ResourceNotFoundException', `Shard ${shardId} does not exist`);
    if (shard.closed) throw new FakeServiceError('ResourceInUseException', `Shard ${shardId} is closed`);
    return shard;
  }

  #addShard(startHash: bigint, endHash: bigint, parentIds: readonly string[]): string {
    const shardId = `shardId-${String(this.#shards.size).padStart(12, '0')}`;
    const startingSequenceNumber = this.#nextNumber(shardId);
    const empty = { records: [], trimmed: 0, closed: undefined };
    this.#shards.set(shardId, { shardId, parentIds, startHash, endHash, startingSequenceNumber, ...empty });
    return shardId;
  }

  #close(shardId: string, atMs: number, childIds: readonly string[]): void {
    const shard = this.#openShard(shardId);
    shard.closed = { atMs, sequenceNumber: this.#nextNumber(shardId), childIds };
  }

  /**
   * Sequence numbers contain their stream and their shard, as those of AWS do, and grow within a stream. They have the same
   * length, so that they compare as strings in the same order as numbers.
   */
  #nextNumber(shardId: string): string {
    const number = String(++this.#lastNumber).padStart(24, '0');
    return `495${String(this.createdMs).padStart(15, '0')}${number}${shardId.slice(-6)}`;
  }

  /** The shard of a sequence number; undefined for one of another stream. */
  shardOf(sequenceNumber: string): string | undefined {
    if (!/^\d{48}$/.test(sequenceNumber) || Number(sequenceNumber.slice(3, 18)) !== this.createdMs) return undefined;
    return `shardId-${sequenceNumber.slice(-6).padStart(12, '0')}`;
  }
}

function hashOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}
