/** One warning an interval for host logs that are dropped, with their number: a burst must not become a burst of warnings. */
import type { Clock } from '../src/clock.js';

const intervalMs = 60_000;

export class HostLogWarning {
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  #dropped = 0;
  #warnedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, warn: (message: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  count(): void {
    this.#dropped++;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#warnedMs < intervalMs) return;
    this.#warnedMs = nowMs;
    this.#warn(`${this.#dropped} logs of the host app were dropped because the output does not take them fast enough`);
    this.#dropped = 0;
  }
}
