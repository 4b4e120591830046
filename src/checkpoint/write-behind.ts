/**
 * Keeps a store up to date with the latest checkpoints. Changes are collected over an interval, so that the disk gets one write
 * for many. A store that fails is retried until it works; meanwhile the checkpoints in memory continue.
 */
import { describeError } from '../faults.js';
import { Attempts, type Context } from '../retry.js';
import type { HourTally } from '../tally.js';
import { LedgerCounts } from './ledger-counts.js';
import type { CheckpointStore, ShardCheckpoint } from './store.js';

export interface WriteBehindOptions extends Omit<Context, 'signal'> {
  readonly store: CheckpointStore;
  /** What the store held when it was opened. */
  readonly stored: ReadonlyMap<string, ShardCheckpoint>;
  /** Longest time between a change and its write, in milliseconds. */
  readonly intervalMs: number;
}

const backoff = { baseMs: 500, maxMs: 15_000 };

export class WriteBehind {
  readonly #options: WriteBehindOptions;
  /** The checkpoints after all pending changes. */
  readonly #latest: Map<string, ShardCheckpoint>;
  /** The checkpoints that the store holds. */
  readonly #durable: Map<string, ShardCheckpoint>;
  /** Shards whose latest checkpoint or removal is not in the store yet. */
  readonly #changed = new Set<string>();
  /** What the latest checkpoints have passed since the last save. */
  #counts = new LedgerCounts();
  readonly #stop = new AbortController();
  #timer: Promise<void> | undefined;
  /** The last requested write; each begins when the one before it is done. */
  #writing: Promise<void> = Promise.resolve();
  /** The write that has not begun; it includes everything that has changed when it begins. */
  #next: Promise<void> | undefined;
  readonly #attempts: Attempts;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.#attempts = new Attempts({ ...options, signal: this.#stop.signal });
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
    this.#timer ??= this.#writeLater();
  }

  /** Counts with the next write what a checkpoint that was just set has passed. */
  count(tally: Iterable<HourTally>): void {
    this.#counts.add(tally);
  }

  /** Removes the shard with the next write. */
  delete(shardId: string): void {
    this.#latest.delete(shardId);
    this.#changed.add(shardId);
  }

  /** Resolves when all changes so far are durable, however long that takes, or when this closes. */
  write(): Promise<void> {
    this.#next ??= this.#writing.then(async () => {
      this.#next = undefined;
      while (!this.#stop.signal.aborted && !(await this.#attempt()));
    });
    this.#writing = this.#next;
    return this.#next;
  }

  /** See `Checkpointer.close`. */
  async close(): Promise<boolean> {
    this.#stop.abort();
    await this.#writing;
    const isWritten = await this.#attempt();
    try {
      await this.#options.store.close();
    } catch (error) {
      await this.#failed(error);
      return false;
    }
    return isWritten;
  }

  async #writeLater(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    await clock.sleep(intervalMs, this.#stop.signal);
    this.#timer = undefined;
    await this.write();
  }

  /**
   * Resolves with false after a failure and the wait that follows it. Attempts run one at a time: of two, the first could be
   * retried after the second, and an earlier position would replace a later one.
   */
  async #attempt(): Promise<boolean> {
    const { store } = this.#options;
    const changed = [...this.#changed];
    if (changed.length === 0 && this.#counts.isEmpty) return true;
    const saved = new Map<string, ShardCheckpoint>();
    const removed: string[] = [];
    for (const shardId of changed) {
      const checkpoint = this.#latest.get(shardId);
      if (checkpoint) saved.set(shardId, checkpoint);
      else removed.push(shardId);
    }
    this.#changed.clear();
    const counts = this.#counts;
    this.#counts = new LedgerCounts();
    try {
      if (saved.size > 0 || !counts.isEmpty) await store.save(saved, counts);
      counts.clear();
      if (removed.length > 0) await store.remove(removed);
    } catch (error) {
      this.#counts.addAll(counts);
      for (const shardId of changed) this.#changed.add(shardId);
      await this.#failed(error);
      return false;
    }
    for (const shardId of removed) this.#durable.delete(shardId);
    for (const [shardId, checkpoint] of saved) this.#durable.set(shardId, checkpoint);
    this.#attempts.succeeded();
    return true;
  }

  /** Resolves when the next attempt may begin, or when this closes. */
  #failed(error: unknown): Promise<void> {
    const message = describeError(error);
    return this.#attempts.failed({ stage: 'checkpoint', code: 'not-written', message, cause: error, backoff });
  }
}
