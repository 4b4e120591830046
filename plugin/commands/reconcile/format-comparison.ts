/** The result of `reconcile` as a table, and as JSON. */
import { formatTime } from '../format-backfill.js';
import { formatColumns, formatHour } from '../format-columns.js';
import type { ComparedHour } from './compare-hours.js';

const columns: readonly (readonly [heading: string, cell: (hour: ComparedHour) => string])[] = [
  ['HOUR (UTC)', ({ fromMs }) => formatHour(fromMs)],
  ['IN CLOUDWATCH', ({ existing }) => number(existing)],
  ['DELIVERED', ({ delivered }) => number(delivered)],
  ['DEAD LETTERS', ({ deadLettered }) => number(deadLettered)],
  ['FILTERED', ({ counted }) => number(counted.filtered)],
  ['UNPARSED', ({ counted }) => number(counted.unparsed)],
  ['SKIPDATA', ({ counted }) => number(counted.skipData)],
  ['MISSING', ({ missing }) => number(missing)],
  ['SURPLUS', ({ surplus }) => number(surplus)],
];

/** One line for the headings, one for each hour, and one for the sums. */
export function formatHours(hours: readonly ComparedHour[]): string {
  const rows = [
    columns.map(([heading]) => heading),
    ...hours.map((hour) => columns.map(([, cell]) => cell(hour))),
    columns.map(([, cell], index) => (index === 0 ? 'ALL' : cell(sumOf(hours)))),
  ];
  return formatColumns(rows);
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

function number(value: number): string {
  return value.toLocaleString('en');
}
