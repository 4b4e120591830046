/**
 * Finds shards that stall: no response from Kinesis for too long, or no acks although some are due. A stall is reported once,
 * and again if the shard stalls again.
 */
import type { Clock } from '../clock.js';
import type { ShardStatus } from '../shard-status.js';

export interface Stall {
  readonly shardId: string;
  readonly what: 'reading' | 'acknowledging';
  /** How long it has lasted, in milliseconds. */
  readonly ageMs: number;
}

export interface StallWatchOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
  readonly onStall: (stall: {
    readonly shardId: string;
    readonly what: Stall['what'];
    readonly message: string;
  }) => void;
}

const maxLookMs = 10_000;

export class StallWatch {
  readonly #limitMs: number;
  /** When each shard was first seen, for shards without any response so far. */
  readonly #seenMs = new Map<string, number>();
  #stalled = new Set<string>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  isStalled(shardId: string): boolean {
    return this.#stalled.has(`reading ${shardId}`) || this.#stalled.has(`acknowledging ${shardId}`);
  }

  /** Checks repeatedly until the signal aborts. */
  async watch(
    status: () => ReadonlyMap<string, Readonly<ShardStatus>>,
    { clock, signal, onStall }: StallWatchOptions,
  ): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(Math.min(maxLookMs, this.#limitMs / 4), signal);
      for (const { shardId, what, ageMs } of this.look(status(), clock.monotonic())) {
        const missing = what === 'reading' ? 'no response of Kinesis' : 'no ack, though some are due,';
        onStall({ shardId, what, message: `Shard "${shardId}" stalls: ${missing} for ${Math.round(ageMs / 1000)} s` });
      }
    }
  }

  /** @returns the stalls that are new since the last check */
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
