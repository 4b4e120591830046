/**
 * How much may be unconfirmed at one time. The first attempt has no limit. Lines that are sent again go out in small amounts
 * until the receiver confirms, and in growing amounts after that. So a receiver that never confirms gets few duplicates, and
 * one that fails repeatedly still makes progress.
 */
export class SendWindow {
  #bytes = Number.POSITIVE_INFINITY;
  #fruitless = 0;
  #confirmedSinceFailure = 0;

  /** Bytes; a single delivery may be sent whatever its size. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Failures in a row after lines were sent, with none of them confirmed. */
  get fruitless(): number {
    return this.#fruitless;
  }

  confirmed(bytes: number): void {
    this.#fruitless = 0;
    this.#confirmedSinceFailure += bytes;
    const grown = Math.max(this.#bytes * growth, leastProvenBytes);
    this.#bytes = grown > mostBytes ? Number.POSITIVE_INFINITY : grown;
  }

  /** Lines in flight have to be sent again. */
  failed(): void {
    const proven = this.#confirmedSinceFailure;
    const bytes = proven > 0 ? Math.max(proven, leastProvenBytes) : (unprovenBytes[this.#fruitless] ?? oneDelivery);
    this.#bytes = Math.min(this.#bytes, bytes);
    this.#fruitless++;
    this.#confirmedSinceFailure = 0;
  }
}

const kib = 1024;
const oneDelivery = 1;
/** The limits after the first failures in a row. */
const unprovenBytes = [1024 * kib, 64 * kib];
/** The least that a receiver may get once it has confirmed since the last failure; more if it confirmed more. */
const leastProvenBytes = 64 * kib;
const growth = 2;
/** More than an outbox usually holds. */
const mostBytes = 64 * 1024 * kib;
