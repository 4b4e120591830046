/**
 * What AWS lets readers take from one shard: five reads a second, and 2 MB a second on average with 10 MB at once
 * (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html). Keeping to it here costs less than being
 * refused there. Pure arithmetic on the passed-in time.
 */
const readsPerSecond = 5;
const bytesPerSecond = 2 * 1024 * 1024;
const maxBytes = 10 * 1024 * 1024;

export class ReadBudget {
  #lastReadMs = Number.NEGATIVE_INFINITY;
  #bytes = maxBytes;
  #updatedMs = Number.NEGATIVE_INFINITY;

  /** Milliseconds to wait before the next read; 0 when it may start now. */
  delayMs(nowMs: number): number {
    const untilRead = this.#lastReadMs + 1000 / readsPerSecond - nowMs;
    const missing = -this.#bytesAt(nowMs);
    return Math.max(0, Math.ceil(untilRead), Math.ceil((missing / bytesPerSecond) * 1000));
  }

  /** A read was started. */
  recordRead(nowMs: number): void {
    this.#lastReadMs = nowMs;
  }

  /** A reply came with so many bytes; a large one puts the account below zero, to be waited off. */
  recordBytes(bytes: number, nowMs: number): void {
    this.#bytes = this.#bytesAt(nowMs) - bytes;
    this.#updatedMs = nowMs;
  }

  #bytesAt(nowMs: number): number {
    if (this.#updatedMs === Number.NEGATIVE_INFINITY) return this.#bytes;
    return Math.min(maxBytes, this.#bytes + ((nowMs - this.#updatedMs) / 1000) * bytesPerSecond);
  }
}
