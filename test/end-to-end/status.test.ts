/** The status of a running process, asked as an operator would. */
import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { CommandError } from '../../plugin/commands/exit.js';
import { askStatus } from '../../plugin/commands/status/ask-status.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { Plugin } from '../../plugin/plugin.js';
import type { Snapshot } from '../../src/report/snapshot.js';
import { statusAddress } from '../../src/socket-address.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { exampleSnapshot } from '../report/example-snapshot.js';
import {
  type Command,
  cli,
  environment,
  makeFolder,
  run,
  runHere,
  start,
  startProgram,
  writeManifest,
} from './command.js';
import { toRecord } from './flow-logs.js';

const test = anyTest as TestFn<{ kinesis: FakeKinesis }>;

test.before(async (t) => {
  t.context.kinesis = await startFakeKinesis({ clock: Date });
});
test.after.always((t) => t.context.kinesis?.stop());

let streams = 0;

interface Scene {
  readonly folder: string;
  readonly manifest: string;
  readonly checkpoint: string;
}

async function setUp(t: ExecutionContext<{ kinesis: FakeKinesis }>, config: object, path?: string): Promise<Scene> {
  const { kinesis } = t.context;
  const stream = `status-${++streams}`;
  kinesis.createStream(stream, { shards: 2 });
  for (let from = 0; from < 100; from += 10) {
    const { partitionKey, data } = toRecord(`s${from}`, from, from + 10);
    kinesis.put(stream, data, partitionKey);
  }
  const folder = await makeFolder(t);
  const { endpoint, region } = kinesis;
  const checkpoint = path === undefined ? join(folder, 'kinesis-snare.checkpoint.json') : join(folder, path);
  const input = {
    stream,
    endpoint,
    region,
    startAt: 'earliest',
    idleDelayMs: 300,
    checkpoint: { type: 'file', path: checkpoint },
  };
  return { folder, manifest: await writeManifest(folder, { input, ...config }), checkpoint };
}

async function toOutput(t: ExecutionContext): Promise<object> {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  return { output: { type: 'tcp', host: '127.0.0.1', port: receiver.port, rotateMs: 300, confirmHoldMs: 100 } };
}

/** Asks until the condition holds. A process that starts does not answer at first. */
async function askUntil({ manifest }: Scene, isDone: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  const { settings } = loadSettings(manifest);
  for (;;) {
    const snapshot = await askStatus(settings, manifest).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
    });
    if (snapshot && isDone(snapshot)) return snapshot;
    await delay(50);
  }
}

const isDelivered = ({ stats }: Snapshot) => stats.output.delivered.lines === 100;

async function stop({ child, ended }: Command): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}

/** The plugin of a run, in this process; its faults by their codes. */
async function startPlugin(t: ExecutionContext, { manifest }: Scene) {
  Object.assign(process.env, environment);
  const plugin = new Plugin(loadSettings(manifest).settings);
  t.teardown(() => plugin.stop());
  const faults: string[] = [];
  plugin.on('fault', ({ code }) => faults.push(code));
  await plugin.start();
  return { plugin, faults };
}

test('status shows a running process, only to its user, and the counts of all runs', async (t) => {
  const scene = await setUp(t, await toOutput(t));
  const args = ['--manifest', scene.manifest];
  const none = await runHere('status', ...args);
  t.is(none.code, 1);
  t.regex(none.stderr, /No process uses the checkpoint ".*" now; start one with npx kinesis-snare run/);

  const first = start(t, scene.folder, ['run', ...args]);
  const snapshot = await askUntil(scene, isDelivered);
  t.is(snapshot.pid, first.child.pid ?? 0);
  t.is(snapshot.state, 'running');
  t.deepEqual(snapshot.health, { isAlive: true, isReady: true, reasons: [] });
  t.is(snapshot.stats.records, 10);
  t.is(snapshot.ever?.totals.delivered.lines, 100);
  t.is(
    snapshot.timings.arrivalToConfirmation.counts.reduce((sum, number) => sum + number),
    10,
  );
  t.is(
    snapshot.timings.flowEndToConfirmation.counts.reduce((sum, number) => sum + number),
    10,
  );
  t.true(Number(snapshot.stats.awsCalls.GetRecords?.ok) > 0);
  t.is((await stat(statusAddress(scene.checkpoint))).mode & 0o777, 0o600);

  const text = await run(t, scene.folder, ['status', ...args]);
  t.is(text.code, 0, text.stderr);
  t.regex(text.stdout, /running, ready/);
  t.regex(text.stdout, /^delivered +100 +100/m);
  t.regex(text.stdout, /^shardId-000000000001 +reading/m);
  const json = await runHere('status', '--json', ...args);
  t.like(JSON.parse(json.stdout), { pid: first.child.pid, stats: { records: 10 } });
  t.is((await runHere('health', '--ready', ...args)).code, 0);
  await stop(first);

  const { plugin } = await startPlugin(t, scene);
  const later = await askUntil(scene, ({ state }) => state === 'running');
  t.is(later.stats.records, 0);
  t.is(later.ever?.totals.records, 10);
  t.is(later.ever?.totals.rows.AWSVPCFlowLog?.ACCEPT, 100);
  await plugin.stop();
  await t.throwsAsync(stat(statusAddress(scene.checkpoint)), { code: 'ENOENT' });
});

