/** Credentials that end while the program runs, and come back: from a provider, a file, or a role. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { createCall } from '../../src/aws/call.js';
import { createApi } from '../../src/pipeline/clients.js';
import { inputSchema } from '../../src/settings/input.js';
import { makeFolder } from '../end-to-end/command.js';
import { unwatched } from '../fakes/unwatched.js';
import { startReading, startService, streamName } from '../kinesis/reading.js';

const { signal } = new AbortController();
const toKey = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'fake' });
const toFile = (accessKeyId: string) => `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = fake\n`;

// Nothing but the file that a test names.
for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) delete process.env[name];
process.env.AWS_EC2_METADATA_DISABLED = 'true';

test('credentials that expire and come back cost time and nothing else', async (t) => {
  const service = await startService(t);
  const { clock, kinesis, createApi } = service;
  let key = 'first';
  const api = createApi({ credentials: async () => toKey(key) });
  const reading = startReading(t, service, { api });
  kinesis.put(streamName, 'one', 'key');
  await clock.advanceUntil(() => reading.taken.length === 1);
  kinesis.rules.expiredKeys.add('first');
  kinesis.put(streamName, 'two', 'key');
  await clock.advance(600_000);
  t.deepEqual(reading.texts(), ['one']);
  t.true(reading.faults.length > 5 && reading.faults.every(({ code }) => code === 'refused'));
  key = 'second';
  await clock.advanceUntil(() => reading.taken.length === 2, 61_000);
  t.deepEqual(reading.texts(), ['one', 'two']);
});

test.serial('a credentials file that another program renews is read again', async (t) => {
  const { kinesis, createApi } = await startService(t);
  const path = join(await makeFolder(t), 'credentials');
  process.env.AWS_SHARED_CREDENTIALS_FILE = path;
  await writeFile(path, toFile('first'));
  const api = createApi({ credentials: undefined });
  await api.describeStream(signal);
  kinesis.rules.expiredKeys.add('first');
  for (let i = 0; i < 2; i++) await t.throwsAsync(api.describeStream(signal), { code: 'ExpiredTokenException' });
  await writeFile(path, toFile('second'));
  await t.notThrowsAsync(api.describeStream(signal));
});

test.serial('a role is assumed again, with the credentials of that moment', async (t) => {
  const { kinesis } = await startService(t);
  const path = join(await makeFolder(t), 'credentials');
  process.env.AWS_SHARED_CREDENTIALS_FILE = path;
  await writeFile(path, toFile('first'));
  let sessions = 0;
  const sts = createServer((request, response) => {
    const isExpired = /Credential=first/.test(request.headers.authorization ?? '') && sessions > 0;
    response.writeHead(isExpired ? 403 : 200, { 'content-type': 'text/xml' });
    response.end(isExpired ? expired : toSession(`session${++sessions}`));
  }).listen(0, '127.0.0.1');
  t.teardown(() => sts.close());
  await once(sts, 'listening');
  process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`;
  const { endpoint, region } = kinesis;
  const assumeRole = { arn: 'arn:aws:iam::123456789012:role/reader' };
  const api = await createApi(inputSchema.parse({ stream: streamName, endpoint, region, assumeRole }), {
    watch: unwatched,
  });
  t.teardown(() => api.close());
  await api.describeStream(signal);
  kinesis.rules.expiredKeys.add('session1');
  for (let i = 0; i < 3; i++) await t.throwsAsync(api.describeStream(signal), { message: /^ExpiredToken/ });
  await writeFile(path, toFile('second'));
  await t.notThrowsAsync(api.describeStream(signal));
  t.is(sessions, 2);
});

const expired = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`;

function toSession(accessKeyId: string): string {
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>fake</SecretAccessKey><SessionToken>fake</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

test('a call rejects at the abort, whatever the SDK waits for', async (t) => {
  t.timeout(5000);
  const call = createCall({ config: { credentials: async () => {} } }, (error) =>
    Object.assign(error as Error, { code: 'aborted' }),
  );
  const abort = new AbortController();
  const hanging = call(() => new Promise<never>(() => {}), abort.signal);
  abort.abort();
  await t.throwsAsync(hanging, { code: 'aborted' });
});
