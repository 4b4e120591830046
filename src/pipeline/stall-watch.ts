/**
 * Finds shards that stand still: no reply of Kinesis for too long, or nothing acknowledged although something is due. A
 * stall is told once, and again when it comes again after an end.
 */
import type { ShardStatus } from '../shard-status.js';

export interface Stall {
  readonly shardId: string;
  readonly what: 'reading' | 'acknowledging';
  /** How long it has lasted, in milliseconds. */
  readonly ageMs: number;
}

export class StallWatch {
  readonly #limitMs: number;
  /** When each shard was first seen, for those that never had a reply. */
  readonly #seenMs = new Map<string, number>();
  #stalled = new Set<string>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  isStalled(shardId: string): boolean {
    return this.#stalled.has(`reading ${shardId}`) || this.#stalled.has(`acknowledging ${shardId}`);
  }

  /** @returns the stalls that are new since the last look */
  look(shards: ReadonlyMap<string, Readonly<ShardStatus>>, nowMs: number): readonly Stall[] {
    const stalls = [...shards].flatMap(([shardId, status]) => this.#findStalls(shardId, status, nowMs));
    const known = this.#stalled;
    this.#stalled = new Set(stalls.map(toKey));
    return stalls.filter((stall) => !known.has(toKey(stall)));
  }

  #findStalls(
    shardId: string,
    { state, lastReadMs, dueSinceMs }: Readonly<ShardStatus>,
    nowMs: number,
  ): readonly Stall[] {
    const seenMs = this.#seenMs.get(shardId) ?? nowMs;
    this.#seenMs.set(shardId, seenMs);
    const since = {
      reading: state === 'reading' ? (lastReadMs ?? seenMs) : nowMs,
      acknowledging: dueSinceMs ?? nowMs,
    };
    return (['reading', 'acknowledging'] as const)
      .map((what) => ({ shardId, what, ageMs: nowMs - since[what] }))
      .filter(({ ageMs }) => ageMs >= this.#limitMs);
  }
}

function toKey({ what, shardId }: Stall): string {
  return `${what} ${shardId}`;
}
