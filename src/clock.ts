/**
 * Time, passed in so that a test can control it. Every wait of the package uses `sleep`, and every sleep takes an AbortSignal,
 * so that a stop never waits for a timer.
 */

export interface Clock {
  /** Wall time in milliseconds since 1970. Only for texts and for comparison with times of AWS; never for durations. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back. For durations and limits. */
  monotonic(): number;
  /** Offset of the local time zone at a wall time, in minutes east of UTC. */
  offsetMinutes(atMs: number): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts; never rejects. Check the signal afterwards. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  offsetMinutes: (atMs) => -new Date(atMs).getTimezoneOffset(),
  sleep: (ms, signal) => sleep(ms, signal),
};

/** The same, but its sleeps do not keep the process alive. For outputs in a host, where only unconfirmed lines do that. */
export const backgroundClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => sleep(ms, signal, (timer) => timer.unref()),
};

// Not the timer of `node:timers/promises`, which creates an error with a stack each time that it is aborted.
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
