/**
 * Time, passed in so that a test can move it by hand. Every wait of the package goes through `sleep`, and every sleep
 * takes an AbortSignal, so that a stop never waits for a timer.
 */

export interface Clock {
  /** Wall time in milliseconds since 1970. Only for what people read and for what AWS compares; never for durations. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back. For durations and limits. */
  monotonic(): number;
  /** Offset of the local time zone at a wall time, in minutes east of UTC. */
  offsetMinutes(atMs: number): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts; never rejects. Look at the signal afterwards. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  offsetMinutes: (atMs) => -new Date(atMs).getTimezoneOffset(),
  sleep: (ms, signal) => sleep(ms, signal),
};

/** The same, but none of its sleeps keeps the process alive: for the outputs of a host, which decide that by their lines. */
export const backgroundClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => sleep(ms, signal, (timer) => timer.unref()),
};

// Not the timer of `node:timers/promises`, which makes an error with its stack each time that it is aborted.
function sleep(ms: number, signal: AbortSignal, onTimer?: (timer: NodeJS.Timeout) => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    onTimer?.(timer);
    signal.addEventListener('abort', end);
  });
}
