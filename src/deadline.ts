/** A limit on the time that a step may take, on the passed-in clock, so that a test can let it pass by hand. */
import type { Clock } from './clock.js';

export interface Deadline extends Disposable {
  /** Aborts when the time is over or when the outer signal aborts. */
  readonly signal: AbortSignal;
  /** True only when the time is over. */
  readonly isOver: boolean;
}

export function startDeadline(clock: Clock, ms: number, outer?: AbortSignal): Deadline {
  const over = new AbortController();
  const cancelled = new AbortController();
  void clock.sleep(ms, cancelled.signal).then(() => {
    if (!cancelled.signal.aborted) over.abort();
  });
  return {
    signal: outer ? AbortSignal.any([outer, over.signal]) : over.signal,
    get isOver() {
      return over.signal.aborted;
    },
    [Symbol.dispose]() {
      cancelled.abort();
    },
  };
}
