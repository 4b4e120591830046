/** Times on the command line: RFC 3339 with a zone, `now`, or a time ago such as `2h ago`. */
import { UsageError } from './exit.js';

const unitMs: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['sec', 1000],
  ['second', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['minute', 60_000],
  ['h', 3_600_000],
  ['hour', 3_600_000],
  ['d', 86_400_000],
  ['day', 86_400_000],
  ['w', 604_800_000],
  ['week', 604_800_000],
]);

const defaultUnit = 's';

/** A time span such as `30s`, `5min` or `1h`, in milliseconds; a number alone is seconds. Undefined for any other text. */
export function parseSpan(text: string): number | undefined {
  const [, number, unit = ''] = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const name = unit === '' ? defaultUnit : unit.toLowerCase();
  // Words have a plural, but "ms" is not two minutes.
  const ms = unitMs.get(name) ?? unitMs.get(name.replace(/(?<=..)s$/, ''));
  return number === undefined || ms === undefined ? undefined : Math.round(Number(number) * ms);
}

export interface ParsedTime {
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** It depends on when the command is run. */
  readonly isRelative: boolean;
}

/**
 * @param option for the error, such as `--from`
 * @throws UsageError for anything else
 */
export function parseTime(option: string, text: string, nowMs: number): ParsedTime {
  const agoMs = parseAgo(text);
  const isRelative = agoMs !== undefined;
  const ms = isRelative ? nowMs - agoMs : parseZoned(option, text);
  if (ms < 0) throw new UsageError(`Expected a time since 1970 for ${option}, got "${text}"`);
  return { ms, isRelative };
}

/** In milliseconds since 1970. */
function parseZoned(option: string, text: string): number {
  const expected = `Expected an RFC 3339 time with its zone for ${option}, such as 2026-01-15T08:00:00Z or 2026-01-15T08:00:00+10:00, or a time such as "2h ago"`;
  const parts = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?$/.exec(text);
  const isZoned = parts?.[3] !== undefined;
  const ms = isZoned ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (parts && !isZoned) throw new UsageError(`${expected}, got "${text}" without a zone; add Z for UTC`);
  if (Number.isNaN(ms)) throw new UsageError(`${expected}, got "${text}"`);
  return ms;
}

/** In milliseconds; undefined for any other text. */
function parseAgo(text: string): number | undefined {
  if (/^\s*now\s*$/i.test(text)) return 0;
  const [, span] = /^\s*(\S.*[a-z])\s+ago\s*$/i.exec(text) ?? [];
  return span === undefined ? undefined : parseSpan(span);
}
