/** The queries of the examples for Prometheus and Grafana ask for metrics, labels and values that a running plugin has. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Registry } from 'prom-client';
import { readPage } from './docs/markdown.js';
import { startBusyPlugin } from './plugin/monitor/busy-plugin.js';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

const dashboard = JSON.parse(readFileSync('examples/grafana-dashboard.json', 'utf8')) as Dashboard;
const alerts = readFileSync('examples/prometheus-rules.yml', 'utf8')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({
    name: text.slice(0, text.indexOf('\n')),
    expr: /^ {8}expr: (.*)$/m.exec(text)?.[1] ?? '',
    forTime: /^ {8}for: (.*)$/m.exec(text)?.[1] ?? '0',
    severity: /severity: (\w+)/.exec(text)?.[1] ?? '',
  }));
const queries = [...alerts, ...dashboard.panels.flatMap(({ targets }) => targets)].map(({ expr }) => expr);

/** Each series by its name, with the values of its labels. */
type Series = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

function toSeries(text: string): Series {
  const series = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^(kinesis_snare_\w+)\{(.*)\} \S+$/gm)) {
    const known = series.get(name) ?? new Map<string, Set<string>>();
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value));
    series.set(name, known);
  }
  return series;
}

/** What is wrong with a query; undefined if nothing is. */
function findFault(query: string, series: Series): string | undefined {
  const names = [...query.matchAll(/kinesis_snare_\w+/g)].map(([name]) => name);
  if (names.length === 0 && !/^up\{/.test(query)) return 'asks for no metric';
  const unknown = names.find((name) => !series.has(name));
  if (unknown !== undefined) return `there is no ${unknown}`;
  const labels = new Set(names.flatMap((name) => [...(series.get(name)?.keys() ?? [])]));
  const used = [
    ...[...query.matchAll(/by \(([\w, ]+)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
    ...[...query.matchAll(/[{,] *(\w+)(?:=|!=|=~)"/g)].map(([, label = '']) => label),
  ];
  const missing = names.length > 0 && used.find((label) => !labels.has(label));
  return missing ? `there is no label ${missing}` : undefined;
}

test('every query of the dashboard and of the alert rules has what it asks for', async (t) => {
  const registry = new Registry();
  (await startBusyPlugin(t)).collectMetrics(registry);
  const series = toSeries(await registry.metrics());
  t.true(alerts.length > 10 && queries.length > 30);
  for (const query of queries) t.is(findFault(query, series), undefined, query);
  // A query that asks for what is not there is found.
  t.is(findFault('kinesis_snare_nothing_total', series), 'there is no kinesis_snare_nothing_total');
  t.is(findFault('sum by (shard) (kinesis_snare_records_total)', series), 'there is no label shard');
  const statuses = series.get('kinesis_snare_log_status_total')?.get('status');
  t.deepEqual(
    valuesOf('status').filter((value) => !statuses?.has(value)),
    [],
  );
});

/** The values of a label that queries name, each once; a regular expression counts as one. */
function valuesOf(label: string): readonly string[] {
  const matches = queries.flatMap((query) => [
    ...query.matchAll(new RegExp(`[{,] *${label}(?:=|!=|=~)"([^"]*)"`, 'g')),
  ]);
  return [...new Set(matches.map(([, value = '']) => value))];
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'))
  .join('\n');

test('queries name no other label with a value than those whose values are tested here', (t) => {
  const labels = queries.flatMap((query) => [...query.matchAll(/[{,] *(\w+)(?:=|!=|=~)"/g)].map(([, label]) => label));
  t.deepEqual([...new Set(labels)].toSorted(), ['code', 'job', 'result', 'status', 'stream']);
});

test('every code of a fault in a query is one of the program', (t) => {
  const codes = valuesOf('code').flatMap((value) => value.split('|'));
  t.true(codes.length > 0);
  for (const code of codes) t.true(sources.includes(`code: '${code}'`), code);
});

test('the results of calls that are taken for throttling are the errors with which AWS throttles, and no others', (t) => {
  const kinds = [
    ...sources.matchAll(/^ {2}(\w+): '(throttled|transient|not-found|refused|no-credentials|invalid)',$/gm),
  ];
  const [given = '', ...others] = valuesOf('result');
  t.deepEqual(others, []);
  // As Prometheus does, which matches the whole value.
  const pattern = new RegExp(`^(?:${given})$`);
  t.true(kinds.filter(([, , kind]) => kind === 'throttled').length > 3 && kinds.length > 20);
  for (const [, name = '', kind] of [...kinds, ['', 'ok'], ['', 'aborted']])
    t.is(pattern.test(name), kind === 'throttled', name);
});

const howSoon: Readonly<Record<string, string>> = {
  critical: 'at once',
  warning: 'within an hour',
  info: 'on the next day',
};

test('the table of alerts in docs/operations.md has every rule, with its time, its metrics, its codes and its severity', (t) => {
  const { text } = readPage('docs/operations.md');
  const section = text.slice(text.indexOf('## Alerts'), text.indexOf('## Files'));
  const rows = (section.match(/^\| `.*$/gm) ?? []).map((row) =>
    row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')),
  );
  const wordsOf = (cell = '') => [...cell.matchAll(/`([\w-]+)`/g)].map(([, word = '']) => word);
  t.deepEqual(
    rows.map(([name = '', , forTime, , soon]) => [`KinesisSnare${wordsOf(name)[0]}`, forTime, soon]).toSorted(),
    alerts.map(({ name, forTime, severity }) => [name, forTime, howSoon[severity]]).toSorted(),
  );
  for (const [rule = '', , , asked = ''] of rows) {
    const { expr } = alerts.find(({ name }) => name === `KinesisSnare${wordsOf(rule)[0]}`) ?? { expr: '' };
    const [metrics = '', codes = ''] = asked.split(';');
    const used = [...expr.matchAll(/kinesis_snare_(\w+)|^up/g)].map(([all, name]) => name ?? all);
    // An alert that compares with the time before may take its zero from another metric.
    const own = used.filter((name) => !expr.includes(`0 * kinesis_snare_${name}`));
    t.deepEqual(wordsOf(metrics).toSorted(), [...new Set(own)].toSorted(), rule);
    const asCode = [...expr.matchAll(/code=~"([^"]*)"/g)].flatMap(([, value = '']) => value.split('|'));
    t.deepEqual(
      [...asCode, ...wordsOf(codes)].filter((code) => !wordsOf(codes).includes(code) || !sources.includes(`'${code}'`)),
      [],
    );
  }
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
