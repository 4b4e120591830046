/** A limit on the time that a step may take, on the passed-in clock, so that a test can let it pass by hand. */
import type { Clock } from './clock.js';
import { abortable, abortWith } from './waiters.js';

export interface Deadline extends Disposable {
  /** Aborts when the time is up or when the outer signal aborts. */
  readonly signal: AbortSignal;
  /** True only when the time is up. */
  readonly isOver: boolean;
}

/** Dispose of it when the step is done: until then it keeps its timer and a listener on the outer signal. */
export function startDeadline(clock: Clock, ms: number, outer?: AbortSignal): Deadline {
  const ended = new AbortController();
  const disposed = new AbortController();
  let isOver = false;
  const unlink = abortWith(ended, outer ? [outer] : []);
  void clock.sleep(ms, disposed.signal).then(() => {
    if (disposed.signal.aborted) return;
    isOver = true;
    ended.abort();
  });
  return {
    signal: ended.signal,
    get isOver() {
      return isOver;
    },
    [Symbol.dispose]() {
      disposed.abort(STEP_DONE);
      unlink();
    },
  };
}

/** A wait that has no time limit of its own. */
export interface LimitedWait {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
  /** The message of the error when the time is up; its code is `ETIMEDOUT`. */
  readonly message: string;
}

/** Rejects when the time is up or the signal aborts; a later outcome of the promise is ignored. */
export async function waitAtMost<Result>(
  promise: Promise<Result>,
  { clock, ms, signal, message }: LimitedWait,
): Promise<Result> {
  using deadline = startDeadline(clock, ms, signal);
  try {
    return await abortable(promise, deadline.signal);
  } catch (error) {
    throw deadline.isOver ? Object.assign(new Error(message), { code: 'ETIMEDOUT' }) : error;
  }
}

/** A reason, because an abort without one makes an error with its stack. */
const STEP_DONE = 'The step is done';
