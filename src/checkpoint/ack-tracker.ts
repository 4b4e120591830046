/**
 * Contiguous acknowledgement for one shard. Records are tracked in the order of the shard and acknowledged in any; the
 * position is the last record before which, and with which, everything is acknowledged. A position never passes a gap.
 */
interface Tracked {
  readonly sequenceNumber: string;
  readonly arrivalMs: number | undefined;
  isAcked: boolean;
}

/** Acknowledged slots at the front after which the array is cut. */
const compactAfter = 1024;

export class AckTracker {
  readonly #onMove: () => void;
  #tracked: (Tracked | undefined)[] = [];
  /** Invariant: every slot before it is acknowledged and empty; the slot at it, if any, is not acknowledged. */
  #head = 0;
  #position: string | undefined;
  #arrivalMs: number | undefined;

  /** @param onMove called after each move of the position */
  constructor(onMove: () => void = () => {}) {
    this.#onMove = onMove;
  }

  /** The sequence number up to and with which everything is acknowledged; undefined before the first. */
  get position(): string | undefined {
    return this.#position;
  }

  /** When Kinesis took the record at the position, where that is known. */
  get arrivalMs(): number | undefined {
    return this.#arrivalMs;
  }

  /** Records from the first unacknowledged one to the last tracked. */
  get pending(): number {
    return this.#tracked.length - this.#head;
  }

  /** Takes note of the next record of the shard. The result acknowledges it; more calls of it do nothing. */
  track(sequenceNumber: string, arrivalMs?: number): () => void {
    const entry: Tracked = { sequenceNumber, arrivalMs, isAcked: false };
    this.#tracked.push(entry);
    return () => {
      if (entry.isAcked) return;
      entry.isAcked = true;
      if (this.#tracked[this.#head] === entry) this.#advance();
    };
  }

  #advance(): void {
    for (let entry = this.#tracked[this.#head]; entry?.isAcked; entry = this.#tracked[this.#head]) {
      this.#position = entry.sequenceNumber;
      this.#arrivalMs = entry.arrivalMs;
      this.#tracked[this.#head++] = undefined;
    }
    if (this.#head >= compactAfter && this.#head * 2 >= this.#tracked.length) {
      this.#tracked = this.#tracked.slice(this.#head);
      this.#head = 0;
    }
    this.#onMove();
  }
}
