/**
 * The room that one read holds for its reply. A request holds none, so that requests that hang slow nobody; when its reply
 * begins, room for all of its records is set aside before its bytes are read. Until then the connection holds them back.
 */
import type { ByteBudget } from '../byte-budget.js';

export class ReplyRoom {
  readonly #budget: ByteBudget;
  readonly #signal: AbortSignal;
  #heldBytes = 0;

  constructor(budget: ByteBudget, signal: AbortSignal) {
    this.#budget = budget;
    this.#signal = signal;
  }

  /** Resolves when a request may go out: when no reply waits for room. With false when the signal aborted first. */
  take(): Promise<boolean> {
    return this.#reserve(0);
  }

  /** Call when a reply has begun. Resolves with true when there is room for so many bytes of records. */
  admit(bytes: number): Promise<boolean> {
    // One that is larger than the bound comes alone.
    return this.#reserve(Math.min(bytes, this.#budget.total));
  }

  /** Gives back all but so many bytes. */
  keep(bytes: number): void {
    const kept = Math.min(bytes, this.#heldBytes);
    this.#budget.release(this.#heldBytes - kept);
    this.#heldBytes = kept;
  }

  /** Gives back everything; the read is over. */
  leave(): void {
    this.keep(0);
  }

  async #reserve(bytes: number): Promise<boolean> {
    if (!(await this.#budget.reserve(bytes, this.#signal))) return false;
    this.#heldBytes = bytes;
    return true;
  }
}
