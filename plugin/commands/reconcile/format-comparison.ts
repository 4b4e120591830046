/** The result of `reconcile` as a table, and as JSON. */
import { formatTime } from '../format-backfill.js';
import { formatColumns, formatHour } from '../format-columns.js';
import type { ComparedHour } from './compare-hours.js';

const columns: readonly (readonly [heading: string, of: (hour: ComparedHour) => number])[] = [
  ['IN CLOUDWATCH', ({ existing }) => existing],
  ['DELIVERED', ({ delivered }) => delivered],
  ['DEAD LETTERS', ({ deadLettered }) => deadLettered],
  ['FILTERED', ({ counted }) => counted.filtered],
  ['UNPARSED', ({ counted }) => counted.unparsed],
  ['SKIPDATA', ({ counted }) => counted.skipData],
  ['MISSING', ({ missing }) => missing],
  ['SURPLUS', ({ surplus }) => surplus],
];
/** The other columns are left out where they are 0 in every hour. */
const alwaysShown: ReadonlySet<string> = new Set(['IN CLOUDWATCH', 'DELIVERED', 'MISSING']);

/** One line for the headings, one for each hour, and one for the sums. */
export function formatHours(hours: readonly ComparedHour[]): string {
  const sum = sumOf(hours);
  const shown = columns.filter(([heading, of]) => alwaysShown.has(heading) || of(sum) !== 0);
  const toRow = (first: string, hour: ComparedHour) => [first, ...shown.map(([, of]) => of(hour).toLocaleString('en'))];
  return formatColumns([
    ['HOUR (UTC)', ...shown.map(([heading]) => heading)],
    ...hours.map((hour) => toRow(formatHour(hour.fromMs), hour)),
    toRow('ALL', sum),
  ]);
}

export function sumOf(hours: readonly ComparedHour[]): ComparedHour {
  const add = (of: (hour: ComparedHour) => number) => hours.reduce((sum, hour) => sum + of(hour), 0);
  return {
    fromMs: hours[0]?.fromMs ?? 0,
    existing: add(({ existing }) => existing),
    counted: {
      events: add(({ counted }) => counted.events),
      deadLettered: add(({ counted }) => counted.deadLettered),
      filtered: add(({ counted }) => counted.filtered),
      unparsed: add(({ counted }) => counted.unparsed),
      skipData: add(({ counted }) => counted.skipData),
    },
    delivered: add(({ delivered }) => delivered),
    deadLettered: add(({ deadLettered }) => deadLettered),
    missing: add(({ missing }) => missing),
    surplus: add(({ surplus }) => surplus),
  };
}

/** In the form of a row of the JSON. */
export function toJson(hour: ComparedHour): object {
  const { fromMs, existing, delivered, deadLettered, counted, missing, surplus } = hour;
  const { filtered, unparsed, skipData } = counted;
  return {
    hour: formatTime(fromMs),
    existing,
    delivered,
    deadLettered,
    filtered,
    unparsed,
    skipData,
    missing,
    surplus,
  };
}
