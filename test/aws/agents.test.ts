import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { loadPlugin } from '../../plugin/load-plugin.js';
import type { Plugin } from '../../plugin/plugin.js';
import { systemClock } from '../../src/clock.js';
import { makeFolder, run, runHere, start, writeManifest } from '../end-to-end/command.js';
import { findMissing, toRecord } from '../end-to-end/flow-logs.js';
import { createAuthority, type Issued } from '../fakes/certificates.js';
import { startFakeCloudWatchLogs } from '../fakes/fake-cloudwatch-logs.js';
import { FakeCredentials } from '../fakes/fake-credentials.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { addSubscriptionFilters } from '../fakes/fake-subscription-filters.js';
import { type ProxyLogin, startProxy } from '../fakes/proxy.js';
import { startReceiver } from '../fakes/receiver.js';

// The fake takes any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
const login = { user: 'reader', password: 'planted-p@ss/word:1' };
const secrets = [
  login.password,
  encodeURIComponent(login.password),
  Buffer.from(`${login.user}:${login.password}`).toString('base64'),
];

test('every request to AWS goes through the proxy', async (t) => {
  const { kinesis, proxy, plugin, receiver } = await setUp(t);
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 100), []);
  const target = new URL(kinesis.endpoint).host;
  t.true(proxy.tunnels.length > 0);
  t.true(proxy.tunnels.every((tunnel) => tunnel.target === target && tunnel.authorization === undefined));
  // The service saw nobody but the proxy.
  t.true(kinesis.peerPorts.length > 0 && kinesis.peerPorts.every((port) => proxy.farPorts.has(port)));
  t.is(proxy.plainRequests, 0);
});

test('tunnels are kept, not opened for each request', async (t) => {
  const { kinesis, proxy, plugin } = await setUp(t);
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.true(kinesis.requests.length > 3 * proxy.tunnels.length, `${kinesis.requests.length}, ${proxy.tunnels.length}`);
});

test('user and password of the URL reach the proxy, decoded', async (t) => {
  const { proxy, plugin, receiver } = await setUp(t, { asked: login, given: login });
  await plugin.start();
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 100), []);
  t.true(proxy.tunnels.every(({ isOpened }) => isOpened));
});

test('a proxy that goes away is a fault that is retried, and reading continues when it is back', async (t) => {
  const { kinesis, proxy, plugin, receiver, told } = await setUp(t, { asked: login, given: login });
  await plugin.start();
  await caughtUp(plugin);
  await proxy.stop();
  const { partitionKey, data } = toRecord('k', 100, 110);
  kinesis.put(stream, data, partitionKey);
  while (!told.some(({ name }) => name === 'fault')) await sleep(20);
  await proxy.start();
  await receiver.whenLines(110);
  while (!told.some(({ name }) => name === 'recovered')) await sleep(20);
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 110), []);
  checkSilence(t, inspectAll([told, plugin.stats()]));
});

test('a proxy that is not there at the start is waited for', async (t) => {
  const { proxy, plugin, receiver, told } = await setUp(t, { asked: login, given: login });
  await proxy.stop();
  const started = plugin.start();
  while (countFaults(plugin) < 2) await sleep(20);
  await proxy.start();
  await started;
  await caughtUp(plugin);
  t.true(await plugin.stop());
  t.deepEqual(findMissing(receiver.lines, 100), []);
  checkSilence(t, inspectAll(told));
});

test('a proxy that wants another password is reported as a fault, which does not say the one that was given', async (t) => {
  const { proxy, plugin, told } = await setUp(t, { asked: { ...login, password: 'other' }, given: login });
  let isStarted = false;
  const started = plugin
    .start()
    .catch((error: unknown) => error)
    .finally(() => {
      isStarted = true;
    });
  while (!isStarted && countFaults(plugin) < 2) await sleep(20);
  await plugin.stop();
  t.true(proxy.tunnels.length > 0);
  const text = inspectAll([await started, told]);
  t.regex(text, /HTTP 407: the proxy requires/);
  checkSilence(t, text);
});

