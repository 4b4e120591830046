/**
 * Turns acknowledgements into durable positions: contiguous per shard, gathered over an interval so that the disk sees one
 * write for many records. A store that fails is retried for as long as it takes; the positions in memory continue.
 */
import { describeError } from '../faults.js';
import type { ShardPosition, StreamProgress, TrackedPosition } from '../progress.js';
import { Attempts, type Context } from '../retry.js';
import { Waiters } from '../waiters.js';
import { AckTracker } from './ack-tracker.js';
import type { CheckpointStore, ShardCheckpoint } from './store.js';

export interface CheckpointerOptions extends Omit<Context, 'signal'> {
  readonly store: CheckpointStore;
  /** What the store had when it was opened. */
  readonly stored: ReadonlyMap<string, ShardCheckpoint>;
  /** Longest time between an acknowledgement and its write, in milliseconds. */
  readonly intervalMs: number;
}

interface ShardState {
  readonly tracker: AckTracker<string>;
  /** When the shard was at its tip, with what was tracked by then not yet acknowledged. */
  tipMs: number | undefined;
  readonly waiters: Waiters;
}

const backoff = { baseMs: 500, maxMs: 15_000 };
/** A shard that only stays at its tip is written this often, to keep the time of its checkpoint young. */
const caughtUpIntervalMs = 60_000;

