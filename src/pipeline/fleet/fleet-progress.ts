/**
 * The progress of a stream that a fleet shares: of own shards as the checkpointer has it, of all others as their rows say. Acks
 * count only for own shards.
 */
import type { Checkpointer } from '../../checkpoint/checkpointer.js';
import type { LeaseKeeper } from '../../lease/keeper.js';
import type { StreamProgress, TrackedPosition } from '../../progress.js';
import type { ShardPosition } from '../../shard-position.js';
import { toPosition } from './lease-position.js';

export interface FleetProgressOptions {
  readonly checkpointer: Checkpointer;
  readonly keeper: LeaseKeeper;
  /** Resolves when the end of a shard may be stored. */
  readonly beforeEnd: () => Promise<void>;
  /** Repeats work at the start until it succeeds. */
  readonly retry: (work: () => Promise<unknown>) => Promise<void>;
  /** Repeats work later until it succeeds, or until a stop. */
  readonly repeat: (work: () => Promise<unknown>) => Promise<void>;
  /** Called for an empty table, with where its shards begin. */
  readonly setStart: (position: ShardPosition) => void;
}

export class FleetProgress implements StreamProgress {
  readonly #checkpointer: Checkpointer;
  readonly #keeper: LeaseKeeper;
  readonly #options: FleetProgressOptions;

  constructor(options: FleetProgressOptions) {
    this.#checkpointer = options.checkpointer;
    this.#keeper = options.keeper;
    this.#options = options;
  }

  positions(): ReadonlyMap<string, ShardPosition> {
    const rows = this.#keeper.leases.map((lease) => [lease.shardId, toPosition(lease)] as const);
    return new Map([...rows, ...this.#checkpointer.positions()]);
  }

  async begin(starts: ReadonlyMap<string, ShardPosition>): Promise<void> {
    const [start] = starts.values();
    if (start) this.#options.setStart(start);
    await this.#options.retry(() => this.#keeper.audit());
  }

  track(shardId: string, sequenceNumber: string, arrivalMs?: number): TrackedPosition {
    return this.#checkpointer.track(shardId, sequenceNumber, arrivalMs);
  }

  ackedUntilMs(shardId: string): number | undefined {
    return this.#checkpointer.ackedUntilMs(shardId);
  }

  caughtUp(shardId: string, atMs: number): void {
    this.#checkpointer.caughtUp(shardId, atMs);
  }

  whenAcked(shardId: string, signal: AbortSignal): Promise<void> {
    return this.#checkpointer.whenAcked(shardId, signal);
  }

  async end(shardId: string): Promise<void> {
    await this.#options.beforeEnd();
    // The children wait for this, so it is tried as often as leases are renewed, not as often as a shard that fails is read.
    await this.#options.repeat(async () => {
      if (this.#keeper.holds(shardId)) await this.#keeper.end(shardId, {});
    });
    if (!this.#keeper.holds(shardId)) this.#checkpointer.drop(shardId);
  }

  /** AWS no longer has these shards. Their children may be read now; ended rows are removed by the keeper. */
  async forget(shardIds: readonly string[]): Promise<void> {
    for (const shardId of shardIds) if (this.#keeper.holds(shardId)) await this.end(shardId);
  }
}
