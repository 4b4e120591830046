/** The first SIGTERM or SIGINT asks for a stop; one that comes later ends the process with 128 and the number of the signal. */
import { constants } from 'node:os';

const signals = ['SIGTERM', 'SIGINT'] as const;
/** `timeout`, and shells, signal a process and then its group: what comes so soon is the same wish. */
const sameWishMs = 500;

/** @returns takes the listeners off again */
export function onSignal(stop: (signal: string) => void): () => void {
  let stoppingMs: number | undefined;
  const listener = (signal: (typeof signals)[number]) => {
    const nowMs = performance.now();
    if (stoppingMs === undefined) {
      stoppingMs = nowMs;
      stop(signal);
    } else if (nowMs - stoppingMs > sameWishMs) {
      // The way out is not trusted any more, so nothing is waited for.
      process.exit(128 + constants.signals[signal]);
    }
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
