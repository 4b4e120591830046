/** The counts that an operator asks for, in this run and in all runs. */
import { sumOf } from '../../../src/report/stats.js';
import type { Totals } from '../../../src/report/totals.js';

export type CountRow = readonly [name: string, now: number, ever: number | undefined];

const rows: readonly (readonly [string, (totals: Totals) => number])[] = [
  ['records', ({ records }) => records],
  ['log events', ({ logEvents }) => logEvents],
  ['delivered', ({ delivered }) => delivered.lines],
  ['sent again', ({ resent }) => resent.lines],
  ['filtered', ({ filtered, ignored }) => filtered + ignored],
  ['unparsed', ({ unparsed, unreadable }) => sumOf(unparsed) + sumOf(unreadable ?? {})],
  ['dead letters', ({ deadLetters }) => sumOf(deadLetters)],
  ['SKIPDATA', ({ logStatus }) => logStatus.SKIPDATA],
  ['losses', ({ dataLosses }) => dataLosses],
  ['faults', ({ faults }) => sumOf(faults)],
];

export function countRows(now: Totals, ever: Totals | undefined): readonly CountRow[] {
  return rows.map(([name, read]) => [name, read(now), ever && read(ever)]);
}
