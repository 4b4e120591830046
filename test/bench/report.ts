/** The whole report in Markdown: the environment of the run, and a table for each kind of case. */
import { cpus } from 'node:os';
import type { BenchResult, Group } from './bench-case.js';
import { formatComparison } from './comparison.js';
import { formatPromises, listPromises } from './must-show.js';
import { formatReasons } from './reasons.js';
import { formatResults } from './result-tables.js';

export interface BenchReport {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly runs: number;
  readonly seed: number;
  /** Number of other programs that used a processor when the run began. */
  readonly otherLoad: number;
  readonly results: readonly BenchResult[];
}

const titles: Readonly<Record<Exclude<Group, 'other'>, string>> = {
  stage: 'Stages',
  transform: 'Whole transform: a gzip record to lines',
  winston: 'Through Winston, with acknowledgements',
  program: 'Whole program: an HTTP endpoint to a TCP receiver, three processes',
  start: 'Start-up against a warm endpoint',
};

export function formatReport(report: BenchReport): string {
  const { results, otherLoad } = report;
  const promises = listPromises(results);
  const promised = [formatPromises(promises), formatReasons(promises, otherLoad)].filter((part) => part !== '');
  const sections = [
    { title: 'Promised', table: promised.join('\n\n') },
    { title: 'Against the other build', table: formatComparison(results) },
    ...(Object.keys(titles) as (keyof typeof titles)[]).map((group) => ({
      title: titles[group],
      table: formatResults(results, group),
    })),
  ];
  const shown = sections.filter(({ table }) => table !== '').flatMap(({ title, table }) => [`### ${title}`, table]);
  return [describeRun(report), ...shown].join('\n\n');
}

function describeRun({ date, runs, seed, otherLoad }: BenchReport): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const inputs = `medians of ${runs} runs, seed ${seed}, load of other programs ${otherLoad.toFixed(1)}`;
  return `${date}, Node ${process.versions.node}, ${processors.length} x ${model}, ${process.platform}; ${inputs}.`;
}
