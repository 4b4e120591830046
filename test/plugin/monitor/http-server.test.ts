/** What is served over HTTP, to whom. */
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { Registry } from 'prom-client';
import { redact } from '../../../plugin/manifest/manifest.js';
import { HttpServer } from '../../../plugin/monitor/http-server.js';
import { registerMetrics } from '../../../plugin/monitor/register-metrics.js';
import type { ReportedFault } from '../../../src/faults.js';
import { metricSources } from '../../../src/report/metrics.js';
import type { Snapshot } from '../../../src/report/snapshot.js';
import { noOutput } from '../../../src/report/stats.js';
import { settingsSchema } from '../../../src/settings/settings.js';
import { exampleShard, exampleSnapshot, exampleStats } from '../../report/example-snapshot.js';

interface Scene {
  readonly server: HttpServer;
  readonly faults: ReportedFault[];
  readonly recovered: string[];
}

async function setUp(t: ExecutionContext, metrics: object = {}, snapshot: Partial<Snapshot> = {}): Promise<Scene> {
  const settings = settingsSchema.parse({
    input: { stream: 's', proxy: 'http://user:secret@127.0.0.1:1' },
    metrics: { port: 0, ...metrics },
  });
  const faults: ReportedFault[] = [];
  const recovered: string[] = [];
  const server = new HttpServer({
    shown: redact(settings),
    metrics: settings.metrics as never,
    monitor: { snapshot: () => exampleSnapshot(snapshot), history: () => [] },
    onFault: (fault) => faults.push(fault),
    onRecovery: ({ stage }) => recovered.push(stage),
  });
  t.teardown(() => server.close());
  await server.keep();
  return { server, faults, recovered };
}

