/**
 * Keeps a store up to date with the latest checkpoints, with one write for many changes. A store that fails is retried until it
 * works; meanwhile the checkpoints in memory continue.
 */
import { describeError } from '../faults.js';
import type { HourTallies } from '../tally.js';
import { LedgerCounts } from './ledger-counts.js';
import { RetriedWrite, type RetriedWriteOptions } from './retried-write.js';
import type { CheckpointStore, ShardCheckpoint } from './store.js';

export interface WriteBehindOptions extends RetriedWriteOptions {
  readonly store: CheckpointStore;
  /** What the store held when it was opened. */
  readonly stored: ReadonlyMap<string, ShardCheckpoint>;
}

export class WriteBehind {
  readonly #options: WriteBehindOptions;
  /** The checkpoints after all pending changes. */
  readonly #latest: Map<string, ShardCheckpoint>;
  /** The checkpoints that the store holds. */
  readonly #durable: Map<string, ShardCheckpoint>;
  /** Shards whose latest checkpoint or removal is not in the store yet. */
  readonly #changed = new Set<string>();
  /** Shards that were adopted or dropped while a write was under way: its outcome is not theirs. */
  readonly #replaced = new Set<string>();
  /** What the latest checkpoints have passed since the last save. */
  #counts = new LedgerCounts();
  readonly #write: RetriedWrite;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.#write = new RetriedWrite(options, () => this.#writeOnce(), describeError);
    this.#latest = new Map(options.stored);
    this.#durable = new Map(options.stored);
  }

  get(shardId: string): ShardCheckpoint | undefined {
    return this.#latest.get(shardId);
  }

  /** The checkpoints that the store holds, except those to be removed. */
  get durable(): ReadonlyMap<string, ShardCheckpoint> {
    return new Map([...this.#durable].filter(([shardId]) => this.#latest.has(shardId)));
  }

  /** Whether the shard has an unwritten change. */
  isChanged(shardId: string): boolean {
    return this.#changed.has(shardId);
  }

  /** Sets the checkpoint, which is written within the interval. */
  set(shardId: string, checkpoint: ShardCheckpoint): void {
    this.#latest.set(shardId, checkpoint);
    this.#changed.add(shardId);
    this.#write.writeSoon();
  }

  /** Counts with the next write what a checkpoint that was just set has passed. */
  count(tally: HourTallies): void {
    this.#counts.add(tally);
  }

  /** Removes the shard with the next write. */
  delete(shardId: string): void {
    this.#latest.delete(shardId);
    this.#changed.add(shardId);
  }

  /** Takes a checkpoint that the store holds, instead of all that was known of the shard. */
  adopt(shardId: string, checkpoint: ShardCheckpoint): void {
    this.#latest.set(shardId, checkpoint);
    this.#durable.set(shardId, checkpoint);
    this.#changed.delete(shardId);
    this.#replaced.add(shardId);
  }

  /** Forgets the shard. What the store holds stays as it is. */
  drop(shardId: string): void {
    this.#latest.delete(shardId);
    this.#durable.delete(shardId);
    this.#changed.delete(shardId);
    this.#replaced.add(shardId);
  }

  /** Resolves when all changes so far are durable, however long that takes, or when this closes. */
  write(): Promise<void> {
    return this.#write.write();
  }

  /** See `Checkpointer.close`. */
  async close(): Promise<boolean> {
    const isWritten = await this.#write.close();
    const isClosed = await this.#write.attempt(() => this.#options.store.close());
    return isWritten && isClosed;
  }

  async #writeOnce(): Promise<void> {
    const { store } = this.#options;
    const changed = [...this.#changed];
    const saved = new Map<string, ShardCheckpoint>();
    const removed: string[] = [];
    for (const shardId of changed) {
      const checkpoint = this.#latest.get(shardId);
      if (checkpoint) saved.set(shardId, checkpoint);
      else removed.push(shardId);
    }
    this.#changed.clear();
    this.#replaced.clear();
    const isReplaced = (shardId: string) => this.#replaced.has(shardId);
    const counts = this.#counts;
    this.#counts = new LedgerCounts();
    try {
      if (saved.size > 0 || !counts.isEmpty) await store.save(saved, counts);
      counts.clear();
      if (removed.length > 0) await store.remove(removed);
    } catch (error) {
      this.#counts.addAll(counts);
      for (const shardId of changed) if (!isReplaced(shardId)) this.#changed.add(shardId);
      throw error;
    }
    for (const shardId of removed) this.#durable.delete(shardId);
    for (const [shardId, checkpoint] of saved) if (!isReplaced(shardId)) this.#durable.set(shardId, checkpoint);
  }
}
