/**
 * How much may be out and unconfirmed at one time. Nothing limits what goes out first. What has to be sent again goes out
 * in small amounts until the receiver confirms, and in growing ones from then on: a receiver that never confirms gets
 * little, and one that fails time and again makes progress with few duplicates.
 */
export class SendWindow {
  #bytes = Number.POSITIVE_INFINITY;
  #fruitless = 0;
  #confirmedSinceFailure = 0;

  /** Bytes; a single delivery may be out whatever its size. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Failures in a row before which lines had gone out, none of which was confirmed. */
  get fruitless(): number {
    return this.#fruitless;
  }

  confirmed(bytes: number): void {
    this.#fruitless = 0;
    this.#confirmedSinceFailure += bytes;
    const grown = Math.max(this.#bytes * growth, leastProvenBytes);
    this.#bytes = grown > mostBytes ? Number.POSITIVE_INFINITY : grown;
  }

  /** Lines that were out have to be sent again. */
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
/** After the first failures in a row. */
const unprovenBytes = [1024 * kib, 64 * kib];
/** A receiver that has confirmed since the last failure has earned this much, or as much as it confirmed. */
const leastProvenBytes = 64 * kib;
const growth = 2;
/** More than an outbox usually holds. */
const mostBytes = 64 * 1024 * kib;
