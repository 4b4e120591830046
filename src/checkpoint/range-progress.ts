/** How far a range of log events is acked: past a page once everything up to its end is acked. */
import type { RangePosition } from '../log-range.js';
import type { TrackedPosition } from '../progress.js';
import { AckTracker } from './ack-tracker.js';
import type { LedgerBatch } from './ledger-batch.js';
import type { LedgerBounds } from './ledger-counts.js';

export interface RangeState {
  readonly position: RangePosition;
  /** Events before the position. */
  readonly events: number;
  /** What these events add to the ledger; undefined if there is none. */
  readonly batch?: LedgerBatch | undefined;
}

export class RangeProgress {
  readonly #tracker: AckTracker<Omit<RangeState, 'batch'>>;
  readonly #batch: LedgerBatch | undefined;
  /** Events that were tracked, including those before the first page. */
  #tracked: number;
  #state: RangeState;

  /**
   * @param onMove called after each move of the state
   * @param bounds the hours that the ledger keeps
   */
  constructor(state: RangeState, onMove: () => void, bounds?: () => LedgerBounds) {
    this.#state = state;
    this.#batch = state.batch;
    this.#tracked = state.events;
    this.#tracker = new AckTracker(
      () => {
        this.#state = { ...(this.#tracker.position ?? state), batch: this.#batch };
        onMove();
      },
      (tally) => this.#batch?.counts.add(tally, bounds?.()),
    );
  }

  get state(): RangeState {
    return this.#state;
  }

  /** Pages from the first that is not acked to the last tracked. */
  get pending(): number {
    return this.#tracker.pending;
  }

  /** Tracks the next page: where to continue after it, and the number of its events. */
  track(position: RangePosition, events: number): TrackedPosition {
    this.#tracked += events;
    return this.#tracker.track({ position, events: this.#tracked });
  }
}
