/** The counts that an operator asks for, in this run and in all runs. */
import { sumOf } from '../../../src/report/stats.js';
import type { Totals } from '../../../src/report/totals.js';

export type CountRow = readonly [name: string, now: number, ever: number | undefined];

/** Of log groups that the settings do not name; most settings name none. */
const ignoredRow = 'ignored';

const rows: readonly (readonly [string, (totals: Totals) => number])[] = [
  ['records', ({ records }) => records],
  ['log events', ({ logEvents }) => logEvents],
  ['delivered', ({ delivered }) => delivered.lines],
  ['sent again', ({ resent }) => resent.lines],
  ['filtered', ({ filtered }) => filtered],
  [ignoredRow, ({ ignored }) => ignored],
  ['unparsed', ({ unparsed, unreadable }) => sumOf(unparsed) + sumOf(unreadable ?? {})],
  ['dead letters', ({ deadLetters }) => sumOf(deadLetters)],
  ['SKIPDATA', ({ logStatus }) => logStatus.SKIPDATA],
  ['losses', ({ dataLosses }) => dataLosses],
  ['faults', ({ faults }) => sumOf(faults)],
];

export function countRows(now: Totals, ever: Totals | undefined): readonly CountRow[] {
  return rows
    .map(([name, read]): CountRow => [name, read(now), ever && read(ever)])
    .filter(([name, count, always]) => name !== ignoredRow || count > 0 || Number(always) > 0);
}
