/** Progress of long work: a line that is updated in place on a terminal, otherwise a line every few seconds. */
import type { Diagnostics } from './diagnostics.js';
import { formatDuration } from './format-duration.js';
import type { StatusLine } from './status-line.js';

export interface Progress {
  /** Done, from 0 to 1; undefined if the whole amount is not known. */
  readonly share: number | undefined;
  /** Such as `1,234 log events`. */
  readonly done: string;
  /** How much of it is done per second. */
  readonly perSecond: number;
  /** Estimated time to the end, in milliseconds, if it can be known. */
  readonly leftMs: number | undefined;
  /** Where it is now, such as `at 2026-01-15T08:00:00Z`; left out on a narrow terminal. */
  readonly place: string | undefined;
}

/** @param columns width of the terminal, for a line with a bar; undefined if there is no terminal */
export function formatProgressLine(progress: Progress, columns: number | undefined): string {
  const { share, done, perSecond, leftMs, place } = progress;
  const percent = share === undefined ? undefined : `${Math.floor(limit(share) * 100)} %`;
  const left = leftMs === undefined ? '' : `, about ${formatDuration(leftMs)} left`;
  const rate = `${Math.round(perSecond).toLocaleString('en')}/s`;
  const join = (...parts: (string | undefined)[]) => parts.filter((part) => part !== undefined).join(', ');
  const numbers = `${join(percent, done, rate)}${left}`;
  const whole = join(numbers, place);
  if (columns === undefined) return whole;
  // The numbers are more useful than a long bar.
  const bar = (width: number) => (share === undefined ? '' : `${formatBar(limit(share), width)} `);
  const lines = [
    `${bar(20)}${whole}`,
    `${bar(20)}${numbers}`,
    `${bar(10)}${join(percent, rate)}${left}`,
    `${bar(5)}${join(percent)}${left}`,
  ];
  return lines.find((line) => line.length <= columns) ?? percent ?? rate;
}

export interface ProgressTarget {
  readonly statusLine: StatusLine;
  readonly logFormat: 'text' | 'json';
  readonly diagnostics: Pick<Diagnostics, 'log'>;
}

const barIntervalMs = 500;
const lineIntervalMs = 10_000;

/**
 * Reports until the result is called.
 *
 * @param progress the state now, and the numbers of a line in JSON
 */
export function reportProgress(
  { statusLine, logFormat, diagnostics }: ProgressTarget,
  progress: () => Progress & { readonly fields: Readonly<Record<string, unknown>> },
): () => void {
  const hasBar = statusLine.isTerminal && logFormat === 'text';
  const show = () => {
    const { fields, ...now } = progress();
    const text = formatProgressLine(now, hasBar ? statusLine.columns : undefined);
    if (hasBar) statusLine.show(text);
    else diagnostics.log('info', text, { code: 'progress', ...fields });
  };
  const timer = setInterval(show, hasBar ? barIntervalMs : lineIntervalMs);
  return () => {
    clearInterval(timer);
    statusLine.clear();
  };
}

function limit(share: number): number {
  return Math.min(1, Math.max(0, share));
}

function formatBar(share: number, width: number): string {
  const filled = Math.floor(share * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
}
