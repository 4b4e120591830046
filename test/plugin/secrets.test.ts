/**
 * Secrets are planted wherever the settings and the environment take one, things go wrong on all sides, and everything that
 * comes out is searched for them: events, errors, stats, what the command line writes, and the files.
 */

import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { type Plugin, register, SnareTransport } from '../../plugin/index.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import type { SnareTransport as RunningTransport } from '../../plugin/winston/snare-transport.js';
import { systemClock } from '../../src/clock.js';
import type { PluginEvents } from '../../src/report/plugin-events.js';
import { makeFolder, runHere, start, writeManifest } from '../end-to-end/command.js';
import { toRecord } from '../end-to-end/flow-logs.js';
import { createAuthority } from '../fakes/certificates.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startProxy } from '../fakes/proxy.js';
import { toFakeInput } from './fake-input.js';

const stream = 'flow-logs';
const secret = {
  secretKey: 'plantedSecretKey',
  sessionKey: 'plantedSessionKey',
  sessionToken: 'plantedSessionToken',
  externalId: 'plantedExternalId',
  passphrase: 'plantedPassphrase',
  proxyPassword: 'plantedProxyPassword',
};
const proxyUser = 'reader';
const searched = [
  'planted',
  Buffer.from(`${proxyUser}:${secret.proxyPassword}`).toString('base64'),
  ...Object.values(secret).map((text) => Buffer.from(text).toString('base64').replaceAll('=', '')),
];
// Without a profile or an instance, the SDK finds nothing but these.
const environment = {
  AWS_ACCESS_KEY_ID: 'AKIAFAKE',
  AWS_SECRET_ACCESS_KEY: secret.secretKey,
  AWS_EC2_METADATA_DISABLED: 'true',
};
Object.assign(process.env, environment);

const eventNames: readonly (keyof PluginEvents)[] = [
  ...(['fault', 'recovered', 'shard-started', 'shard-ended', 'data-loss', 'skip-data', 'unparsed'] as const),
  ...(['dead-letter', 'filtered', 'advice', 'output-closed'] as const),
];

test.serial('no event, error, number or file of a plugin whose every side fails has a secret', async (t) => {
  const { kinesis, folder, config } = await setUp(t, { assumes: true });
  const plugin = await register(winston.createLogger(), { id: 'kinesis-snare', config });
  const told = listen(plugin);
  const faults = () => faultStages(told);
  await plugin.start();
  await until(() => faults().includes('deliver') && told.some(({ name }) => name === 'dead-letter'));
  kinesis.fail({ operation: 'GetRecords', times: 2, error: { code: 'AccessDeniedException' } });
  await until(() => faults().includes('read'));
  await kinesis.goAway();
  const count = () => Object.values(plugin.stats().faults).reduce((sum, number) => sum + number, 0);
  const before = count();
  await until(() => count() > before + 3);
  const stats = plugin.stats();
  await plugin.stop();
  t.true(told.length > 3);
  checkSilence(t, inspectAll([told, stats, plugin]));
  await checkFiles(t, folder, ['dead-letter.ndjson', 'checkpoint.json']);
});

test.serial('a role that may not be assumed, or a proxy that refuses, is told without a secret', async (t) => {
  for (const side of ['role', 'proxy'] as const) {
    const { folder, config } = await setUp(t, { assumes: side === 'proxy', isProxyOpen: side === 'role' });
    const plugin = await register(winston.createLogger(), { id: 'kinesis-snare', config });
    const told = listen(plugin);
    let isStarted = false;
    const started = plugin
      .start()
      .catch((error: unknown) => error)
      .finally(() => {
        isStarted = true;
      });
    // The output fails too, maybe first.
    await until(() => isStarted || faultStages(told).includes('read'));
    await plugin.stop();
    const text = inspectAll([await started, told]);
    t.regex(text, side === 'role' ? /AccessDenied|not authorized/ : /407|[Pp]roxy/, side);
    checkSilence(t, text);
    await checkFiles(t, folder, []);
  }
});

test.serial('the command line says no secret: manifest, run as text and as JSON', async (t) => {
  const { folder, config, sts } = await setUp(t, { assumes: true });
  const env = { ...environment, AWS_ENDPOINT_URL_STS: sts };
  const shown = await runHere('manifest', '--manifest', await writeManifest(folder, config));
  t.is(shown.code, 0, shown.stderr);
  t.is(shown.stdout.split('(hidden)').length, 4);
  checkSilence(t, shown.stdout + shown.stderr);
  const formats = ['text', 'json'].map(async (format) => {
    const args = ['run', '--manifest', 'manifest.json', '--log-format', format];
    // Each has a checkpoint of its own.
    const own = await makeFolder(t);
    const input = { ...config.input, checkpoint: { type: 'memory' } };
    await writeManifest(own, { ...config, input, drainTimeoutMs: 200 });
    const command = start(t, own, args, env);
    while (!/tls /.test(command.stderr()) && command.child.exitCode === null) await sleep(50);
    command.child.kill('SIGTERM');
    const { stdout, stderr } = await command.ended;
    t.regex(stderr, /tls /);
    checkSilence(t, stdout + stderr);
  });
  await Promise.all(formats);
});

