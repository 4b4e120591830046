/**
 * Time, passed in so that a test can move it by hand. Every wait of the package goes through `sleep`, and every sleep
 * takes an AbortSignal, so that a stop never waits for a timer.
 */
import { setTimeout as delay } from 'node:timers/promises';

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
  async sleep(ms, signal) {
    // An abort is the only way this timer rejects, and the caller looks at the signal.
    await delay(ms, undefined, { signal }).catch(() => {});
  },
};
