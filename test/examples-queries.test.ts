/** The queries of the examples for Prometheus and Grafana ask for metrics and labels that a running plugin has. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { Registry } from 'prom-client';
import { registerMetrics } from '../plugin/monitor/register-metrics.js';
import { Counters } from '../src/report/stats.js';
import { Timings } from '../src/report/timings.js';
import { exampleSnapshot, exampleStats } from './report/example-snapshot.js';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

const dashboard = JSON.parse(readFileSync('examples/grafana-dashboard.json', 'utf8')) as Dashboard;
const rules = readFileSync('examples/prometheus-rules.yml', 'utf8');
const alerts = [...rules.matchAll(/^ {8}expr: (.*)$/gm)].map(([, expr = '']) => expr);

/** Each series by its name, with the names of its labels; a plugin that has counted one of everything. */
async function readSeries(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const counters = new Counters();
  counters.countFault({ stage: 'read', code: 'throttled' });
  counters.countCall('GetRecords', 'ok');
  const one = { some: 1 };
  const timings = new Timings(() => 0);
  timings.callEnded('GetRecords', 1);
  const { faultsByStage, awsCalls } = counters;
  const stats = exampleStats({ faultsByStage, awsCalls, rows: { T: one }, unparsed: one, deadLetters: one });
  const registry = new Registry();
  registerMetrics(registry, () => exampleSnapshot({ stats, timings: timings.read() }));
  const series = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of (await registry.metrics()).matchAll(/^(kinesis_snare_\w+)\{(.*)\} \S+$/gm)) {
    const known = series.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    series.set(name, known);
  }
  return series;
}

/** What is wrong with a query; undefined if nothing is. */
function findFault(query: string, series: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  const names = [...query.matchAll(/kinesis_snare_\w+/g)].map(([name]) => name);
  if (names.length === 0 && !/^up\{/.test(query)) return 'asks for no metric';
  const unknown = names.find((name) => !series.has(name));
  if (unknown !== undefined) return `there is no ${unknown}`;
  const labels = new Set(names.flatMap((name) => [...(series.get(name) ?? [])]));
  const used = [
    ...[...query.matchAll(/by \(([\w, ]+)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
    ...[...query.matchAll(/[{,] *(\w+)(?:=|!=|=~)"/g)].map(([, label = '']) => label),
  ];
  const missing = names.length > 0 && used.find((label) => !labels.has(label));
  return missing ? `there is no label ${missing}` : undefined;
}

test('every query of the dashboard and of the alert rules has what it asks for', async (t) => {
  const series = await readSeries();
  const queries = [...alerts, ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))];
  t.true(alerts.length > 10 && queries.length > 30);
  for (const query of queries) t.is(findFault(query, series), undefined, query);
  // A query that asks for what is not there is found.
  t.is(findFault('kinesis_snare_nothing_total', series), 'there is no kinesis_snare_nothing_total');
  t.is(findFault('sum by (shard) (kinesis_snare_records_total)', series), 'there is no label shard');
});

test('legends and texts name labels that their queries have', async (t) => {
  for (const { title, targets } of dashboard.panels) {
    for (const { expr, legendFormat } of targets) {
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        const grouped = /^(?:\w+ by|topk|histogram_quantile)/.test(expr) && /by \(([\w, ]+)\)/.exec(expr)?.[1];
        t.true(!grouped || grouped.split(/, */).includes(label), `${title}: ${label}`);
      }
    }
  }
  t.is(dashboard.templating.list[0]?.query, 'label_values(kinesis_snare_ready, stream)');
});
