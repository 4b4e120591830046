/**
 * The room that one read holds for its reply. It is set aside before the request; a request that stays without an answer
 * lends it to other shards and takes it back before the first byte of a late reply is read, so that the bound holds and
 * requests that hang slow nobody.
 */
import type { ByteBudget } from '../byte-budget.js';
import type { Clock } from '../clock.js';

/** Far above what AWS takes to begin a reply, and far below the time after which a request is given up. */
const lentAfterMs = 1_000;

/** A reason, because an abort without one makes an error with its stack. */
const REPLY_BEGUN = 'The reply has begun';

export class ReplyRoom {
  readonly #budget: ByteBudget;
  readonly #bytes: number;
  readonly #signal: AbortSignal;
  readonly #begun = new AbortController();
  #heldBytes = 0;

  /** @param bytes the most that a reply can hold */
  constructor(budget: ByteBudget, bytes: number, signal: AbortSignal) {
    this.#budget = budget;
    this.#bytes = bytes;
    this.#signal = signal;
  }

  /** Resolves when there is room for a reply, with false when the signal aborted first. */
  async take(): Promise<boolean> {
    if (!(await this.#budget.reserve(this.#bytes, this.#signal))) return false;
    this.#heldBytes = this.#bytes;
    return true;
  }

  /** Call when the request goes out: from now on the room is lent once it has been of no use for a while. */
  lendLater(clock: Clock): void {
    void clock.sleep(lentAfterMs, this.#begun.signal).then(() => {
      if (!this.#begun.signal.aborted) this.keep(0);
    });
  }

  /** Call when a reply has begun, before its bytes are read. Resolves with true when there is room for them. */
  async admit(): Promise<boolean> {
    this.#begun.abort(REPLY_BEGUN);
    return this.#heldBytes > 0 || this.take();
  }

  /** Gives back all but so many bytes. */
  keep(bytes: number): void {
    const kept = Math.min(bytes, this.#heldBytes);
    this.#budget.release(this.#heldBytes - kept);
    this.#heldBytes = kept;
  }

  /** Gives back everything; the read is over. */
  leave(): void {
    this.#begun.abort(REPLY_BEGUN);
    this.keep(0);
  }
}
