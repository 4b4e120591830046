/** The place in a shard behind the last record that was handed on: where the next request begins. */
import { AwsError } from '../aws/error.js';
import type { ShardPosition } from '../shard-position.js';

export type ReadPosition = Exclude<ShardPosition, { type: 'end' }>;

export interface ShardPlaceOptions {
  readonly start: ReadPosition;
  /** Called when AWS accepted the position; it may silently skip dropped records. */
  readonly onAccepted?: () => Promise<void>;
  /**
   * AWS rejects the position. Resolves with the position from which to continue, or with undefined if the reason is unknown.
   */
  readonly onBadPosition?: () => Promise<ReadPosition | undefined>;
}

export class ShardPlace {
  readonly #options: ShardPlaceOptions;
  /** Before the first record, the start. */
  #position: ReadPosition;

  constructor(options: ShardPlaceOptions) {
    this.#options = options;
    this.#position = options.start;
  }

  /** Everything up to this number was handed on. */
  moveBehind(sequenceNumber: string): void {
    this.#position = { type: 'after', sequenceNumber };
  }

  /** Makes a request for the position. Rejections are `AwsError`s. */
  async request<Result>(ask: (position: ReadPosition) => Promise<Result>): Promise<Result> {
    const { onAccepted, onBadPosition } = this.#options;
    try {
      const result = await ask(this.#position);
      await onAccepted?.();
      return result;
    } catch (error) {
      const isRefused = error instanceof AwsError && error.kind === 'bad-position';
      const position = isRefused && this.#position.type === 'after' ? await onBadPosition?.() : undefined;
      if (!position) throw error;
      this.#position = position;
      return ask(position);
    }
  }
}
