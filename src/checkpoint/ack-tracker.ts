/**
 * Contiguous acknowledgement for one shard. Records are tracked in the order of the shard and acknowledged in any; the
 * position is the last record before which, and with which, everything is acknowledged. A position never passes a gap.
 */
import type { TrackedPosition } from '../progress.js';

/** Without a closure: of small records, many thousands wait to be acknowledged. */
class Tracked implements TrackedPosition {
  readonly sequenceNumber: string;
  readonly arrivalMs: number | undefined;
  /** Undefined once it is acknowledged. */
  #onAcked: ((tracked: Tracked) => void) | undefined;

  constructor(sequenceNumber: string, arrivalMs: number | undefined, onAcked: (tracked: Tracked) => void) {
    this.sequenceNumber = sequenceNumber;
    this.arrivalMs = arrivalMs;
    this.#onAcked = onAcked;
  }

  get isAcked(): boolean {
    return this.#onAcked === undefined;
  }

  ack(): void {
    const onAcked = this.#onAcked;
    this.#onAcked = undefined;
    onAcked?.(this);
  }
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

  /** Takes note of the next record of the shard. */
  track(sequenceNumber: string, arrivalMs?: number): TrackedPosition {
    const tracked = new Tracked(sequenceNumber, arrivalMs, this.#onAcked);
    this.#tracked.push(tracked);
    return tracked;
  }

  readonly #onAcked = (tracked: Tracked): void => {
    if (this.#tracked[this.#head] === tracked) this.#advance();
  };

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
