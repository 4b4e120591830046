/** The status of a running process, asked as an operator would. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { Snapshot } from '../../src/report/snapshot.js';
import { statusAddress } from '../../src/socket-address.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { type Command, environment, makeFolder, run, start, writeManifest } from './command.js';
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

/** Asks until the condition holds. */
async function askUntil(
  t: ExecutionContext,
  { folder, manifest }: Scene,
  isDone: (snapshot: Snapshot) => boolean,
): Promise<Snapshot> {
  for (;;) {
    const { code, stdout } = await run(t, folder, ['status', '--json', '--manifest', manifest]);
    const snapshot = code === 0 ? (JSON.parse(stdout) as Snapshot) : undefined;
    if (snapshot && isDone(snapshot)) return snapshot;
    await delay(100);
  }
}

const isDelivered = ({ stats }: Snapshot) => stats.output.delivered.lines === 100;

async function stop({ child, ended }: Command): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}

test('status shows a running process, only to its user, and the counts of all runs', async (t) => {
  const scene = await setUp(t, await toOutput(t));
  const args = ['--manifest', scene.manifest];
  const none = await run(t, scene.folder, ['status', ...args]);
  t.is(none.code, 1);
  t.regex(none.stderr, /No process uses the checkpoint ".*" now; start one with kinesis-snare run/);

  const first = start(t, scene.folder, ['run', ...args]);
  const snapshot = await askUntil(t, scene, isDelivered);
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
  t.is((await run(t, scene.folder, ['health', '--ready', ...args])).code, 0);
  await stop(first);

  const second = start(t, scene.folder, ['run', ...args]);
  const later = await askUntil(t, scene, ({ state, ever }) => state === 'running' && ever !== undefined);
  t.is(later.stats.records, 0);
  t.is(later.ever?.totals.records, 10);
  t.is(later.ever?.totals.rows.AWSVPCFlowLog?.ACCEPT, 100);
  await stop(second);
  await t.throwsAsync(stat(statusAddress(scene.checkpoint)), { code: 'ENOENT' });
});

test('a process that was killed leaves nothing in the way of the next one', async (t) => {
  const scene = await setUp(t, await toOutput(t));
  const killed = start(t, scene.folder, ['run', '--manifest', scene.manifest]);
  await askUntil(t, scene, isDelivered);
  killed.child.kill('SIGKILL');
  await killed.ended;
  t.true((await stat(statusAddress(scene.checkpoint))).isSocket());
  const none = await run(t, scene.folder, ['health', '--manifest', scene.manifest]);
  t.is(none.code, 1);
  t.regex(none.stderr, /No process uses the checkpoint/);
  const next = start(t, scene.folder, ['run', '--manifest', scene.manifest]);
  await askUntil(t, scene, ({ state }) => state === 'running');
  t.notRegex(next.stderr(), /status-not-served|cannot be opened/);
  await stop(next);
});

test('a second process on the checkpoint does not take the status from the first', async (t) => {
  const scene = await setUp(t, await toOutput(t));
  const first = start(t, scene.folder, ['run', '--manifest', scene.manifest]);
  const { pid } = await askUntil(t, scene, isDelivered);
  const { code, stderr } = await run(t, scene.folder, ['run', '--manifest', scene.manifest]);
  t.is(code, 1);
  t.regex(stderr, /in use by another process/);
  t.is((await askUntil(t, scene, () => true)).pid, pid);
  await stop(first);
});

test('a path that is too long for a socket has its status in /tmp', async (t) => {
  const scene = await setUp(t, await toOutput(t), `${'a-very-long-name-of-a-folder/'.repeat(4)}checkpoint.json`);
  t.regex(statusAddress(scene.checkpoint), /^\/tmp\/kinesis-snare-[0-9a-f]{16}\.status$/);
  const command = start(t, scene.folder, ['run', '--manifest', scene.manifest]);
  await askUntil(t, scene, isDelivered);
  await stop(command);
  await t.throwsAsync(stat(statusAddress(scene.checkpoint)), { code: 'ENOENT' });
});

