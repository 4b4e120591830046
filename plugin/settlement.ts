/**
 * Waits for the fates of everything that came of one record. The record is acknowledged only when each line is confirmed,
 * or was kept back on purpose.
 */

/**
 * `delivered`: confirmed. `filtered`: the host's own format or level dropped it. `rejected`: the output cannot carry it, so it
 * has to be set aside; `failed` likewise, since the host's own format failed on it. `abandoned`: none of them, before the end.
 */
export type Outcome = 'delivered' | 'filtered' | 'rejected' | 'failed' | 'abandoned';

export class Settlement {
  readonly #onAllSettled: () => void;
  readonly #onFiltered: () => void;
  #open = 1;
  #isAbandoned = false;

  /**
   * @param onAllSettled called once, when all is settled and nothing was abandoned
   * @param onFiltered called for each that was filtered
   */
  constructor(onAllSettled: () => void, onFiltered: () => void = () => {}) {
    this.#onAllSettled = onAllSettled;
    this.#onFiltered = onFiltered;
  }

  /** Adds one more to wait for, which has to be settled once. */
  expect(): void {
    this.#open++;
  }

  settle(outcome: Outcome): void {
    if (outcome === 'filtered') this.#onFiltered();
    if (outcome === 'abandoned') this.#isAbandoned = true;
    if (--this.#open === 0 && !this.#isAbandoned) this.#onAllSettled();
  }

  /** Nothing more will be added. */
  close(): void {
    this.settle('delivered');
  }
}
