/**
 * What AWS lets readers take from one shard: five reads a second, and 2 MB a second, where a reply of 10 MB lets no other
 * read through for five seconds
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html). Keeping to it here costs less than being
 * refused there. Pure arithmetic on the passed-in time.
 */
const msPerRead = 1000 / 5;
const bytesPerMs = (2 * 1024 * 1024) / 1000;

export class ReadBudget {
  #nextReadMs = Number.NEGATIVE_INFINITY;

  /** Milliseconds to wait before the next read; 0 when it may start now. */
  delayMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.#nextReadMs - nowMs));
  }

  /** A read was started. */
  recordRead(nowMs: number): void {
    this.#nextReadMs = Math.max(this.#nextReadMs, nowMs + msPerRead);
  }

  /** A reply came with so many bytes; the next read waits until they are paid off. */
  recordBytes(bytes: number, nowMs: number): void {
    this.#nextReadMs = Math.max(this.#nextReadMs, nowMs + bytes / bytesPerMs);
  }
}
