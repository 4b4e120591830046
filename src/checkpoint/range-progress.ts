/** How far a range of log events is acked: past a page once everything up to its end is acked. */
import type { RangePosition } from '../log-range.js';
import type { TrackedPosition } from '../progress.js';
import { AckTracker } from './ack-tracker.js';

export interface RangeState {
  readonly position: RangePosition;
  /** Events before the position. */
  readonly events: number;
}

export class RangeProgress {
  readonly #tracker: AckTracker<RangeState>;
  /** Events that were tracked, including those before the first page. */
  #tracked: number;
  #state: RangeState;

  /** @param onMove called after each move of the state */
  constructor(state: RangeState, onMove: () => void) {
    this.#state = state;
    this.#tracked = state.events;
    this.#tracker = new AckTracker(() => {
      this.#state = this.#tracker.position ?? state;
      onMove();
    });
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
