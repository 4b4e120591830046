/**
 * The memory for the response to one read. Each shard has a reserved share, so that every shard can always read. What a
 * response requires beyond the share is reserved all at once before more of it is read, so that two responses cannot deadlock,
 * each with a part of what it requires. Until then, the rest of the response stays in the connection.
 */
import type { Clock } from '../clock.js';
import type { ByteBudget } from './byte-budget.js';

export class ResponseRoom {
  readonly #budget: ByteBudget;
  readonly #shareBytes: number;
  readonly #signal: AbortSignal;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #heldBytes = 0;
  /** Without the wait that began at `#waitsSinceMs`. */
  #waitedMs = 0;
  #waitsSinceMs: number | undefined;

  /** @param budget for what exceeds the shares */
  constructor(budget: ByteBudget, shareBytes: number, signal: AbortSignal, clock: Pick<Clock, 'monotonic'>) {
    this.#budget = budget;
    this.#shareBytes = shareBytes;
    this.#signal = signal;
    this.#clock = clock;
  }

  /** How long what is read waited for room so far, in milliseconds. */
  get waitedMs(): number {
    const sinceMs = this.#waitsSinceMs;
    return this.#waitedMs + (sinceMs === undefined ? 0 : this.#clock.monotonic() - sinceMs);
  }

  /**
   * Resolves with true when a request may be sent; with false if the signal aborts first. If its response is expected to exceed
   * the share, it waits while others wait for room: its connection might time out before its turn.
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
    // A response that is larger than the whole budget takes all of it.
    const bytes = Math.max(0, Math.min(wholeBytes - this.#shareBytes, this.#budget.total) - this.#heldBytes);
    if (bytes > 0 && !(await this.#reserve(bytes))) return 0;
    this.#heldBytes += bytes;
    return wholeBytes;
  }

  async #reserve(bytes: number): Promise<boolean> {
    this.#waitsSinceMs = this.#clock.monotonic();
    const isReserved = await this.#budget.reserve(bytes, this.#signal);
    this.#waitedMs = this.waitedMs;
    this.#waitsSinceMs = undefined;
    return isReserved;
  }

  /** The response is read and takes this many bytes; the rest of the reservation is released. */
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
