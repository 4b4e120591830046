import { systemClock } from '../src/clock.js';
import type { PushedRun } from '../src/pipeline/pushed-source.js';
import { orAtAbort } from '../src/waiters.js';
import type { Plugin } from './plugin.js';

/** Time between two checks for lines that are confirmed outside the output, such as those that became rows. */
const lookMs = 20;

/** Resolves when all records that were pushed are acked, or when the signal aborts. @param flushMs limit of one flush */
export async function flushRun(
  run: Pick<PushedRun, 'pending'>,
  plugin: Pick<Plugin, 'flush'>,
  flushMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (run.pending > 0 && !signal.aborted) {
    await orAtAbort(plugin.flush(flushMs), signal, false);
    if (run.pending > 0) await systemClock.sleep(lookMs, signal);
  }
}
