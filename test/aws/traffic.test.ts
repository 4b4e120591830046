/** How AWS is spoken to: over verified TLS whatever the host allows itself, and never unencrypted without a word. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { runChecks } from '../../plugin/commands/check/run-checks.js';
import { register } from '../../plugin/index.js';
import { createRequestHandler } from '../../src/aws/agents.js';
import { systemClock } from '../../src/clock.js';
import { createCredentials } from '../../src/pipeline/clients.js';
import { inputSchema } from '../../src/settings/input.js';
import { makeFolder, writeManifest } from '../end-to-end/command.js';
import { createAuthority } from '../fakes/certificates.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startProxy } from '../fakes/proxy.js';
import { unwatched } from '../fakes/unwatched.js';

const noFile = '/a-file-that-is-not-there';
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: 'fake',
  AWS_SECRET_ACCESS_KEY: 'fake',
  AWS_CONFIG_FILE: noFile,
  AWS_SHARED_CREDENTIALS_FILE: noFile,
  // What a host may have set for a server of its own.
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
});

const issued = createAuthority('an authority that nobody knows').issue(['127.0.0.1']);
const untrusted = { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };

/** A server in the place of AWS. */
async function startImpostor(t: ExecutionContext) {
  const impostor = { requests: 0, port: 0 };
  const server = createServer({ cert: issued.certificate, key: issued.key }, (_request, response) => {
    impostor.requests++;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  impostor.port = (server.address() as AddressInfo).port;
  return impostor;
}

function ask(t: ExecutionContext, port: number, proxy?: string): Promise<unknown> {
  const handler = createRequestHandler(proxy, 5000);
  t.teardown(() => handler.destroy());
  const target = { protocol: 'https:', hostname: '127.0.0.1', port, method: 'POST', path: '/', headers: {}, query: {} };
  return handler.handle(target as never);
}

test('the impostor is believed where nothing is said, so that the tests below show something', async (t) => {
  const impostor = await startImpostor(t);
  await t.notThrowsAsync(fetch(`https://127.0.0.1:${impostor.port}`));
  t.is(impostor.requests, 1);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not weaken a connection to AWS', async (t) => {
  const impostor = await startImpostor(t);
  await t.throwsAsync(ask(t, impostor.port), untrusted);
  t.is(impostor.requests, 0);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not weaken a connection to AWS through a proxy', async (t) => {
  const impostor = await startImpostor(t);
  const proxy = await startProxy();
  t.teardown(() => proxy.stop());
  await t.throwsAsync(ask(t, impostor.port, `http://127.0.0.1:${proxy.port}`), untrusted);
  t.is(proxy.tunnels.length, 1);
  t.is(impostor.requests, 0);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not weaken a connection to the proxy', async (t) => {
  const impostor = await startImpostor(t);
  const proxy = await startProxy({ user: 'user', password: 'password' }, issued);
  t.teardown(() => proxy.stop());
  await t.throwsAsync(ask(t, impostor.port, `https://user:password@127.0.0.1:${proxy.port}`), untrusted);
  t.is(proxy.tunnels.length, 0);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not weaken a connection to STS', async (t) => {
  const impostor = await startImpostor(t);
  process.env.AWS_ENDPOINT_URL_STS = `https://127.0.0.1:${impostor.port}`;
  t.teardown(() => delete process.env.AWS_ENDPOINT_URL_STS);
  const assumeRole = { arn: 'arn:aws:iam::123456789012:role/reader' };
  const input = inputSchema.parse({ stream: 'flow-logs', region: 'us-east-1', assumeRole });
  const credentials = await createCredentials(input, { watch: unwatched });
  if (typeof credentials !== 'function') throw new TypeError('No role would be assumed');
  await t.throwsAsync(credentials(), untrusted);
  t.is(impostor.requests, 0);
});

for (const [name, input, environment] of [
  ['input.endpoint', { endpoint: 'http://plain.invalid:4566' }, {}],
  ['input.logsEndpoint', { endpoint: 'http://127.0.0.1:1', logsEndpoint: 'http://plain.invalid:4566' }, {}],
  ['input.ec2Endpoint', { endpoint: 'http://127.0.0.1:1', ec2Endpoint: 'http://plain.invalid:4566' }, {}],
  ['AWS_ENDPOINT_URL_KINESIS', {}, { AWS_ENDPOINT_URL_KINESIS: 'http://plain.invalid:4566' }],
  ['AWS_ENDPOINT_URL', {}, { AWS_ENDPOINT_URL: 'http://plain.invalid:4566' }],
  ['the AWS config file', {}, { AWS_CONFIG_FILE: '[default]\nendpoint_url = http://plain.invalid:4566\n' }],
] as const) {
  test.serial(`an address without TLS off this machine, from ${name}, comes with an advice`, async (t) => {
    const folder = await makeFolder(t);
    const before = { ...process.env };
    t.teardown(() => {
      for (const key of Object.keys(environment)) delete process.env[key];
      Object.assign(process.env, before);
    });
    Object.assign(process.env, environment);
    if ('AWS_CONFIG_FILE' in environment) {
      process.env.AWS_CONFIG_FILE = join(folder, 'config');
      await writeFile(process.env.AWS_CONFIG_FILE, environment.AWS_CONFIG_FILE);
    }
    const config = {
      input: { stream: 'flow-logs', region: 'us-east-1', checkpoint: { type: 'memory' }, ...input },
      output: { type: 'file', path: join(folder, 'lines') },
      drainTimeoutMs: 100,
    };
    const plugin = await register(winston.createLogger(), { id: 'kinesis-snare', config });
    t.teardown(() => plugin.stop());
    const advised = new Promise<string>((resolve) => {
      plugin.on('advice', ({ message }) => resolve(message));
      // By then a request was made, and nothing was said.
      plugin.on('fault', () => resolve('no advice'));
    });
    const started = plugin.start();
    const message = await advised;
    t.regex(message, /http:\/\/plain\.invalid:4566 unencrypted.*AWS_ENDPOINT_URL/);
    await plugin.stop();
    await started.catch(() => {});
  });
}

test('check warns of each address without TLS, once', async (t) => {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('flow-logs');
  const { endpoint, region } = kinesis;
  const logs = { logGroups: ['/aws/vpc'], logsEndpoint: 'http://logs.invalid' };
  const manifest = await writeManifest(await makeFolder(t), {
    input: { stream: 'flow-logs', endpoint, region, ...logs },
  });
  const { signal } = new AbortController();
  const warnings: string[] = [];
  for await (const { name, status, message, advice } of runChecks(manifest, { clock: systemClock, signal })) {
    if (name === 'endpoint') warnings.push(`${status}: ${message}; ${advice}`);
  }
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', /^warn: .*http:\/\/logs\.invalid unencrypted.*use https where/);
});