export class Checkpointer implements StreamProgress {
  readonly #options: CheckpointerOptions;
  /** As they will be once all that is changed is written. */
  readonly #checkpoints: Map<string, ShardCheckpoint>;
  /** As the store has them. */
  readonly #durable: Map<string, ShardCheckpoint>;
  readonly #shards = new Map<string, ShardState>();
  /** Shards whose checkpoint, or whose absence, the store does not have yet. */
  readonly #changed = new Set<string>();
  readonly #stop = new AbortController();
  #timer: Promise<void> | undefined;
  /** The last of the writes that were asked for; each begins when the one before it is done. */
  #writing: Promise<void> = Promise.resolve();
  /** The write that has not begun; it takes all that is changed by the time it begins. */
  #next: Promise<void> | undefined;
  readonly #attempts: Attempts;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#attempts = new Attempts({ ...options, signal: this.#stop.signal });
    this.#checkpoints = new Map(options.stored);
    this.#durable = new Map(options.stored);
  }

  positions(): ReadonlyMap<string, ShardPosition> {
    const known = [...this.#durable].filter(([shardId]) => this.#checkpoints.has(shardId));
    return new Map(known.map(([shardId, { position }]) => [shardId, position]));
  }

  async begin(starts: ReadonlyMap<string, ShardPosition>): Promise<void> {
    for (const [shardId, position] of starts) this.#set(shardId, { position });
    await this.#write();
  }

  track(shardId: string, sequenceNumber: string, arrivalMs?: number): TrackedPosition {
    return this.#shard(shardId).tracker.track(sequenceNumber, arrivalMs);
  }

  ackedUntilMs(shardId: string): number | undefined {
    const { position, caughtUpMs = 0, arrivalMs = 0 } = this.#checkpoints.get(shardId) ?? {};
    const startMs = position?.type === 'time' ? position.atMs : 0;
    return Math.max(caughtUpMs, arrivalMs, startMs) || undefined;
  }

  caughtUp(shardId: string, atMs: number): void {
    const shard = this.#shard(shardId);
    shard.tipMs = atMs;
    if (shard.tracker.pending === 0) this.#recordTip(shardId, shard);
  }

  async whenAcked(shardId: string, signal: AbortSignal): Promise<void> {
    const shard = this.#shard(shardId);
    while (shard.tracker.pending > 0 && !signal.aborted) await shard.waiters.wait(signal);
  }

  async end(shardId: string): Promise<void> {
    this.#set(shardId, { position: { type: 'end' } });
    await this.#write();
    this.#shards.delete(shardId);
  }

  async forget(shardIds: readonly string[]): Promise<void> {
    for (const shardId of shardIds) {
      this.#checkpoints.delete(shardId);
      this.#shards.delete(shardId);
      this.#changed.add(shardId);
    }
    await this.#write();
  }

  /** Records between the oldest unacknowledged one and the last read, over all shards. */
  get pending(): number {
    return [...this.#shards.values()].reduce((sum, { tracker }) => sum + tracker.pending, 0);
  }

  /**
   * Writes what is acknowledged and lets the store go. Makes one attempt, after one that is under way; resolves with false
   * when it failed. What still waits for the store then resolves too, written or not.
   */
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

  #shard(shardId: string): ShardState {
    const known = this.#shards.get(shardId);
    if (known) return known;
    const tracker = new AckTracker<string>(() => this.#onMove(shardId, shard));
    const shard: ShardState = { tracker, tipMs: undefined, waiters: new Waiters() };
    this.#shards.set(shardId, shard);
    return shard;
  }

  #onMove(shardId: string, shard: ShardState): void {
    const sequenceNumber = shard.tracker.position;
    const isForgotten = this.#shards.get(shardId) !== shard;
    if (sequenceNumber !== undefined && !isForgotten) {
      const { arrivalMs } = shard.tracker;
      this.#set(shardId, {
        position: { type: 'after', sequenceNumber },
        ...(arrivalMs !== undefined && { arrivalMs }),
      });
    }
    if (shard.tracker.pending > 0) return;
    if (!isForgotten) this.#recordTip(shardId, shard);
    shard.waiters.wake();
  }

  #recordTip(shardId: string, shard: ShardState): void {
    const { tipMs } = shard;
    const checkpoint = this.#checkpoints.get(shardId);
    if (tipMs === undefined || !checkpoint) return;
    shard.tipMs = undefined;
    const isYoung = tipMs - (checkpoint.caughtUpMs ?? Number.NEGATIVE_INFINITY) < caughtUpIntervalMs;
    if (isYoung && !this.#changed.has(shardId)) return;
    this.#set(shardId, { position: checkpoint.position, caughtUpMs: tipMs });
  }

  #set(shardId: string, change: Omit<ShardCheckpoint, 'updatedMs'>): void {
    const updatedMs = this.#options.clock.now();
    this.#checkpoints.set(shardId, { ...this.#checkpoints.get(shardId), ...change, updatedMs });
    this.#changed.add(shardId);
    this.#timer ??= this.#writeLater();
  }

  async #writeLater(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    await clock.sleep(intervalMs, this.#stop.signal);
    this.#timer = undefined;
    await this.#write();
  }

  /** Resolves when all that is changed by now is durable, however long that takes, or at the close. */
  #write(): Promise<void> {
    this.#next ??= this.#writing.then(async () => {
      this.#next = undefined;
      while (!this.#stop.signal.aborted && !(await this.#attempt()));
    });
    this.#writing = this.#next;
    return this.#next;
  }

  /**
   * Resolves with false after a failure that was waited out. One at a time: of two, the first could fail after the second, and a later position give way to an earlier
   * one.
   */
  async #attempt(): Promise<boolean> {
    const { store } = this.#options;
    const changed = [...this.#changed];
    if (changed.length === 0) return true;
    const saved = new Map<string, ShardCheckpoint>();
    const removed: string[] = [];
    for (const shardId of changed) {
      const checkpoint = this.#checkpoints.get(shardId);
      if (checkpoint) saved.set(shardId, checkpoint);
      else removed.push(shardId);
    }
    this.#changed.clear();
    try {
      if (removed.length > 0) await store.remove(removed);
      if (saved.size > 0) await store.save(saved);
    } catch (error) {
      for (const shardId of changed) this.#changed.add(shardId);
      await this.#failed(error);
      return false;
    }
    for (const shardId of removed) this.#durable.delete(shardId);
    for (const [shardId, checkpoint] of saved) this.#durable.set(shardId, checkpoint);
    this.#attempts.succeeded();
    return true;
  }

  /** Resolves when the next attempt may begin, or at the close. */
  #failed(error: unknown): Promise<void> {
    const message = describeError(error);
    return this.#attempts.failed({ stage: 'checkpoint', code: 'not-written', message, cause: error, backoff });
  }
}
