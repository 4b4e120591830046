/**
 * A fleet in virtual time, with everything that it promises checked as it happens:
 *
 * - I1 nothing after the start is lost
 * - I2 a checkpoint never goes back and never passes an unconfirmed record
 * - I3 first deliveries are in order per shard, and a child comes after all its parents
 * - I4 only the holder of a lease writes its checkpoint
 * - I5 a process that hands records on holds the row
 * - I6 some time after the last fault, all shards are read, evenly, and nothing moves any more
 * - I7 without a fault nothing is delivered twice
 * - I8 nothing older than the start is delivered
 */
import { compareCheckpoints, holderOf, isEnded, isOurs, type Lease } from '../../../src/lease/lease.js';
import type { TableStart } from '../../../src/lease/plan-rows.js';
import { createRandom } from '../../fixtures/random.js';
import { firstNumber, ModelStream } from './model-stream.js';
import { type AppliedChange, ModelTable } from './model-table.js';
import { ModelWorker, type WorkerOptions } from './model-worker.js';
import { World } from './world.js';

/** A record that is not delivered after this time is lost. */
const lateMs = 20_000;

export class FleetModel {
  readonly leaseMs = 10_000;
  readonly random: () => number;
  readonly world = new World();
  readonly table: ModelTable;
  readonly stream = new ModelStream(this.world);
  readonly workers: ModelWorker[] = [];
  /** What was broken, with its time. */
  readonly broken: string[] = [];
  readonly #deliveries = new Map<string, number>();
  readonly #confirmed = new Set<string>();
  /** Shards that have delivered a record. */
  readonly #begun = new Set<string>();
  /** Leases that changed hands. */
  moves = 0;
  /** False where rows vanish, so that nobody holds them for a while. */
  isHolderChecked = true;

  constructor(seed: number) {
    this.random = createRandom(seed);
    this.table = new ModelTable(this.world, this.random);
    this.table.onApplied = (change) => this.#checkChange(change);
  }

  join(options: Omit<WorkerOptions, 'id'> = {}): ModelWorker {
    const suffix = this.workers.length.toString(16).padStart(8, '0');
    const worker = new ModelWorker(this, { id: `worker~${suffix}`, ...options });
    this.workers.push(worker);
    return worker;
  }

