/** The iterator for the place in a shard, while it is valid. */
import type { Clock } from '../clock.js';
import type { KinesisApi } from './api.js';
import type { ShardPlace } from './shard-place.js';

export interface ShardIteratorOptions {
  readonly api: Pick<KinesisApi, 'getIterator'>;
  readonly shardId: string;
  readonly place: ShardPlace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** An iterator expires five minutes after its issue; it is not used in the last one. */
const lifeMs = 4 * 60_000;

export class ShardIterator {
  readonly #options: ShardIteratorOptions;
  #held: { readonly value: string; readonly issuedMs: number } | undefined;

  constructor(options: ShardIteratorOptions) {
    this.#options = options;
  }

  /** Requests an iterator from AWS if there is none, or none that is recent enough. Rejections are `AwsError`s. */
  async get(): Promise<string> {
    const { clock, place, api, shardId, signal } = this.#options;
    const nowMs = clock.monotonic();
    if (!this.#held || nowMs - this.#held.issuedMs >= lifeMs) {
      const value = await place.request((position) => api.getIterator(shardId, position, signal));
      this.#held = { value, issuedMs: nowMs };
    }
    return this.#held.value;
  }

  /** @param value the iterator that just arrived with a response */
  keep(value: string | undefined): void {
    this.#held = value === undefined ? undefined : { value, issuedMs: this.#options.clock.monotonic() };
  }

  drop(): void {
    this.#held = undefined;
  }
}