test('the password is in no output of the command line, whether the settings are good or bad', async (t) => {
  const folder = await makeFolder(t);
  const proxy = toUrl(1, login);
  const good = await runHere('manifest', '--manifest', await writeManifest(folder, { input: { stream, proxy } }));
  t.is(good.code, 0, good.stderr);
  t.regex(good.stdout, /hidden/);
  checkSilence(t, good.stdout + good.stderr);
  const manifest = await writeManifest(folder, { input: { stream, proxy: proxy.replace('http:', 'socks:') } });
  const bad = await runHere('manifest', '--manifest', manifest);
  t.is(bad.code, 78);
  t.regex(bad.stderr, /input\.proxy/);
  checkSilence(t, bad.stdout + bad.stderr);
});

test('diagnostics of a run do not say the password, as text and as JSON', async (t) => {
  const { kinesis, folder } = await setUp(t);
  const proxy = await startProxy({ ...login, password: 'other' });
  t.teardown(() => proxy.stop());
  await writeManifest(folder, {
    input: { stream, endpoint: kinesis.endpoint, region: kinesis.region, proxy: toUrl(proxy.port, login) },
    output: { type: 'stdout' },
    drainTimeoutMs: 500,
  });
  const environment = { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' };
  for (const format of ['text', 'json']) {
    const args = ['run', '--once', '--manifest', 'manifest.json', '--log-format', format];
    const { child, ended, stderr } = start(t, folder, args, environment);
    while (stderr() === '' && child.exitCode === null) await Promise.race([once(child.stderr as never, 'data'), ended]);
    child.kill('SIGTERM');
    const { stdout } = await ended;
    t.not(stderr(), '');
    checkSilence(t, stderr() + stdout);
  }
});

test('every command reaches AWS, and what gives it credentials, through the proxy only', async (t) => {
  const { kinesis, proxy, folder, config } = await setUp(t);
  const logs = await startFakeCloudWatchLogs({ clock: systemClock });
  addSubscriptionFilters(logs);
  logs.createLogGroup('/vpc');
  const sts = await FakeCredentials.start();
  t.teardown(async () => {
    sts.stop();
    await logs.stop();
  });
  const assumeRole = { arn: 'arn:aws:iam::123456789012:role/reader' };
  const input = { ...config.input, assumeRole, logsEndpoint: logs.endpoint, logGroups: ['/vpc'] };
  await writeManifest(folder, { ...config, input });
  await writeFile(join(folder, 'token'), 'a-token');
  const identity = { AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'), AWS_ROLE_ARN: assumeRole.arn };
  const environment = { HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', AWS_ENDPOINT_URL_STS: sts.url, ...identity };
  const from = ['--log-group', '/vpc', '--from', '2026-01-01T00:00:00Z', '--to', '2026-01-02T00:00:00Z'];
  for (const command of [['run', '--once'], ['check'], ['backfill', ...from], ['setup']]) {
    const before = [sts.requests.length, kinesis.peerPorts.length + logs.peerPorts.length];
    const { code, stdout, stderr } = await run(t, folder, [...command, '--manifest', 'manifest.json'], environment);
    // The formats of the sample, and the missing role, are not what this is about.
    t.true(code === 0 || command[0] === 'check', stdout + stderr);
    const after = [sts.requests.length, kinesis.peerPorts.length + logs.peerPorts.length];
    t.true(
      after.every((count, index) => count > (before[index] ?? 0)),
      command[0],
    );
  }
  const peers = [...kinesis.peerPorts, ...logs.peerPorts, ...sts.requests.map(({ peerPort }) => peerPort)];
  t.deepEqual(
    peers.filter((port) => !proxy.farPorts.has(port)),
    [],
  );
  for (const { scope } of sts.requests) t.true(scope === undefined || scope.includes(`/${kinesis.region}/sts/`), scope);
});

const authority = createAuthority('a CA of the test');
const issued = authority.issue(['127.0.0.1']);

test('an https proxy is spoken to over TLS, with the authorities of NODE_EXTRA_CA_CERTS', async (t) => {
  const { kinesis, proxy, receiver, folder, config } = await setUp(t, { asked: login, given: login, issued });
  const extra = join(folder, 'authority.pem');
  await writeFile(extra, authority.certificate);
  await writeManifest(folder, config);
  const environment = { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake', NODE_EXTRA_CA_CERTS: extra };
  const { code, stderr } = await run(t, folder, ['run', '--once', '--manifest', 'manifest.json'], environment);
  t.is(code, 0, stderr);
  t.deepEqual(findMissing(receiver.lines, 100), []);
  t.true(proxy.tunnels.length > 0 && proxy.tunnels.every(({ isOpened }) => isOpened));
  t.true(kinesis.peerPorts.every((port) => proxy.farPorts.has(port)));
  checkSilence(t, stderr);
});

test('an https proxy that nobody vouches for gets no password and no request, and is reported as a fault', async (t) => {
  const { kinesis, proxy, plugin, told } = await setUp(t, { asked: login, given: login, issued });
  const started = plugin.start().catch((error: unknown) => error);
  while (!told.some(({ name }) => name === 'fault')) await sleep(20);
  await plugin.stop();
  t.regex(inspectAll([await started, told]), /certificate/);
  t.is(proxy.tunnels.length, 0);
  t.is(kinesis.connections, 0);
});

interface Sides {
  /** What the proxy asks for. */
  readonly asked?: ProxyLogin;
  /** What the plugin says. */
  readonly given?: ProxyLogin;
  /** The certificate of the proxy; left out, it is spoken to without TLS. */
  readonly issued?: Issued;
}

async function setUp(t: ExecutionContext, { asked, given, issued }: Sides = {}) {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  kinesis.createStream(stream, { shards: 2 });
  for (let from = 0; from < 100; from += 10) {
    const { partitionKey, data } = toRecord(`k${from}`, from, from + 10);
    kinesis.put(stream, data, partitionKey);
  }
  const receiver = await startReceiver();
  const proxy = await startProxy(asked, issued);
  const folder = await makeFolder(t);
  const config = {
    input: {
      stream,
      endpoint: kinesis.endpoint,
      region: kinesis.region,
      startAt: 'earliest',
      idleDelayMs: 200,
      checkpoint: { type: 'memory' },
      proxy: toUrl(proxy.port, given, issued && 'https'),
    },
    output: { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 },
    deadLetter: { path: join(folder, 'dead-letter.ndjson') },
    drainTimeoutMs: 3000,
  };
  const plugin = await loadPlugin(winston.createLogger(), { id: 'kinesis-snare', config });
  const told: { readonly name: string; readonly event: unknown }[] = [];
  for (const name of ['fault', 'recovered', 'advice'] as const) plugin.on(name, (event) => told.push({ name, event }));
  t.teardown(async () => {
    await plugin.stop();
    await proxy.stop();
    await receiver.close();
    await kinesis.stop();
  });
  return { kinesis, receiver, proxy, plugin, told, folder, config };
}

function toUrl(port: number, given?: ProxyLogin, protocol: 'http' | 'https' = 'http'): string {
  const user = given ? `${given.user}:${encodeURIComponent(given.password)}@` : '';
  return `${protocol}://${user}127.0.0.1:${port}`;
}

function countFaults(plugin: Plugin): number {
  return Object.values(plugin.stats().faults).reduce((sum, number) => sum + number, 0);
}

async function caughtUp(plugin: { whenCaughtUp(signal: AbortSignal): Promise<boolean> }): Promise<void> {
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
}

/** As deep as a host's logger may ever go. */
function inspectAll(value: unknown): string {
  return inspect(value, { depth: 20, maxArrayLength: null, maxStringLength: null });
}

function checkSilence(t: ExecutionContext, text: string): void {
  for (const secret of secrets) t.false(text.includes(secret), text.slice(0, 2000));
}
