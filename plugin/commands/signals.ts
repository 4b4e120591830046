/** The first SIGTERM or SIGINT asks for a stop; the second ends the process with 128 and the number of the signal. */
import { constants } from 'node:os';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** @returns takes the listeners off again */
export function onSignal(stop: (signal: string) => void): () => void {
  let isStopping = false;
  const listener = (signal: (typeof signals)[number]) => {
    // The way out is not trusted any more, so nothing is waited for.
    if (isStopping) process.exit(128 + constants.signals[signal]);
    isStopping = true;
    stop(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
