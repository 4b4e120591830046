/** The drain at a stop: reading ends, and everything that was read is confirmed if the time allows. */
import { systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { Pipeline } from '../src/pipeline/pipeline.js';
import { orAtAbort } from '../src/waiters.js';
import type { Outputs } from './outputs.js';

export interface Draining {
  readonly pipeline: Pick<Pipeline, 'stopReading' | 'pending'> | undefined;
  readonly outputs: Pick<Outputs, 'flush' | 'stats' | 'isBlocked'>;
  /** Called when the time is up: from then on, nothing waits for room in an output. */
  readonly cut: () => void;
}

/**
 * Longest wait for an output that has never accepted a line, or for a logger that lets nothing through. The next start reads
 * those records again in any case.
 */
export const untouchedMs = 2000;

/** Time between two checks whether the logger lets something through. */
const lookMs = 200;

/** Resolves with true when everything that was read is confirmed, or with false after `limitMs` milliseconds. */
export async function drain(limitMs: number, { pipeline, outputs, cut }: Draining): Promise<boolean> {
  using limit = startDeadline(systemClock, limitMs);
  using first = startDeadline(systemClock, Math.min(untouchedMs, limitMs));
  const over = new AbortController();
  const ended = new AbortController();
  limit.signal.addEventListener('abort', () => over.abort());
  first.signal.addEventListener('abort', () => {
    if (isUntouched(outputs)) over.abort();
    else void whenOnlyBlocked(outputs, ended.signal).then((isBlocked) => isBlocked && over.abort());
  });
  over.signal.addEventListener('abort', cut);
  const flush = () => orAtAbort(outputs.flush(limitMs), over.signal, false);
  let isReading = true;
  const stopped = pipeline?.stopReading().then(() => {
    isReading = false;
  });
  // A record that hangs must not stop the others from being confirmed.
  using half = startDeadline(systemClock, limitMs / 2, over.signal);
  await orAtAbort(stopped ?? Promise.resolve(), half.signal, undefined);
  if (isReading && stopped) {
    await flush();
    await orAtAbort(stopped, over.signal, undefined);
  }
  const isFlushed = (await flush()) || outputs.stats.buffered.lines === 0;
  ended.abort();
  return isFlushed && !(isReading && stopped) && (pipeline?.pending ?? 0) === 0;
}

/** Resolves with true when every waiting line is held back by the logger, or with false when the signal aborts first. */
async function whenOnlyBlocked(outputs: Draining['outputs'], signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (outputs.stats.buffered.lines === 0 && outputs.isBlocked) return true;
    await systemClock.sleep(lookMs, signal);
  }
  return false;
}

/** Whether lines wait for an output that has never accepted one. */
function isUntouched({ stats: { isConnected, delivered, resent, buffered } }: Draining['outputs']): boolean {
  return buffered.lines > 0 && !isConnected && delivered.lines + resent.lines === 0;
}
