/** Turns acks into positions, contiguous per shard, and makes them durable. */
import type { StreamProgress, TrackedPosition } from '../progress.js';
import type { ShardPosition } from '../shard-position.js';
import { orAtAbort, Waiters } from '../waiters.js';
import { AckTracker } from './ack-tracker.js';
import type { ShardCheckpoint } from './store.js';
import { WriteBehind, type WriteBehindOptions } from './write-behind.js';

export type CheckpointerOptions = WriteBehindOptions;

interface ShardState {
  readonly tracker: AckTracker<string>;
  /** When the shard was at its tip, while records tracked by then are not yet acked. */
  tipMs: number | undefined;
  readonly waiters: Waiters;
}

/** The checkpoint of a shard that stays at its tip is written this often, to keep its time recent. */
const caughtUpIntervalMs = 60_000;

export class Checkpointer implements StreamProgress {
  readonly #clock: CheckpointerOptions['clock'];
  readonly #checkpoints: WriteBehind;
  readonly #shards = new Map<string, ShardState>();

  constructor(options: CheckpointerOptions) {
    this.#clock = options.clock;
    this.#checkpoints = new WriteBehind(options);
  }

  positions(): ReadonlyMap<string, ShardPosition> {
    return new Map([...this.#checkpoints.durable].map(([shardId, { position }]) => [shardId, position]));
  }

  async begin(starts: ReadonlyMap<string, ShardPosition>): Promise<void> {
    for (const [shardId, position] of starts) this.#set(shardId, { position });
    await this.#checkpoints.write();
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
    await this.#checkpoints.write();
    this.#shards.delete(shardId);
  }

  async forget(shardIds: readonly string[]): Promise<void> {
    for (const shardId of shardIds) {
      this.#checkpoints.delete(shardId);
      this.#shards.delete(shardId);
    }
    await this.#checkpoints.write();
  }

  /** Another process has read the shard so far. Its position is durable already. */
  adopt(shardId: string, checkpoint: ShardCheckpoint): void {
    this.#shards.delete(shardId);
    this.#checkpoints.adopt(shardId, checkpoint);
  }

  /** The shard is another process's: acks of what was tracked no longer count, and nothing is written for it. */
  drop(shardId: string): void {
    const shard = this.#shards.get(shardId);
    this.#shards.delete(shardId);
    this.#checkpoints.drop(shardId);
    shard?.waiters.wake();
  }

  /** Writes what is acked; resolves when that is durable, or when the signal aborts. */
  flush(signal: AbortSignal): Promise<void> {
    return orAtAbort(this.#checkpoints.write(), signal, undefined);
  }

  /** Records from the oldest that is not acked to the last read, over all shards. */
  get pending(): number {
    return [...this.#shards.values()].reduce((sum, { tracker }) => sum + tracker.pending, 0);
  }

  /**
   * Writes what is acked and releases the store. Makes one attempt, after any that is under way; resolves with false if it
   * failed. Calls that still wait for the store then resolve too, whether their data was written or not.
   */
  close(): Promise<boolean> {
    return this.#checkpoints.close();
  }

  #shard(shardId: string): ShardState {
    const known = this.#shards.get(shardId);
    if (known) return known;
    const tracker = new AckTracker<string>(
      () => this.#onMove(shardId, shard),
      (tally) => this.#checkpoints.count(tally),
    );
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
    if (isYoung && !this.#checkpoints.isChanged(shardId)) return;
    this.#set(shardId, { position: checkpoint.position, caughtUpMs: tipMs });
  }

  #set(shardId: string, change: Omit<ShardCheckpoint, 'updatedMs'>): void {
    const updatedMs = this.#clock.now();
    this.#checkpoints.set(shardId, { ...this.#checkpoints.get(shardId), ...change, updatedMs });
  }
}
