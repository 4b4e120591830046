/** The counts that an operator asks for, in this run and in all runs. */
import type { Totals } from '../../../src/report/totals.js';

export type CountRow = readonly [name: string, now: number, ever: number | undefined];

type Numbers = Readonly<Record<string, number>>;

const sum = (numbers: Numbers) => Object.values(numbers).reduce((total, number) => total + number, 0);

const rows: readonly (readonly [string, (totals: Totals) => number])[] = [
  ['records', ({ records }) => records],
  ['log events', ({ logEvents }) => logEvents],
  ['delivered', ({ delivered }) => delivered.lines],
  ['sent again', ({ resent }) => resent.lines],
  ['filtered', ({ filtered, ignored }) => filtered + ignored],
  ['unparsed', ({ unparsed, unreadable }) => sum(unparsed) + sum(unreadable ?? {})],
  ['dead letters', ({ deadLetters }) => sum(deadLetters)],
  ['SKIPDATA', ({ logStatus }) => logStatus.SKIPDATA],
  ['losses', ({ dataLosses }) => dataLosses],
  ['faults', ({ faults }) => sum(faults)],
];

export function countRows(now: Totals, ever: Totals | undefined): readonly CountRow[] {
  return rows.map(([name, read]) => [name, read(now), ever && read(ever)]);
}