test('a second process does not take the status of the first, which leaves nothing in the way when it is killed', async (t) => {
  const scene = await setUp(t, await toOutput(t));
  const killed = start(t, scene.folder, ['run', '--manifest', scene.manifest]);
  const { pid } = await askUntil(scene, isDelivered);
  const second = await runHere('run', '--manifest', scene.manifest);
  t.is(second.code, 1);
  t.regex(second.stderr, /in use by another process/);
  t.is((await askUntil(scene, () => true)).pid, pid);

  killed.child.kill('SIGKILL');
  await killed.ended;
  t.true((await stat(statusAddress(scene.checkpoint))).isSocket());
  const none = await runHere('health', '--manifest', scene.manifest);
  t.is(none.code, 1);
  t.regex(none.stderr, /No process uses the checkpoint/);
  const { faults } = await startPlugin(t, scene);
  t.is((await askUntil(scene, () => true)).pid, process.pid);
  t.deepEqual(faults, []);
});

test('a path that is too long for a socket has its status in /tmp', async (t) => {
  const scene = await setUp(t, await toOutput(t), `${'a-very-long-name-of-a-folder/'.repeat(4)}checkpoint.json`);
  t.regex(statusAddress(scene.checkpoint), /^\/tmp\/kinesis-snare-[0-9a-f]{16}\.status$/);
  const { plugin } = await startPlugin(t, scene);
  await askUntil(scene, isDelivered);
  await plugin.stop();
  await t.throwsAsync(stat(statusAddress(scene.checkpoint)), { code: 'ENOENT' });
});

test('an output that is away makes a process alive but not ready, with the reason', async (t) => {
  const output = { type: 'tcp', host: '127.0.0.1', port: 1 };
  const metrics = { port: 0, confirmLimitMs: 1000 };
  const scene = await setUp(t, { output, metrics, drainTimeoutMs: 500 });
  await startPlugin(t, scene);
  const waiting = /^100 lines wait for a confirmation of the output, the oldest for \d+ s$/;
  const { faults, health } = await askUntil(scene, ({ health }) => health.reasons.some((text) => waiting.test(text)));
  t.deepEqual({ ...health, reasons: health.reasons.length }, { isAlive: true, isReady: false, reasons: 1 });
  t.deepEqual(
    faults.map(({ code }) => code),
    ['output-unreachable'],
  );
  const ready = await runHere('health', '--ready', '--manifest', scene.manifest);
  t.is(ready.code, 1);
  t.regex(ready.stdout, /^not ready\n100 lines wait/);
  const alive = await runHere('health', '--manifest', scene.manifest);
  t.is(alive.code, 0);
  t.regex(alive.stdout, /^alive\n/);
});

const answers: Readonly<Record<string, { readonly text: string; readonly says: RegExp }>> = {
  'of another version': {
    text: JSON.stringify({ ...exampleSnapshot(), format: 99, version: '9.9.9' }),
    says: /The process has version 9\.9\.9, whose status version \S+ cannot read; use one version for both/,
  },
  'of another version with the same format but without stats': {
    text: JSON.stringify({ format: 1, version: '9.9.9' }),
    says: /The process has version 9\.9\.9, whose status version \S+ cannot read; use one version for both/,
  },
  'that is no status': { text: 'SSH-2.0-OpenSSH_9.2', says: /is not kinesis-snare, or it has just ended/ },
  'without an end of its own': { text: '{"format":1,', says: /is not kinesis-snare, or it has just ended/ },
};

for (const [name, { text, says }] of Object.entries(answers)) {
  test(`an answer ${name} is one clear sentence`, async (t) => {
    const scene = await setUp(t, {});
    const server = createServer((socket) => socket.end(text)).listen(statusAddress(scene.checkpoint));
    t.teardown(() => server.close());
    const { code, stderr } = await runHere('status', '--manifest', scene.manifest);
    t.is(code, 1);
    t.regex(stderr, says);
    t.is(stderr.trim().split('\n').length, 1);
  });
}

test('without prom-client, /metrics says what it requires, and health and flow logs are served', async (t) => {
  const scene = await setUp(t, { ...(await toOutput(t)), metrics: { port: 0 } });
  const hook = `export const resolve = (name, context, next) => {
    if (name === 'prom-client') throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  };`;
  const toUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const removed = toUrl(`import { register } from 'node:module'; register(${JSON.stringify(toUrl(hook))});`);
  const running = startProgram(t, scene.folder, ['--import', removed, cli, 'run', '--manifest', scene.manifest]);
  const { pageUrl } = await askUntil(scene, isDelivered);
  t.is((await fetch(`${pageUrl}healthz`)).status, 200);
  const response = await fetch(`${pageUrl}metrics`);
  t.is(response.status, 501);
  t.regex(await response.text(), /^\/metrics requires the package "prom-client": npm install prom-client/);
  await stop(running);
  t.regex(
    (await running.ended).stderr,
    /\/metrics requires [^,]*, and start again; health and the status page are served\n/,
  );
});

test('what stands in the place of the socket is a fault, and flow logs flow', async (t) => {
  const scene = await setUp(t, { ...(await toOutput(t)), metrics: { port: 0 } });
  await writeFile(statusAddress(scene.checkpoint), 'of somebody');
  const { code, stderr } = await runHere('run', '--once', '--manifest', scene.manifest);
  t.is(code, 0, stderr);
  t.regex(stderr, /The status socket ".*" cannot be opened: another file has its name; move it away/);
  t.regex(stderr, /Metrics, health and the status page are at http:\/\/127\.0\.0\.1:\d+\//);
  t.regex(stderr, /delivered 100 lines/);
});
