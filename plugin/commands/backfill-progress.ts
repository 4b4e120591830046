/** The progress of reading a range of a log group. The total amount to read is known only as a range of time. */
import type { LogRange } from '../../src/log-range.js';
import { count } from './count.js';
import { type Progress, type ProgressTarget, reportProgress } from './progress.js';

export interface BackfillProgress {
  readonly fromMs: number;
  readonly toMs: number;
  /** Where this run began and where it is now: event times in milliseconds since 1970. */
  readonly startMs: number;
  readonly atMs: number;
  /** Log events that this run has read, and its duration in milliseconds. */
  readonly events: number;
  readonly elapsedMs: number;
}

/**
 * Reports until the result is called.
 *
 * @param startMs where this run begins
 * @param read where it is now, and the log events that it has read
 */
export function reportRangeProgress(
  target: ProgressTarget,
  { fromMs, toMs }: LogRange,
  startMs: number,
  read: () => Pick<BackfillProgress, 'atMs' | 'events'>,
): () => void {
  const startedMs = performance.now();
  return reportProgress(target, () => {
    const { atMs, events } = read();
    const elapsedMs = performance.now() - startedMs;
    return { ...toProgress({ fromMs, toMs, startMs, atMs, events, elapsedMs }), fields: { atMs, events } };
  });
}

export function toProgress({ fromMs, toMs, startMs, atMs, events, elapsedMs }: BackfillProgress): Progress {
  return {
    share: (atMs - fromMs) / (toMs - fromMs),
    done: count(events, 'log event'),
    perSecond: elapsedMs > 0 ? (events * 1000) / elapsedMs : 0,
    leftMs: atMs > startMs && atMs < toMs ? (elapsedMs * (toMs - atMs)) / (atMs - startMs) : undefined,
    place: `at ${new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z')}`,
  };
}