interface Got {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function get(
  { server }: Scene,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Got> {
  const asked = request(new URL(path, server.url), { headers, method, agent: false }).end();
  const [response] = await once(asked, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test('/healthz and /readyz say in their status whether it works, and in their body why not', async (t) => {
  const good = await setUp(t);
  t.is((await get(good, '/healthz')).status, 200);
  t.is((await get(good, '/readyz')).status, 200);
  const failed = await setUp(t, {}, { state: 'failed' });
  t.is((await get(failed, '/healthz')).status, 503);
  const starting = await setUp(t, {}, { state: 'starting' });
  t.is((await get(starting, '/healthz')).status, 200);
  const { status, body, headers } = await get(starting, '/readyz');
  t.is(status, 503);
  t.is(headers['content-type'], 'application/json');
  t.deepEqual(JSON.parse(body), {
    status: 'failing',
    state: 'starting',
    version: '0.1.0',
    reasons: ['The start is not complete'],
  });
});

test('/metrics answers in the format that the client asks for, each time', async (t) => {
  const scene = await setUp(t);
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
  for (let round = 0; round < 2; round++) {
    const plain = await get(scene, '/metrics');
    t.regex(String(plain.headers['content-type']), /^text\/plain; version=0\.0\.4/);
    t.regex(
      plain.body,
      /^# TYPE kinesis_snare_records_total counter\nkinesis_snare_records_total\{stream="vpc-flow-logs"\} 0$/m,
    );
    const open = await get(scene, '/metrics', { accept });
    t.regex(String(open.headers['content-type']), /^application\/openmetrics-text; version=1\.0\.0/);
    t.regex(
      open.body,
      /^# TYPE kinesis_snare_records counter\nkinesis_snare_records_total\{stream="vpc-flow-logs"\} 0$/m,
    );
    t.true(open.body.endsWith('# EOF\n'));
  }
});

const withSum = (sumSeconds: number) => ({ bounds: [0.5, 60], counts: [2, 3, 4], sumSeconds });
const measured = exampleSnapshot({
  stream: 's',
  startedMs: 1_799_999_909_500,
  stats: exampleStats({
    leases: { own: 2, foreign: 3, free: 4, workers: 5 },
    shards: {
      late: { ...exampleShard, lagMs: 7250, readAgeMs: 1500, ackedAgeMs: 90_000, unacknowledged: 6, isStalled: true },
      new: { ...exampleShard, lagMs: undefined, readAgeMs: undefined, ackedAgeMs: undefined },
      last: { ...exampleShard, state: 'draining', readAgeMs: undefined, ackedAgeMs: undefined },
      past: { ...exampleShard, state: 'ended' },
    },
    output: {
      ...noOutput,
      isConnected: true,
      buffered: { lines: 11, bytes: 0 },
      maxBufferedLines: 12,
      memory: { bytes: 13, maxBytes: 14 },
      confirmedAgeMs: 2500,
      oldestAgeMs: 3500,
    },
  }),
  readMemory: { bytes: 15, maxBytes: 16 },
  faults: [{ stage: 'deliver', code: 'c', message: 'm', shardId: undefined, ageMs: 1 }],
  timings: {
    arrivalToConfirmation: withSum(301.25),
    flowEndToConfirmation: withSum(302.5),
    awsCalls: { GetRecords: withSum(303.75) },
  },
});
const histogramSamples = (name: string, labels: string, sumSeconds: number) => [
  `${name}_bucket{${labels},le="0.5"} 2`,
  `${name}_bucket{${labels},le="60"} 5`,
  `${name}_bucket{${labels},le="+Inf"} 9`,
  `${name}_sum{${labels}} ${sumSeconds}`,
  `${name}_count{${labels}} 9`,
];
/** Every sample that is not of a counter, without the prefix. Counters are compared with `stats()`. */
const expectedSamples = [
  'build_info{stream="s",version="0.1.0"} 1',
  'start_time_seconds{stream="s"} 1799999909.5',
  'ready{stream="s"} 0',
  'alive{stream="s"} 1',
  'output_connected{stream="s"} 1',
  'shards{stream="s",state="waiting"} 0',
  'shards{stream="s",state="reading"} 2',
  'shards{stream="s",state="draining"} 1',
  'shards{stream="s",state="ended"} 1',
  'leases{stream="s",reader="own"} 2',
  'leases{stream="s",reader="foreign"} 3',
  'leases{stream="s",reader="none"} 4',
  'shards_stalled{stream="s"} 1',
  'shard_lag_seconds{stream="s",shard="late"} 7.25',
  'shard_lag_seconds{stream="s",shard="last"} 0',
  'shard_read_age_seconds{stream="s",shard="late"} 1.5',
  'shard_acknowledged_age_seconds{stream="s",shard="late"} 90',
  'shard_unacknowledged_records{stream="s",shard="late"} 6',
  'shard_unacknowledged_records{stream="s",shard="new"} 0',
  'shard_unacknowledged_records{stream="s",shard="last"} 0',
  'oldest_unconfirmed_age_seconds{stream="s"} 3.5',
  'last_confirmation_age_seconds{stream="s"} 2.5',
  'buffered_lines{stream="s"} 11',
  'buffered_lines_limit{stream="s"} 12',
  'buffered_bytes{stream="s"} 13',
  'buffered_bytes_limit{stream="s"} 14',
  'read_buffer_bytes{stream="s"} 15',
  'read_buffer_bytes_limit{stream="s"} 16',
  'faults_in_force{stream="s"} 1',
  ...histogramSamples('arrival_to_confirmation_seconds', 'stream="s"', 301.25),
  ...histogramSamples('flow_end_to_confirmation_seconds', 'stream="s"', 302.5),
  ...histogramSamples('aws_call_duration_seconds', 'stream="s",operation="GetRecords"', 303.75),
];

for (const format of ['text/plain', 'application/openmetrics-text']) {
  test(`gauges and histograms have the numbers of the snapshot, times in seconds, as ${format}`, async (t) => {
    const { body } = await get(await setUp(t, {}, measured), '/metrics', { accept: format });
    const samples = body.matchAll(/^kinesis_snare_(?!\w+_total\b)(.+)$/gm);
    t.deepEqual(
      Array.from(samples, ([, sample]) => sample),
      expectedSamples,
    );
  });
}

test('every metric has a value or a label, and a name of its own', async (t) => {
  t.is(new Set(metricSources.map(({ name }) => name)).size, metricSources.length);
  for (const { name, type } of metricSources) t.is(/_total$/.test(name), type === 'counter', name);
});

test('a registry of the host has the metrics of two plugins, each by its stream, and once', async (t) => {
  const registry = new Registry();
  const take = (stream: string, records: number) => () => exampleSnapshot({ stream, stats: exampleStats({ records }) });
  const first = take('arn:aws:kinesis:us-east-1:123456789012:stream/first', 3);
  registerMetrics(registry, first);
  registerMetrics(registry, take('second', 4));
  registerMetrics(registry, first);
  const { values } = (await registry.getSingleMetric('kinesis_snare_records_total')?.get()) ?? { values: [] };
  t.deepEqual(values as unknown[], [
    { labels: { stream: 'first' }, value: 3 },
    { labels: { stream: 'second' }, value: 4 },
  ]);
});

test('all metrics of one reading are of one snapshot', async (t) => {
  let taken = 0;
  const registry = new Registry();
  registerMetrics(registry, () => {
    taken++;
    return exampleSnapshot();
  });
  const before = taken;
  await registry.metrics();
  t.is(taken, before + 1);
  await registry.metrics();
  t.is(taken, before + 2);
});

test('no other method, path or name of this machine gets an answer', async (t) => {
  const scene = await setUp(t);
  t.is((await get(scene, '/', {}, 'POST')).status, 405);
  t.is((await get(scene, '/favicon.ico')).status, 404);
  t.is((await get(scene, '/../etc/passwd')).status, 404);
  // A page of a browser on this machine, under a name that leads to the loopback.
  t.is((await get(scene, '/', { host: 'attacker.example' })).status, 421);
  t.is((await get(scene, '/', { host: 'localhost:9464' })).status, 200);
  const { body, headers } = await get(scene, '/', {}, 'HEAD');
  t.is(body, '');
  t.true(Number(headers['content-length']) > 1000);
});

test('the page has a strict policy, no secret, and nothing of another host', async (t) => {
  const scene = await setUp(t);
  const { body, headers } = await get(scene, '/');
  t.regex(
    String(headers['content-security-policy']),
    /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; connect-src 'self'/,
  );
  t.is(headers['x-content-type-options'], 'nosniff');
  t.notRegex(body, /secret@|https?:\/\/(?!127\.0\.0\.1|user)[^"'\s<]*\.(?:com|org|net|io)/);
  t.regex(body, /&quot;stream&quot;: &quot;s&quot;/);
});

const hostile = '</td><script>alert(1)</script><img src=x onerror=alert(2)>"\'&\u202e';

test('no text from outside becomes markup', async (t) => {
  const event = { atMs: 0, level: 'warn', message: hostile } as const;
  const fault = { stage: 'read', code: hostile, message: hostile, shardId: hostile, ageMs: 0 } as const;
  const [shard] = Object.values(exampleStats().shards);
  const stats = exampleStats({ shards: { [hostile]: shard as never } });
  const scene = await setUp(t, {}, { stream: hostile, output: hostile, events: [event], faults: [fault], stats });
  const { body } = await get(scene, '/');
  t.is(body.match(/<script>/g)?.length, 1);
  t.notRegex(body, /<img|\u202e/);
  t.true(body.split('&lt;script&gt;alert(1)').length > 5);
});

test('a fault that several shards have is one row of the page', async (t) => {
  const fault = { stage: 'read', code: 'transient', message: 'm' } as const;
  const faults = ['a', 'b'].map((shardId) => ({ ...fault, shardId, ageMs: 19_000 }));
  const { body } = await get(await setUp(t, {}, { faults }), '/');
  t.deepEqual(body.match(/transient.*?<\/tr>/g), ['transient, 2 shards</td><td>19 s</td><td>m</td></tr>']);
});

test('an address that other machines reach requires allowRemote', async (t) => {
  const refused = await setUp(t, { host: '0.0.0.0' });
  t.is(refused.server.url, undefined);
  t.is(refused.faults.length, 1);
  t.regex(
    refused.faults[0]?.message ?? '',
    /not served on "0\.0\.0\.0", which other machines can reach .*metrics\.allowRemote to true$/,
  );
  // It is said once and not tried again, so it is in force until the end.
  await refused.server.keep();
  t.is(refused.faults.length, 1);
  t.truthy(refused.faults[0]?.operation);
  const allowed = await setUp(t, { host: '0.0.0.0', allowRemote: true });
  t.deepEqual(allowed.faults, []);
  t.is((await get(allowed, '/healthz', { host: 'any.name' })).status, 200);
});

test('a port in use is a fault, and taken as soon as it is free', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const scene = await setUp(t, { port });
  t.deepEqual(
    scene.faults.map(({ code, stage }) => [code, stage]),
    [['metrics-not-served', 'report']],
  );
  t.regex(
    scene.faults[0]?.message ?? '',
    new RegExp(`served on 127\\.0\\.0\\.1:${port}, and this is retried: .*EADDRINUSE`),
  );
  other.close();
  await once(other, 'close');
  await scene.server.keep();
  t.deepEqual(scene.recovered, ['report']);
  t.is((await get(scene, '/healthz')).status, 200);
});

test('a client that does not read, and one that says nothing, do not hold up a close', async (t) => {
  const { server } = await setUp(t);
  const { port, hostname } = new URL(server.url ?? '');
  const silent = connect(Number(port), hostname);
  const deaf = connect(Number(port), hostname);
  await Promise.all([once(silent, 'connect'), once(deaf, 'connect')]);
  deaf.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(50));
  for (const socket of [silent, deaf]) socket.on('error', () => {});
  await server.close();
  t.is(server.url, undefined);
  for (const socket of [silent, deaf]) socket.destroy();
});
