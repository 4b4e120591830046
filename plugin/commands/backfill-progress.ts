import { count } from './count.js';
import { formatDuration } from './format-duration.js';

/** The progress of a backfill as one line. The total amount to read is known only as a range of time. */
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
  const { fromMs, toMs, startMs, atMs, events, elapsedMs } = progress;
  const share = Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
  const percent = `${Math.floor(share * 100)} %`;
  const rate = `${(elapsedMs > 0 ? Math.round((events * 1000) / elapsedMs) : 0).toLocaleString('en')}/s`;
  const leftMs = atMs > startMs && atMs < toMs ? (elapsedMs * (toMs - atMs)) / (atMs - startMs) : undefined;
  const left = leftMs === undefined ? '' : `, about ${formatDuration(leftMs)} left`;
  const numbers = `${percent}, ${count(events, 'log event')}, ${rate}${left}`;
  const place = `${numbers}, at ${toTime(atMs)}`;
  if (columns === undefined) return place;
  // The numbers are more useful than a long bar.
  const lines = [
    `${formatBar(share, 20)} ${place}`,
    `${formatBar(share, 20)} ${numbers}`,
    `${formatBar(share, 10)} ${percent}, ${rate}${left}`,
    `${formatBar(share, 5)} ${percent}${left}`,
  ];
  return lines.find((line) => line.length <= columns) ?? percent;
}

function formatBar(share: number, width: number): string {
  const filled = Math.floor(share * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
}

function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
