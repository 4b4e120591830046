/** A stream in virtual time. The sequence number of a record is its index in the shard, from 1000. */
import type { Lease } from '../../../src/lease/lease.js';
import type { World } from './world.js';

export interface ModelShard {
  readonly shardId: string;
  readonly parentIds: readonly string[];
  /** When each record was put. */
  readonly records: number[];
  isClosed: boolean;
}

export const firstNumber = 1000;

export class ModelStream {
  readonly shards = new Map<string, ModelShard>();
  records = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get open(): readonly ModelShard[] {
    return [...this.shards.values()].filter(({ isClosed }) => !isClosed);
  }

  add(parentIds: readonly string[] = []): void {
    const shardId = `shard-${String(this.shards.size).padStart(3, '0')}`;
    this.shards.set(shardId, { shardId, parentIds, records: [], isClosed: false });
  }

  /** One record into each open shard, with this chance. */
  put(random: () => number, chance: number): void {
    for (const shard of this.open) {
      if (random() >= chance) continue;
      shard.records.push(this.#world.nowMs);
      this.records++;
    }
  }

  split(shard: ModelShard): void {
    shard.isClosed = true;
    this.add([shard.shardId]);
    this.add([shard.shardId]);
  }

  merge(one: ModelShard, other: ModelShard): void {
    one.isClosed = true;
    other.isClosed = true;
    this.add([one.shardId, other.shardId]);
  }

  get(shardId: string): ModelShard {
    const shard = this.shards.get(shardId);
    if (!shard) throw new Error(`there is no ${shardId}`);
    return shard;
  }

  /** Index of the next record to read from a lease's checkpoint. */
  indexOf({ shardId, checkpoint, own }: Lease): number {
    if (checkpoint === 'TRIM_HORIZON') return 0;
    if (checkpoint !== 'AT_TIMESTAMP') return Number(checkpoint) - firstNumber + 1;
    return this.firstSince(shardId, own.startMs ?? 0);
  }

  /** Index of the first record at or after the time. */
  firstSince(shardId: string, ms: number): number {
    const { records } = this.get(shardId);
    const index = records.findIndex((putMs) => putMs >= ms);
    return index === -1 ? records.length : index;
  }
}
