/** What a run reports of itself: a line of totals now and then, the progress of a run that ends, and the last line. */
import type { Stats } from '../../src/report/plugin-stats.js';
import { findLagMs, sumOf } from '../../src/report/stats.js';
import { count } from './count.js';
import type { Log } from './diagnostics.js';
import { formatDuration } from './format-duration.js';
import { type ProgressTarget, reportProgress } from './progress.js';

export type CountingPlugin = { stats(): Stats };

/** What was done since the start. */
export function formatTotals(stats: Stats): string {
  const { records, logEvents, output, deadLetters } = stats;
  const read = `Read ${count(records, 'record')} with ${count(logEvents, 'log event')}`;
  return `${read}, delivered ${count(output.delivered.lines, 'line')}, wrote ${count(sumOf(deadLetters), 'dead letter')}`;
}

/**
 * Writes a line of totals after each interval.
 *
 * @param intervalMs 0 for never
 * @returns ends it
 */
export function reportTotals(plugin: CountingPlugin, intervalMs: number, log: Log): () => void {
  if (intervalMs === 0) return () => {};
  let before = 0;
  const timer = setInterval(() => {
    const stats = plugin.stats();
    const { records, logEvents, output } = stats;
    const { lines, bytes } = output.delivered;
    const perSecond = ((lines - before) * 1000) / intervalMs;
    before = lines;
    const waiting = output.buffered.lines;
    const behindMs = findLagMs(Object.values(stats.shards));
    const now = [
      `${Math.round(perSecond).toLocaleString('en')} lines/s in ${formatDuration(intervalMs)}`,
      `${count(waiting, 'line')} ${waiting === 1 ? 'waits' : 'wait'}`,
      ...(behindMs === undefined ? [] : [`${formatDuration(behindMs)} behind`]),
    ];
    const numbers = {
      records,
      logEvents,
      lines,
      bytes,
      deadLetters: sumOf(stats.deadLetters),
      perSecond,
      waiting,
      behindMs,
    };
    log('info', `${formatTotals(stats)}; ${now.join(', ')}`, { code: 'totals', ...numbers });
  }, intervalMs);
  return () => clearInterval(timer);
}

/** The whole is what the stream was behind by at most. @returns ends it */
export function reportCatchUp(plugin: CountingPlugin, target: ProgressTarget): () => void {
  const startedMs = performance.now();
  let mostMs = 0;
  return reportProgress(target, () => {
    const stats = plugin.stats();
    const { logEvents, records } = stats;
    const elapsedMs = performance.now() - startedMs;
    const behindMs = findLagMs(Object.values(stats.shards));
    mostMs = Math.max(mostMs, behindMs ?? 0);
    const share = mostMs > 0 ? 1 - (behindMs ?? 0) / mostMs : undefined;
    return {
      share,
      done: count(logEvents, 'log event'),
      perSecond: (logEvents * 1000) / elapsedMs,
      leftMs: share !== undefined && share > 0 && share < 1 ? (elapsedMs * (1 - share)) / share : undefined,
      place: behindMs === undefined ? undefined : `${formatDuration(behindMs)} behind`,
      fields: { records, logEvents, behindMs },
    };
  });
}
