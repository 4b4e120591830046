/** How far a range of log events is acknowledged: behind a page once everything up to and with it is. */
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
  /** Events that were tracked, with those before the first page. */
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

  /** Pages from the first unacknowledged one to the last tracked. */
  get pending(): number {
    return this.#tracker.pending;
  }

  /** Takes note of the next page: where to continue behind it, and its events. */
  track(position: RangePosition, events: number): TrackedPosition {
    this.#tracked += events;
    return this.#tracker.track({ position, events: this.#tracked });
  }
}
