/**
 * Before which time AWS may have dropped records, by the retention that each description of the stream gave. What was
 * dropped under a short retention does not come back when the retention is raised.
 */
export class TrimHorizon {
  #retentionMs: number;
  /** AWS' time of the latest description. */
  #describedMs: number;
  /** Left behind by a shorter retention. */
  #droppedMs = Number.NEGATIVE_INFINITY;

  constructor(retentionMs: number, nowMs: number) {
    this.#retentionMs = retentionMs;
    this.#describedMs = nowMs;
  }

  /** Takes note of another description of the stream. */
  describe(retentionMs: number, nowMs: number): void {
    if (retentionMs > this.#retentionMs) {
      this.#droppedMs = Math.max(this.#droppedMs, this.#describedMs - this.#retentionMs);
    }
    this.#retentionMs = retentionMs;
    this.#describedMs = nowMs;
  }

  /** What Kinesis took before this time may be dropped. */
  oldestMs(nowMs: number): number {
    return Math.max(this.#droppedMs, nowMs - this.#retentionMs);
  }

  /** Whether a record of this time may be dropped, also under a retention that was lowered since the last description. */
  mayHaveDropped(atMs: number, nowMs: number): boolean {
    return atMs < Math.max(this.oldestMs(nowMs), nowMs - LEAST_RETENTION_MS);
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#describedMs;
  }
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html */
const LEAST_RETENTION_MS = 24 * 3_600_000;
