/**
 * Times in the layouts of Snare Central's tables, which are those of Go's time package.
 * https://pkg.go.dev/time#pkg-constants
 */

/** Stands for a missing value. */
export const NO_VALUE = '-';

/**
 * Go's RFC3339Nano: the fraction has no trailing zeros and is left out if it is zero; the zone is `Z` or `+hh:mm`.
 *
 * @param ms whole milliseconds since 1970; negative for earlier times
 * @param offsetMinutes east of UTC
 * @returns `-` if `ms` is undefined, or outside the years 0 to 9999
 */
export function formatRfc3339Nano(ms: number | undefined, offsetMinutes = 0): string {
  const localMs = (ms ?? Number.NaN) + offsetMinutes * MINUTE_MS;
  const date = formatDate(localMs);
  if (date === NO_VALUE) return NO_VALUE;
  return `${date}T${formatTime(localMs)}${formatFraction(localMs)}${formatOffset(offsetMinutes)}`;
}

/** `YYYY-MM-DD` in UTC, or `-` as above. */
export function formatDate(ms: number | undefined): string {
  if (!isFormattable(ms)) return NO_VALUE;
  const day = Math.floor(ms / DAY_MS);
  const known = dates.get(day);
  if (known !== undefined) return known;
  if (dates.size >= MAX_DATES) dates.clear();
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
  dates.set(day, date);
  return date;
}

/** `HH:MM:SS` in UTC, or `-` as above. */
export function formatTime(ms: number | undefined): string {
  if (!isFormattable(ms)) return NO_VALUE;
  const seconds = Math.floor(toRemainder(ms, DAY_MS) / 1000);
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const YEAR_0_MS = -62_167_219_200_000;
const YEAR_10000_MS = 253_402_300_800_000;

// Each row has six times, nearly all on the same day.
const dates = new Map<number, string>();
const MAX_DATES = 1000;

function isFormattable(ms: number | undefined): ms is number {
  return ms !== undefined && ms >= YEAR_0_MS && ms < YEAR_10000_MS;
}

function formatFraction(ms: number): string {
  const fraction = Math.floor(toRemainder(ms, 1000));
  return fraction === 0 ? '' : `.${String(fraction).padStart(3, '0').replace(/0+$/, '')}`;
}

function formatOffset(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** Never negative, so that it also works for times before 1970. */
function toRemainder(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}

function pad(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
