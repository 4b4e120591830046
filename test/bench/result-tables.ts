/** The results as tables in Markdown. All figures come from the run; none is rounded up. */
import type { BenchResult, Group } from './bench-case.js';

interface Column {
  readonly title: string;
  readonly cell: (result: BenchResult) => string;
}

const flowColumns: readonly Column[] = [
  { title: 'k flows/s', cell: ({ figures }) => number(1e6 / (figures.nsPerFlow ?? Number.NaN)) },
  { title: 'ns a flow', cell: ({ figures }) => number(figures.nsPerFlow) },
];
const cpu: Column = { title: 'CPU ns a flow', cell: ({ figures }) => number(figures.cpuNsPerFlow) };
const plain: Column = { title: 'times plain', cell: ({ ratios }) => ratio(ratios.plain) };
const cpuPlain: Column = { title: 'the same by CPU', cell: ({ cpuRatios }) => ratio(cpuRatios.plain) };
const gunzip: Column = { title: 'of gunzip', cell: ({ ratios }) => share(ratios.gunzip) };
const cpuGunzip: Column = { title: 'the same by CPU', cell: ({ cpuRatios }) => share(cpuRatios.gunzip) };
/** The cliff: the cost of a flow log on other streams, such as odd lines, divided by its cost in records of 2,000 common ones. */
const smooth: Column = { title: 'cost by CPU, times smooth', cell: (result) => ratio(timesSmooth(result)) };
const payload: Column = {
  title: 'MB/s',
  cell: ({ figures: { bytesPerFlow = Number.NaN, nsPerFlow = Number.NaN } }) =>
    number((bytesPerFlow / nsPerFlow) * 1000),
};
const memory: Column = { title: 'peak MB', cell: ({ figures }) => number((figures.peakBytes ?? Number.NaN) / 1e6) };
const base: Column = {
  title: 'of it input and code',
  cell: ({ figures }) => number((figures.baseBytes ?? Number.NaN) / 1e6),
};

const columnsOf: Readonly<Record<Exclude<Group, 'other'>, readonly Column[]>> = {
  stage: [...flowColumns, cpu, payload, plain, cpuPlain, gunzip, cpuGunzip, memory, base],
  transform: [...flowColumns, cpu, smooth, payload, plain, cpuPlain, gunzip, cpuGunzip, memory, base],
  winston: [
    ...flowColumns,
    cpu,
    smooth,
    { title: 'of its ceiling', cell: ({ ratios }) => share(ratios.ceiling) },
    plain,
    memory,
  ],
  program: [
    ...flowColumns,
    cpu,
    smooth,
    plain,
    { title: 'of gunzip by CPU', cell: ({ cpuRatios }) => share(cpuRatios.gunzip) },
    { title: "of AWS' limit", cell: ({ figures }) => share(figures.limitShare) },
    memory,
  ],
  start: [
    { title: 'first row, ms', cell: ({ figures }) => number(figures.firstRowMs) },
    { title: 'end, ms', cell: ({ figures }) => number(figures.endMs) },
  ],
};

/** The table of a group; empty if no case of the group was measured. */
export function formatResults(results: readonly BenchResult[], group: keyof typeof columnsOf): string {
  const rows = results.filter((result) => result.group === group);
  if (rows.length === 0) return '';
  const columns = columnsOf[group];
  return formatTable([
    ['', ...columns.map(({ title }) => title)],
    ...rows.map((row) => [row.name, ...columns.map(({ cell }) => cell(row))]),
  ]);
}

/** The first row is the header; the first column contains text. */
export function formatTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The ratios of a result are of speeds, this is of costs. */
export function timesSmooth(result: BenchResult | undefined): number | undefined {
  const speed = result?.cpuRatios.smooth;
  return speed === undefined ? undefined : 1 / speed;
}

/** At least three significant digits; a dash if there is no value. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

export function ratio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
}

export function share(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : `${Math.floor(value * 100)} %`;
}
