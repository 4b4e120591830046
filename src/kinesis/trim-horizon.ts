/**
 * The time before which AWS may have dropped records, from the retention in each description of the stream. Records dropped
 * under a short retention do not return when the retention is raised.
 */
export class TrimHorizon {
  #retentionMs: number;
  /** AWS' time at the latest description. */
  #describedMs: number;
  /** The horizon that a shorter retention left. */
  #droppedMs = Number.NEGATIVE_INFINITY;

  constructor(retentionMs: number, nowMs: number) {
    this.#retentionMs = retentionMs;
    this.#describedMs = nowMs;
  }

  /** Records another description of the stream. */
  describe(retentionMs: number, nowMs: number): void {
    if (retentionMs > this.#retentionMs) {
      this.#droppedMs = Math.max(this.#droppedMs, this.#describedMs - this.#retentionMs);
    }
    this.#retentionMs = retentionMs;
    this.#describedMs = nowMs;
  }

  /** Records that Kinesis received before this time may be dropped. */
  oldestMs(nowMs: number): number {
    return Math.max(this.#droppedMs, nowMs - this.#retentionMs);
  }

  /** Whether a record of this time may be dropped, even if the retention was lowered since the last description. */
  mayHaveDropped(atMs: number, nowMs: number): boolean {
    return atMs < Math.max(this.oldestMs(nowMs), nowMs - LEAST_RETENTION_MS);
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#describedMs;
  }
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html */
const LEAST_RETENTION_MS = 24 * 3_600_000;
