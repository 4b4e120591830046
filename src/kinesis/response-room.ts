/**
 * The room that one read has for its response. Each shard has a share of its own, which no other can take, so that every
 * shard can always read. What a response needs beyond the share is reserved as a whole before more of it is read: two
 * responses that each hold a part of what they need cannot wait for each other. Until then the connection holds it back.
 */
import type { ByteBudget } from './byte-budget.js';

export class ResponseRoom {
  readonly #budget: ByteBudget;
  readonly #shareBytes: number;
  readonly #signal: AbortSignal;
  #heldBytes = 0;

  /** @param budget for what is beyond the shares */
  constructor(budget: ByteBudget, shareBytes: number, signal: AbortSignal) {
    this.#budget = budget;
    this.#shareBytes = shareBytes;
    this.#signal = signal;
  }

  /**
   * Resolves when a request may go out; with false when the signal aborted first. One whose response is expected to be larger
   * than the share waits while others wait for room, since its connection might not live until its turn.
   */
  take(expectedBytes: number): Promise<boolean> {
    return expectedBytes > this.#shareBytes
      ? this.#budget.reserve(0, this.#signal)
      : Promise.resolve(!this.#signal.aborted);
  }

  /** See `AdmitResponse`. */
  async admit(arrivedBytes: number, wholeBytes: number): Promise<number> {
    if (this.#signal.aborted) return 0;
    if (wholeBytes <= this.#shareBytes) return wholeBytes;
    if (arrivedBytes < this.#shareBytes) return this.#shareBytes;
    // One that is larger than the bound comes alone.
    const bytes = Math.min(wholeBytes - this.#shareBytes, this.#budget.total) - this.#heldBytes;
    if (bytes > 0 && !(await this.#budget.reserve(bytes, this.#signal))) return 0;
    this.#heldBytes += bytes;
    return wholeBytes;
  }

  /** The response is read and takes up so many bytes; what it does not need is released. */
  keep(bytes: number): void {
    const kept = Math.min(Math.max(0, bytes - this.#shareBytes), this.#heldBytes);
    this.#budget.release(this.#heldBytes - kept);
    this.#heldBytes = kept;
  }

  /** Releases everything; the read is over. */
  leave(): void {
    this.keep(0);
  }
}
