/** For commands that end by themselves: what only a person can fix would keep them waiting without end. */
import { type Clock, systemClock } from '../../src/clock.js';
import type { Stats } from '../../src/report/stats.js';
import type { Plugin } from '../plugin.js';
import type { Diagnostics } from './diagnostics.js';

export interface WhenStuckOptions {
  readonly clock: Clock;
  /** Longest time without progress. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

const lookMs = 1000;

export interface GiveUpOptions {
  readonly giveUpMs: number;
  readonly diagnostics: Pick<Diagnostics, 'log' | 'lastFault'>;
  /** Aborts when the command ends by itself. */
  readonly signal: AbortSignal;
}

/** Stops the plugin once nothing has moved for the limit, and says what stood in its way. Resolves with whether it did. */
export async function stopWhenStuck(
  plugin: Pick<Plugin, 'stats' | 'stop'>,
  { giveUpMs, diagnostics, signal }: GiveUpOptions,
): Promise<boolean> {
  if (!(await whenStuck(() => plugin.stats(), { clock: systemClock, limitMs: giveUpMs, signal }))) return false;
  const { lastFault } = diagnostics;
  diagnostics.log('error', `Nothing was read or confirmed for ${giveUpMs / 1000} s, so this ends${lastFault}`);
  void plugin.stop();
  return true;
}

/** Resolves with true once nothing has moved for the limit, with false when the signal aborts. */
export async function whenStuck(stats: () => Stats, { clock, limitMs, signal }: WhenStuckOptions): Promise<boolean> {
  let last = '';
  let movedMs = clock.monotonic();
  while (!signal.aborted) {
    const mark = toMark(stats());
    if (mark !== last) movedMs = clock.monotonic();
    else if (clock.monotonic() - movedMs >= limitMs) return true;
    last = mark;
    await clock.sleep(lookMs, signal);
  }
  return false;
}

/** Differs once something has moved. What is read counts only while no line waits: reading goes on until the memory is full. */
function toMark({ acknowledged, records, output, shards }: Stats): string {
  const confirmed = [acknowledged, output.delivered.lines];
  if (output.buffered.lines > 0) return confirmed.join();
  return [...confirmed, records, ...Object.values(shards).map(({ millisBehindLatest }) => millisBehindLatest)].join();
}
