/**
 * Waits for the fates of everything that came of one record. The record is acknowledged only when each line is confirmed,
 * or was kept back on purpose.
 */

/**
 * `delivered`: confirmed. `filtered`: the host's own format or level dropped it. `rejected`: the output cannot carry it, so it
 * has to be set aside; `failed` likewise, since the host's own format failed on it. `abandoned`: none of them, before the end.
 * `blocked`: none of them, because the levels of the logger let no flow log pass at the moment.
 */
export type Outcome = 'delivered' | 'filtered' | 'rejected' | 'failed' | 'abandoned' | 'blocked';

/** An object, not functions: there is one for each record that waits, and of small records many thousands wait. */
export interface SettlementOwner {
  /** Called once, when all is settled and nothing was abandoned. */
  allSettled(): void;
  /** Called for each that was filtered. */
  filtered(): void;
}

export class Settlement {
  readonly #owner: SettlementOwner;
  #open = 1;
  #isAbandoned = false;

  constructor(owner: SettlementOwner) {
    this.#owner = owner;
  }

  /** Adds one more to wait for, which has to be settled once. */
  expect(): void {
    this.#open++;
  }

  settle(outcome: Outcome): void {
    if (outcome === 'filtered') this.#owner.filtered();
    if (outcome === 'abandoned' || outcome === 'blocked') this.#isAbandoned = true;
    if (--this.#open === 0 && !this.#isAbandoned) this.#owner.allSettled();
  }

  /** Nothing more will be added. */
  close(): void {
    this.settle('delivered');
  }
}