  get living(): readonly ModelWorker[] {
    return this.workers.filter(({ isDead, isStopping }) => !isDead && !isStopping);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.random() * items.length)] as Item;
  }

  /** Puts records for ever. */
  feed(everyMs: number, chance: number): void {
    this.stream.put(this.random, chance);
    this.world.at(this.world.nowMs + everyMs, () => this.feed(everyMs, chance));
  }

  startOf(startMs: number | undefined): TableStart {
    return { checkpoint: 'AT_TIMESTAMP', own: { startMs: startMs ?? this.world.nowMs } };
  }

  /** The one start of the table; the rows of a racing start may differ. */
  get starts(): readonly number[] {
    return [...this.table.rows.values()].flatMap(({ own }) => own.startMs ?? []);
  }

  /** Open shards that no living worker holds. */
  get unread(): readonly string[] {
    const living = new Set(this.living.map(({ id }) => id));
    const isRead = ({ owner = '', donor }: Lease) => living.has(donor ?? owner);
    return [...this.table.rows.values()].filter((row) => !isEnded(row) && !isRead(row)).map(({ shardId }) => shardId);
  }

  get duplicates(): number {
    return [...this.#deliveries.values()].reduce((sum, count) => sum + count - 1, 0);
  }

  handedOn(worker: string, shardId: string, number: number): void {
    const key = `${shardId}/${number}`;
    const row = this.table.rows.get(shardId);
    const holder = row && holderOf(row);
    if (this.isHolderChecked && holder !== worker) this.#break(`I5 ${worker} hands on ${key}, held by ${holder}`);
  }

  /** At the receiver. */
  arrived(shardId: string, number: number): void {
    const key = `${shardId}/${number}`;
    const count = this.#deliveries.get(key) ?? 0;
    this.#deliveries.set(key, count + 1);
    if (count === 0) this.#checkOrder(shardId, number);
  }

  confirmed(shardId: string, number: number): void {
    this.#confirmed.add(`${shardId}/${number}`);
  }

  /** I1 and I8, once everything had time to be delivered. */
  checkDelivered(): void {
    const [least, most] = [Math.min(...this.starts), Math.max(...this.starts)];
    for (const { shardId, records } of this.stream.shards.values()) {
      for (const [index, putMs] of records.entries()) {
        const key = `${shardId}/${firstNumber + index}`;
        const isDelivered = this.#deliveries.has(key);
        if (isDelivered && putMs < least) this.#break(`I8 ${key} of ${putMs} was delivered, the start is ${least}`);
        if (!isDelivered && putMs >= most && putMs < this.world.nowMs - lateMs) this.#break(`I1 ${key} is missing`);
      }
    }
  }

  /** I6, at the end. */
  checkSettled(): void {
    const living = new Map(this.living.map(({ id }) => [id, 0]));
    for (const row of this.table.rows.values()) {
      if (isEnded(row)) continue;
      const { shardId, owner = 'nobody', donor } = row;
      if (donor !== undefined || !living.has(owner)) this.#break(`I6 ${shardId} is of ${owner}, donor ${donor}`);
      living.set(owner, (living.get(owner) ?? 0) + 1);
    }
    for (const { shardId } of this.stream.open)
      if (!this.table.rows.has(shardId)) this.#break(`I6 ${shardId} has no row`);
    const counts = [...living.values()];
    if (Math.max(...counts) - Math.min(...counts) > 1) this.#break(`I6 not even: ${counts}`);
  }

  #break(what: string): void {
    this.broken.push(`${Math.round(this.world.nowMs)} ms: ${what}`);
  }

  #checkChange({ kind, worker, before, after }: AppliedChange): void {
    if (!before || !after) return;
    if (before.owner !== after.owner && after.owner !== undefined) this.moves++;
    if (kind !== 'save') return;
    const holder = before.donor !== undefined && isOurs(before.owner ?? '') ? before.donor : before.owner;
    const { shardId, checkpoint } = after;
    if (holder !== worker) this.#break(`I4 ${worker} saves ${shardId}, held by ${holder}`);
    if (compareCheckpoints(checkpoint, before.checkpoint) < 0) this.#break(`I2 ${shardId} goes back`);
    const { records } = this.stream.get(shardId);
    const end = isEnded(after) ? firstNumber + records.length : Number(checkpoint) + 1;
    // Up to the checkpoint before, this was checked before.
    const first = firstNumber + this.stream.indexOf(before);
    for (let number = first; number < end; number++) {
      if (this.#confirmed.has(`${shardId}/${number}`)) continue;
      this.#break(`I2 ${shardId} at ${checkpoint} passes ${number}`);
      return;
    }
  }

  #checkOrder(shardId: string, number: number): void {
    const { records, parentIds } = this.stream.get(shardId);
    const startMs = this.table.rows.get(shardId)?.own.startMs ?? 0;
    const previousMs = records[number - firstNumber - 1];
    if (previousMs !== undefined && previousMs >= startMs && !this.#deliveries.has(`${shardId}/${number - 1}`))
      this.#break(`I3 ${shardId}/${number} before the one before`);
    if (this.#begun.has(shardId)) return;
    this.#begun.add(shardId);
    for (const parentId of parentIds) {
      const parentStartMs = this.table.rows.get(parentId)?.own.startMs ?? Number.POSITIVE_INFINITY;
      const parent = this.stream.get(parentId).records;
      const isDelivered = (putMs: number, index: number) =>
        putMs < parentStartMs || this.#deliveries.has(`${parentId}/${firstNumber + index}`);
      if (!parent.every(isDelivered)) this.#break(`I3 ${shardId}/${number} before all of ${parentId}`);
    }
  }
}
