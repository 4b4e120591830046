/** Where the next read of a shard begins: the position after the last record, and the iterator for it while that is valid. */
import { AwsError } from '../aws/error.js';
import type { Clock } from '../clock.js';
import type { ShardPosition } from '../shard-position.js';
import type { KinesisApi } from './api.js';

export type ReadPosition = Exclude<ShardPosition, { type: 'end' }>;

export interface ShardIteratorOptions {
  readonly api: Pick<KinesisApi, 'getIterator'>;
  readonly shardId: string;
  readonly start: ReadPosition;
  readonly clock: Clock;
  /** Called when AWS returned an iterator for the position, which may silently skip dropped records. */
  readonly onIterator?: () => Promise<void>;
  /**
   * AWS rejects the position. Resolves with the position from which to continue, or with undefined if the reason is unknown.
   */
  readonly onBadPosition?: () => Promise<ReadPosition | undefined>;
  readonly signal: AbortSignal;
}

/** An iterator expires five minutes after its issue; it is not used in the last one. */
const lifeMs = 4 * 60_000;

export class ShardIterator {
  readonly #options: ShardIteratorOptions;
  /** After the last record that was handed on; before the first one, the start. */
  #position: ReadPosition;
  #held: { readonly value: string; readonly issuedMs: number } | undefined;

  constructor(options: ShardIteratorOptions) {
    this.#options = options;
    this.#position = options.start;
  }

  /** Requests an iterator from AWS if there is none, or none that is recent enough. Rejections are `AwsError`s. */
  async get(): Promise<string> {
    const { clock } = this.#options;
    const nowMs = clock.monotonic();
    if (!this.#held || nowMs - this.#held.issuedMs >= lifeMs)
      this.#held = { value: await this.#ask(), issuedMs: nowMs };
    return this.#held.value;
  }

  /** @param value the iterator that just arrived with a response */
  keep(value: string | undefined): void {
    this.#held = value === undefined ? undefined : { value, issuedMs: this.#options.clock.monotonic() };
  }

  drop(): void {
    this.#held = undefined;
  }

  /** The record was handed on. */
  moveBehind(sequenceNumber: string): void {
    this.#position = { type: 'after', sequenceNumber };
  }

  async #ask(): Promise<string> {
    const { api, shardId, onIterator, onBadPosition, signal } = this.#options;
    const ask = () => api.getIterator(shardId, this.#position, signal);
    try {
      const iterator = await ask();
      await onIterator?.();
      return iterator;
    } catch (error) {
      const isRefused = error instanceof AwsError && error.kind === 'bad-position';
      const position = isRefused && this.#position.type === 'after' ? await onBadPosition?.() : undefined;
      if (!position) throw error;
      this.#position = position;
      return ask();
    }
  }
}
