/** The results of this build beside those of another checkout, measured in turns. */
import type { BenchCase, BenchResult } from './bench-case.js';
import { formatTable, number, ratio } from './result-tables.js';

/** A figure may be worse by this share without a note, because runs differ by about as much. */
const tolerance = 0.05;

/** Adds a case of the other build to each case that it can measure, right behind it. */
export function pairCases(own: readonly BenchCase[], others: readonly BenchCase[]): readonly BenchCase[] {
  const byName = new Map(others.map((benchCase) => [benchCase.name, benchCase]));
  return own.flatMap((benchCase): readonly BenchCase[] => {
    const other = byName.get(benchCase.name);
    if (!other) return [benchCase];
    const name = otherName(benchCase.name);
    const turnsWith = benchCase.turnsWith ?? benchCase.name;
    return [
      { ...benchCase, turnsWith, against: { ...benchCase.against, other: name } },
      { ...other, turnsWith, name, group: 'other', against: {} },
    ];
  });
}

/** Empty if nothing was compared. */
export function formatComparison(results: readonly BenchResult[]): string {
  const byName = new Map(results.map((result) => [result.name, result]));
  const rows = results.flatMap((own) => {
    const other = byName.get(otherName(own.name));
    return other ? [toRow(own, other)] : [];
  });
  if (rows.length === 0) return '';
  return formatTable([['', 'CPU ns a flow', 'of the other', 'times its cost', 'peak MB', 'of the other', ''], ...rows]);
}

const otherName = (name: string) => `${name}, other build`;

/** The ratios of a result are of speeds. A start has no flow logs to divide by, so the time to its first row counts. */
function toRow(own: BenchResult, other: BenchResult): readonly string[] {
  const speed = own.cpuRatios.other ?? Number.NaN;
  const starts = [own, other].map(({ figures }) => figures.firstRowMs ?? Number.NaN) as [number, number];
  const cost = Number.isFinite(speed) ? 1 / speed : starts[0] / starts[1];
  const figures = [own, other].map(({ figures: { cpuNsPerFlow, firstRowMs } }) =>
    cpuNsPerFlow === undefined ? `${number(firstRowMs)} ms` : number(cpuNsPerFlow),
  );
  const peaks = [own, other].map((result) => number((result.figures.peakBytes ?? Number.NaN) / 1e6));
  return [own.name, ...figures, ratio(cost), ...peaks, cost > 1 + tolerance ? 'SLOWER' : ''];
}
