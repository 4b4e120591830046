/** Progress that is durable at once and lives in a map, so that a test may hand it on to a second run. */
import { AckTracker } from '../../src/checkpoint/ack-tracker.js';
import type { StreamProgress, TrackedPosition } from '../../src/progress.js';
import type { ShardPosition } from '../../src/shard-position.js';

export type Positions = Map<string, ShardPosition>;

export class MemoryProgress implements StreamProgress {
  readonly #positions: Positions;
  readonly #ackedUntilMs: ReadonlyMap<string, number>;
  readonly #trackers = new Map<string, AckTracker<string>>();
  readonly #onMove = new Set<() => void>();
  /** Shards in the order in which they came to their end. */
  readonly ended: string[] = [];
  readonly forgotten: string[] = [];
  /** When each shard was last at its tip. */
  readonly tips = new Map<string, number>();

  /** @param ackedUntilMs as an earlier run left it */
  constructor(positions: Positions, ackedUntilMs: ReadonlyMap<string, number> = new Map()) {
    this.#positions = positions;
    this.#ackedUntilMs = ackedUntilMs;
  }

  positions(): ReadonlyMap<string, ShardPosition> {
    return this.#positions;
  }

  async begin(starts: ReadonlyMap<string, ShardPosition>): Promise<void> {
    for (const [shardId, position] of starts) this.#positions.set(shardId, position);
  }

  ackedUntilMs(shardId: string): number | undefined {
    return this.#ackedUntilMs.get(shardId);
  }

  track(shardId: string, sequenceNumber: string): TrackedPosition {
    return this.#tracker(shardId).track(sequenceNumber);
  }

  caughtUp(shardId: string, atMs: number): void {
    this.tips.set(shardId, atMs);
  }

  async whenAcked(shardId: string, signal: AbortSignal): Promise<void> {
    while (this.#tracker(shardId).pending > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          this.#onMove.delete(wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        this.#onMove.add(wake);
      });
    }
  }

  async end(shardId: string): Promise<void> {
    this.#positions.set(shardId, { type: 'end' });
    this.ended.push(shardId);
  }

  async forget(shardIds: readonly string[]): Promise<void> {
    this.forgotten.push(...shardIds);
    for (const shardId of shardIds) this.#positions.delete(shardId);
  }

  #tracker(shardId: string): AckTracker<string> {
    let tracker = this.#trackers.get(shardId);
    if (!tracker) {
      tracker = new AckTracker<string>(() => this.#move(shardId));
      this.#trackers.set(shardId, tracker);
    }
    return tracker;
  }

  #move(shardId: string): void {
    const sequenceNumber = this.#trackers.get(shardId)?.position;
    if (sequenceNumber !== undefined) this.#positions.set(shardId, { type: 'after', sequenceNumber });
    for (const wake of [...this.#onMove]) wake();
  }
}
