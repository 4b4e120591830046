/**
 * Contiguous acks for one shard, or for one range of log events. What is read is tracked in order and acked in any order. The
 * position is the last one up to which everything is acked, itself included; it never passes a gap.
 */
import type { TrackedPosition } from '../progress.js';
import type { Tally } from '../tally.js';

/** No closure per object: with small records, many thousands wait for their ack. */
class Tracked<Position> implements TrackedPosition {
  readonly position: Position;
  readonly arrivalMs: number | undefined;
  tally: Tally | undefined;
  /** Undefined once it is acked. */
  #onAcked: ((tracked: Tracked<Position>) => void) | undefined;

  constructor(position: Position, arrivalMs: number | undefined, onAcked: (tracked: Tracked<Position>) => void) {
    this.position = position;
    this.arrivalMs = arrivalMs;
    this.#onAcked = onAcked;
  }

  get isAcked(): boolean {
    return this.#onAcked === undefined;
  }

  ack(tally?: Tally): void {
    const onAcked = this.#onAcked;
    if (!onAcked) return;
    this.#onAcked = undefined;
    this.tally = tally;
    onAcked(this);
  }
}

/** The array is cut after this many acked slots at its front. */
const compactAfter = 1024;

/** @typeParam Position where to continue after what is tracked, such as the sequence number of a record */
export class AckTracker<Position> {
  readonly #onMove: () => void;
  readonly #onPassed: (tally: Tally) => void;
  #tracked: (Tracked<Position> | undefined)[] = [];
  /** Invariant: every slot before it is acked and empty; the slot at it, if any, is not acked. */
  #head = 0;
  #position: Position | undefined;
  #arrivalMs: number | undefined;

  /**
   * @param onMove called after each move of the position
   * @param onPassed called before that with each tally that the position has passed
   */
  constructor(onMove: () => void = () => {}, onPassed: (tally: Tally) => void = () => {}) {
    this.#onMove = onMove;
    this.#onPassed = onPassed;
  }

  /** The last position up to which everything is acked; undefined before the first. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** When Kinesis received the record at the position, if known. */
  get arrivalMs(): number | undefined {
    return this.#arrivalMs;
  }

  /** How many are tracked from the first that is not acked to the last. */
  get pending(): number {
    return this.#tracked.length - this.#head;
  }

  /** Tracks the next one. */
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
      if (entry.tally) this.#onPassed(entry.tally);
      this.#tracked[this.#head++] = undefined;
    }
    if (this.#head >= compactAfter && this.#head * 2 >= this.#tracked.length) {
      this.#tracked = this.#tracked.slice(this.#head);
      this.#head = 0;
    }
    this.#onMove();
  }
}
