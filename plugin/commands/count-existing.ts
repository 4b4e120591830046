/** Counts what CloudWatch Logs has of a range, with progress and faults reported; ends if nothing works for too long. */
import { AwsClock } from '../../src/aws/aws-clock.js';
import { AwsWatch } from '../../src/aws/watch.js';
import { systemClock } from '../../src/clock.js';
import type { LogRange } from '../../src/log-range.js';
import { describePlain, noteEndpoints } from '../../src/pipeline/clients.js';
import { type CountedRange, countRange } from '../../src/pipeline/count-range.js';
import { PluginEmitter } from '../../src/report/events.js';
import type { InputSettings } from '../../src/settings/settings.js';
import { reportRangeProgress } from './backfill-progress.js';
import { CommandError } from './exit.js';
import type { ProgressTarget } from './progress.js';

export interface CountOptions extends ProgressTarget {
  /** Longest time without progress, in milliseconds. */
  readonly giveUpMs: number;
}

/** Rejects with a `StartError` or a `CommandError`. */
export async function countExisting(
  range: LogRange,
  input: InputSettings,
  options: CountOptions,
): Promise<CountedRange> {
  const { giveUpMs, diagnostics } = options;
  const stop = new AbortController();
  const watch = new AwsWatch(new AwsClock(systemClock), (origin) => {
    const { message, advice } = describePlain(origin);
    diagnostics.log('warn', `${message}; ${advice}`, { code: 'advice' });
  });
  noteEndpoints(input, watch);
  const reports = new PluginEmitter();
  reports.on('fault', ({ message }) => diagnostics.log('warn', message));
  let [movedMs, atMs, events] = [performance.now(), range.fromMs, 0];
  let lastFault = '';
  const endProgress = reportRangeProgress(options, range, range.fromMs, () => ({ atMs, events }));
  try {
    const counted = await countRange(range, input, {
      watch,
      clock: systemClock,
      random: Math.random,
      signal: stop.signal,
      onPage(page) {
        if (page.isProgress) movedMs = performance.now();
        atMs = page.atMs;
        events += page.events;
      },
      onFault(fault) {
        reports.reportFault(fault);
        lastFault = fault.message;
        if (performance.now() - movedMs >= giveUpMs) stop.abort();
      },
      onRecovery: (what) => reports.reportRecovery(what),
    });
    if (counted) return counted;
    throw new CommandError(`Nothing was read for ${giveUpMs / 1000} s, so the command ends. Last fault: ${lastFault}`);
  } finally {
    endProgress();
  }
}
