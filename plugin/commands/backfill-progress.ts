/** How a backfill is getting on, as one line. How much there is to do is only known as a stretch of time. */
export interface BackfillProgress {
  readonly fromMs: number;
  readonly toMs: number;
  /** Where this run began, and where it is: times of events in milliseconds since 1970. */
  readonly startMs: number;
  readonly atMs: number;
  /** Events handed on in this run, and how long it has run in milliseconds. */
  readonly events: number;
  readonly elapsedMs: number;
}

const barWidth = 20;

/** @param hasBar whether it is for a terminal */
export function formatProgress(progress: BackfillProgress, hasBar: boolean): string {
  const { fromMs, toMs, startMs, atMs, events, elapsedMs } = progress;
  const share = Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
  const filled = Math.floor(share * barWidth);
  const bar = hasBar ? `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ` : '';
  const rate = elapsedMs > 0 ? Math.round((events * 1000) / elapsedMs) : 0;
  const leftMs = atMs > startMs ? (elapsedMs * (toMs - atMs)) / (atMs - startMs) : undefined;
  const left = leftMs === undefined ? '' : `, about ${formatDuration(leftMs)} left`;
  const numbers = `${events.toLocaleString('en')} log events, ${rate.toLocaleString('en')}/s${left}`;
  // A narrow terminal cuts the end off.
  return `${bar}${Math.floor(share * 100)} %, ${numbers}, at ${toTime(atMs)}`;
}

function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
