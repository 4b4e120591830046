/** The iterator with which a shard is read next, for as long as it may be used; then another one for the position. */
import type { Clock } from '../clock.js';

/** An iterator dies five minutes after its issue; it is not used in its last one. */
const lifeMs = 4 * 60_000;

export class HeldIterator {
  readonly #clock: Clock;
  #held: { readonly value: string; readonly issuedMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param request asks AWS for an iterator when there is none, or none that is young enough */
  async get(request: () => Promise<string>): Promise<string> {
    const nowMs = this.#clock.monotonic();
    if (!this.#held || nowMs - this.#held.issuedMs >= lifeMs) this.#held = { value: await request(), issuedMs: nowMs };
    return this.#held.value;
  }

  /** @param value came with a reply just now */
  keep(value: string | undefined): void {
    this.#held = value === undefined ? undefined : { value, issuedMs: this.#clock.monotonic() };
  }

  drop(): void {
    this.#held = undefined;
  }
}