const wrong: readonly (readonly [name: string, config: object])[] = [
  ['a proxy of another protocol', { input: { stream, proxy: `socks://u:${secret.proxyPassword}@h:1` } }],
  ['a proxy that is no URL', { input: { stream, proxy: `u:${secret.proxyPassword}@h:1` } }],
  ['an external id of another type', { input: { stream, assumeRole: { arn: 'a', externalId: [secret.externalId] } } }],
  [
    'a passphrase of another type',
    { output: { type: 'tls', host: 'h', tls: { passphrase: { is: secret.passphrase } } } },
  ],
  [
    'a secret under a name that is none',
    { output: { type: 'tls', host: 'h', tls: { passPhrase: secret.passphrase } } },
  ],
  ['a secret where it does not belong', { output: { type: 'tcp', host: 'h', passphrase: secret.passphrase } }],
];

for (const [name, config] of wrong) {
  test(`bad settings are refused without a secret: ${name}`, (t) => {
    const error = t.throws(() => loadSettings({ id: 'kinesis-snare', config }), { name: 'ConfigurationError' });
    checkSilence(t, inspectAll([error, String(error), JSON.stringify(error)]));
  });
}

test('a transport alone tells of a wrong passphrase without it', async (t) => {
  const tls = await writeTls(await makeFolder(t));
  const output = { type: 'tls', host: '127.0.0.1', port: 1, tls: { ...tls, passphrase: 'planted otherwise' } } as const;
  const transport = new SnareTransport(output);
  const warned = once(transport, 'warn');
  const logger = winston.createLogger({ transports: [transport] });
  logger.info('a log');
  checkSilence(t, inspectAll([await warned, transport.stats]));
  await (transport as RunningTransport).drain(0);
});

interface Sides {
  /** The role may be assumed; otherwise AWS refuses it. */
  readonly assumes: boolean;
  /** The proxy takes the password; otherwise it wants another. */
  readonly isProxyOpen?: boolean;
}

/** A stream behind a proxy, read under a role that is assumed at a local STS; a receiver that nobody listens as. */
async function setUp(t: ExecutionContext, { assumes, isProxyOpen = assumes }: Sides) {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  kinesis.createStream(stream, { shards: 1 });
  kinesis.put(stream, toRecord('k', 0, 10).data, 'k');
  kinesis.put(stream, 'garbage', 'k');
  const sts = createServer((_request, response) => {
    response.writeHead(assumes ? 200 : 403, { 'content-type': 'text/xml' });
    response.end(assumes ? assumedRole : accessDenied);
  }).listen(0, '127.0.0.1');
  await once(sts, 'listening');
  const stsUrl = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`;
  process.env.AWS_ENDPOINT_URL_STS = stsUrl;
  const proxy = await startProxy({ user: proxyUser, password: isProxyOpen ? secret.proxyPassword : 'another' });
  const folder = await makeFolder(t);
  t.teardown(async () => {
    await kinesis.stop();
    await proxy.stop();
    sts.close();
  });
  const config = {
    input: {
      ...toFakeInput(kinesis, stream, folder),
      checkpointIntervalMs: 0,
      proxy: `http://${proxyUser}:${secret.proxyPassword}@127.0.0.1:${proxy.port}`,
      assumeRole: { arn: 'arn:aws:iam::123456789012:role/reader', externalId: secret.externalId },
    },
    output: { type: 'tls', host: '127.0.0.1', port: 1, reconnectMaxMs: 200, tls: await writeTls(folder) },
    deadLetter: { path: join(folder, 'dead-letter.ndjson') },
    drainTimeoutMs: 200,
  };
  return { kinesis, folder, config, sts: stsUrl };
}

/** The files of a client's certificate, whose key is encrypted; the passphrase with them. */
async function writeTls(folder: string) {
  const { certificate, key } = createAuthority('Test CA').issue(['client.test'], secret.passphrase);
  const [cert, keyPath] = [join(folder, 'client.pem'), join(folder, 'client.key')];
  await writeFile(cert, certificate);
  await writeFile(keyPath, key);
  return { cert, key: keyPath, passphrase: secret.passphrase };
}

const assumedRole = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAFAKE</AccessKeyId><SecretAccessKey>${secret.sessionKey}</SecretAccessKey>
<SessionToken>${secret.sessionToken}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const accessDenied = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>User is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`;

interface Told {
  readonly name: string;
  readonly event: unknown;
}

function listen(plugin: Plugin): Told[] {
  const told: Told[] = [];
  for (const name of eventNames) plugin.on(name, (event: unknown) => told.push({ name, event }));
  return told;
}

function faultStages(told: readonly Told[]): readonly string[] {
  return told.filter(({ name }) => name === 'fault').map(({ event }) => (event as { stage: string }).stage);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

/** As deep as a host's logger may ever go. */
function inspectAll(value: unknown): string {
  return inspect(value, { depth: 20, maxArrayLength: null, maxStringLength: null });
}

function checkSilence(t: ExecutionContext, text: string): void {
  for (const part of searched) {
    const at = text.indexOf(part);
    t.is(at, -1, text.slice(Math.max(0, at - 300), at + 100));
  }
}

/** Searches what the plugin wrote into the folder; the names are those that have to be among it. */
async function checkFiles(t: ExecutionContext, folder: string, names: readonly string[]): Promise<void> {
  const written = (await readdir(folder)).filter((name) => !/^client\.|^manifest\.json$/.test(name));
  for (const name of names) t.true(written.includes(name), name);
  for (const name of written) checkSilence(t, await readFile(join(folder, name), 'utf8'));
}
