/** For commands that end by themselves: a fault that only a person can fix would make them wait forever. */

import { type Clock, systemClock } from '../../src/clock.js';
import type { Stats } from '../../src/report/plugin-stats.js';
import type { Plugin } from '../plugin.js';
import type { Diagnostics } from './diagnostics.js';

export interface WhenStuckOptions {
  readonly clock: Clock;
  /** Longest time without progress, in milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Counts reading progress that the statistics do not show. */
  readonly steps?: (() => number) | undefined;
}

const lookMs = 1000;

export interface GiveUpOptions {
  readonly giveUpMs: number;
  readonly diagnostics: Pick<Diagnostics, 'log' | 'lastFault'>;
  /** Aborts when the command ends. */
  readonly signal: AbortSignal;
  readonly steps?: WhenStuckOptions['steps'];
}

/**
 * Stops the plugin if there is no progress within the limit, and reports the last fault. Resolves with whether it stopped it.
 */
export async function stopWhenStuck(
  plugin: Pick<Plugin, 'stats' | 'stop'>,
  { giveUpMs, diagnostics, signal, steps }: GiveUpOptions,
): Promise<boolean> {
  if (!(await whenStuck(() => plugin.stats(), { clock: systemClock, limitMs: giveUpMs, signal, steps }))) return false;
  const { lastFault } = diagnostics;
  diagnostics.log('error', `Nothing was read or confirmed for ${giveUpMs / 1000} s, so the command ends${lastFault}`);
  void plugin.stop();
  return true;
}

/** Resolves with true when there is no progress within the limit, or with false when the signal aborts. */
export async function whenStuck(
  stats: () => Stats,
  { clock, limitMs, signal, steps = () => 0 }: WhenStuckOptions,
): Promise<boolean> {
  let last = '';
  let movedMs = clock.monotonic();
  while (!signal.aborted) {
    const mark = toMark(stats(), steps());
    if (mark !== last) movedMs = clock.monotonic();
    else if (clock.monotonic() - movedMs >= limitMs) return true;
    last = mark;
    await clock.sleep(lookMs, signal);
  }
  return false;
}

/** Changes with progress. Reading counts only while no line waits, because it continues until the memory is full. */
function toMark({ acknowledged, records, output, shards }: Stats, steps: number): string {
  const confirmed = [acknowledged, output.delivered.lines];
  if (output.buffered.lines > 0) return confirmed.join();
  return [
    ...confirmed,
    records,
    steps,
    ...Object.values(shards).map(({ millisBehindLatest }) => millisBehindLatest),
  ].join();
}