test('an output that is away makes a process alive but not ready, with the reason', async (t) => {
  const output = { type: 'tcp', host: '127.0.0.1', port: 1 };
  const metrics = { port: 0, confirmLimitMs: 1000 };
  const scene = await setUp(t, { output, metrics, drainTimeoutMs: 500 });
  const command = start(t, scene.folder, ['run', '--manifest', scene.manifest]);
  const waiting = /^100 lines wait for a confirmation of the output, the oldest for \d+ s$/;
  const { faults, health } = await askUntil(t, scene, ({ health }) =>
    health.reasons.some((text) => waiting.test(text)),
  );
  t.deepEqual({ ...health, reasons: health.reasons.length }, { isAlive: true, isReady: false, reasons: 1 });
  t.deepEqual(
    faults.map(({ code }) => code),
    ['output-unreachable'],
  );
  const ready = await run(t, scene.folder, ['health', '--ready', '--manifest', scene.manifest]);
  t.is(ready.code, 1);
  t.regex(ready.stdout, /^not ready\n100 lines wait/);
  const alive = await run(t, scene.folder, ['health', '--manifest', scene.manifest]);
  t.is(alive.code, 0);
  t.regex(alive.stdout, /^alive\n/);
  await stop(command);
});

test('SIGUSR2 prints the snapshot, with the numbers of stats()', async (t) => {
  const scene = await setUp(t, await toOutput(t));
  const command = start(t, scene.folder, ['run', '--manifest', scene.manifest]);
  await askUntil(t, scene, isDelivered);
  command.child.kill('SIGUSR2');
  while (!/"Statistics"/.test(command.stderr())) await delay(20);
  const line =
    command
      .stderr()
      .split('\n')
      .find((text) => text.includes('"Statistics"')) ?? '';
  const { stats, state } = JSON.parse(line) as Snapshot;
  t.is(stats.output.delivered.lines, 100);
  t.is(state, 'running');
  await stop(command);
});

test('prom-client is loaded with metrics, and not without', async (t) => {
  const probe = join(await makeFolder(t), 'probe.cjs');
  const look = "Object.keys(require.cache).some((file) => /prom-client/.test(file)) && process._rawDebug('LOADED')";
  await writeFile(probe, `process.on('exit', () => ${look});`);
  const env = { ...environment, NODE_OPTIONS: `--require=${probe}` };
  for (const metrics of [undefined, { port: 0 }]) {
    const scene = await setUp(t, { ...(await toOutput(t)), ...(metrics && { metrics }) });
    const { ended } = start(t, scene.folder, ['run', '--once', '--manifest', scene.manifest], env);
    const { code, stderr } = await ended;
    t.is(code, 0, stderr);
    t.is(/LOADED/.test(stderr), metrics !== undefined, stderr);
    t.is(/Metrics, health and the status page are at http:\/\/127\.0\.0\.1:\d+\//.test(stderr), metrics !== undefined);
  }
});

const answers: Readonly<Record<string, { readonly text: string; readonly says: RegExp }>> = {
  'of another version': {
    text: JSON.stringify({ format: 99, version: '9.9.9' }),
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
    const { code, stderr } = await run(t, scene.folder, ['status', '--manifest', scene.manifest]);
    t.is(code, 1);
    t.regex(stderr, says);
    t.is(stderr.trim().split('\n').length, 1);
  });
}

test('what stands in the place of the socket is a fault, and flow logs flow', async (t) => {
  const scene = await setUp(t, await toOutput(t));
  await mkdir(scene.folder, { recursive: true });
  await writeFile(statusAddress(scene.checkpoint), 'of somebody');
  const { code, stderr } = await run(t, scene.folder, ['run', '--once', '--manifest', scene.manifest]);
  t.is(code, 0, stderr);
  t.regex(
    stderr,
    /The socket of kinesis-snare status, ".*", cannot be opened: something else has its name; move it away/,
  );
  t.regex(stderr, /delivered 100 lines/);
});
