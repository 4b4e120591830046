/**
 * Contiguous acknowledgement for one shard, or one range of log events. What is read is tracked in its order and acknowledged
 * in any; the position is the last one up to and with which everything is acknowledged. A position never passes a gap.
 */
import type { TrackedPosition } from '../progress.js';

/** Without a closure: of small records, many thousands wait to be acknowledged. */
class Tracked<Position> implements TrackedPosition {
  readonly position: Position;
  readonly arrivalMs: number | undefined;
  /** Undefined once it is acknowledged. */
  #onAcked: ((tracked: Tracked<Position>) => void) | undefined;

  constructor(position: Position, arrivalMs: number | undefined, onAcked: (tracked: Tracked<Position>) => void) {
    this.position = position;
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

/** @typeParam Position where to continue behind what is tracked, such as the sequence number of a record */
export class AckTracker<Position> {
  readonly #onMove: () => void;
  #tracked: (Tracked<Position> | undefined)[] = [];
  /** Invariant: every slot before it is acknowledged and empty; the slot at it, if any, is not acknowledged. */
  #head = 0;
  #position: Position | undefined;
  #arrivalMs: number | undefined;

  /** @param onMove called after each move of the position */
  constructor(onMove: () => void = () => {}) {
    this.#onMove = onMove;
  }

  /** Up to and with which everything is acknowledged; undefined before the first. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** When Kinesis took the record at the position, where that is known. */
  get arrivalMs(): number | undefined {
    return this.#arrivalMs;
  }

  /** Number from the first unacknowledged one to the last tracked. */
  get pending(): number {
    return this.#tracked.length - this.#head;
  }

  /** Takes note of the next one. */
  track(position: Position, arrivalMs?: number): TrackedPosition {
    const tracked = new Tracked(position, arrivalMs, this.#onAcked);
    this.#tracked.push(tracked);
    return tracked;
  }

  readonly #onAcked = (tracked: Tracked<Position>): void => {
    if (this.#tracked[this.#head] === tracked) this.#advance();
  };

  #advance(): void {
    for (let entry = this.#tracked[this.#head]; entry?.isAcked; entry = this.#tracked[this.#head]) {
      this.#position = entry.position;
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
