/** The progress of reading a range of a log group. The total amount to read is known only as a range of time. */
import { count } from './count.js';
import { formatProgressLine, type Progress } from './progress.js';

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

/** @param columns width of the terminal, for a line with a bar; undefined if there is no terminal */
export function formatProgress(progress: BackfillProgress, columns: number | undefined): string {
  return formatProgressLine(toProgress(progress), columns);
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
