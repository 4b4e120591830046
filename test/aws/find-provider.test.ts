/** Credentials from every place that AWS knows: when it does not answer, when it fails, and behind a proxy. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { AwsClock } from '../../src/aws/aws-clock.js';
import { CredentialsError, createCredentials as createSharedCredentials } from '../../src/aws/credentials.js';
import { toStartError } from '../../src/aws/explain.js';
import { AwsWatch } from '../../src/aws/watch.js';
import { toKinesisError } from '../../src/kinesis/kinesis-error.js';
import { createCredentials } from '../../src/pipeline/clients.js';
import { inputSchema } from '../../src/settings/input.js';
import { makeFolder } from '../end-to-end/command.js';
import { FakeCredentials, fakeKeyId } from '../fakes/fake-credentials.js';
import { HandClock } from '../fakes/hand-clock.js';
import { startProxy } from '../fakes/proxy.js';

const region = 'eu-west-1';
const roleArn = 'arn:aws:iam::123456789012:role/reader';
const startUrl = 'https://example.awsapps.com/start';
const staticKeys = 'aws_access_key_id = base\naws_secret_access_key = fake\n';

interface Place {
  readonly config: string;
  readonly env?: (url: string, folder: string) => Readonly<Record<string, string>>;
}

/** Those that are asked over the network, the services of the machine first. */
const machinePlaces: Readonly<Record<string, Place>> = {
  'the endpoint of a container': {
    config: '',
    env: (url) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container` }),
  },
};
const places: Readonly<Record<string, Place>> = {
  'a web identity': {
    config: '',
    env: (_, folder) => ({ AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'), AWS_ROLE_ARN: roleArn }),
  },
  'a profile with a role': {
    // Its own region is not that of the input.
    config: `[default]\nrole_arn = ${roleArn}\nsource_profile = base\nregion = us-west-2\n[profile base]\n${staticKeys}`,
  },
  'a profile with a web identity': {
    config: `[default]\nrole_arn = ${roleArn}\nweb_identity_token_file = TOKEN\n`,
  },
  'a profile of SSO': {
    config: `[default]\nsso_start_url = ${startUrl}\nsso_region = ap-south-1\nsso_account_id = 123456789012\nsso_role_name = reader\n`,
  },
};
const networkPlaces = { ...machinePlaces, ...places };

for (const [name, place] of Object.entries(networkPlaces)) {
  for (const mode of ['hang', 'stall'] as const) {
    test.serial(`${name} that ${mode}s has a time limit, leaves no socket, and is asked again`, async (t) => {
      const { clock, fake, credentials } = await setUp(t, place);
      fake.mode = mode;
      const asked = credentials().catch((error: unknown) => error);
      while (fake.requests.length === 0) await sleep(5);
      await clock.advance(30_000);
      const error = await asked;
      t.true(error instanceof CredentialsError && /did not respond within 30 s/.test(error.message), `${error}`);
      t.is(toKinesisError(error).kind, 'transient');
      while (fake.sockets.size > 0) await sleep(5);
      fake.mode = 'answer';
      t.is((await credentials()).accessKeyId, fakeKeyId);
    });
  }
  for (const mode of ['reset', 'unavailable'] as const) {
    test.serial(`${name} that is ${mode} is set up, so it is asked again at the start`, async (t) => {
      const { fake, credentials } = await setUp(t, place);
      fake.mode = mode;
      const error = await t.throwsAsync(credentials(), { instanceOf: CredentialsError });
      t.is(toKinesisError(error).kind, 'transient', error?.message);
      fake.mode = 'answer';
      t.is((await credentials()).accessKeyId, fakeKeyId);
    });
  }
}

test.serial('a credential_process that hangs is ended at the time limit, and asked again', async (t) => {
  const { clock, folder, credentials } = await setUp(t, { config: '[default]\ncredential_process = sh PROCESS\n' });
  const [script, pidFile] = [join(folder, 'process'), join(folder, 'pid')];
  await writeFile(script, `echo $$ > ${pidFile}; exec sleep 1000`);
  const asked = credentials().catch((error: unknown) => error);
  let pid = '';
  while (pid === '')
    pid = await readFile(pidFile, 'utf8')
      .catch(() => '')
      .finally(() => sleep(5));
  await clock.advance(30_000);
  t.regex(`${await asked}`, /profile "default" did not respond within 30 s/);
  while (isAlive(Number(pid))) await sleep(5);
  await writeFile(script, `echo '{"Version":1,"AccessKeyId":"${fakeKeyId}","SecretAccessKey":"fake"}'`);
  t.is((await credentials()).accessKeyId, fakeKeyId);
  t.pass();
});

test.serial('a credential_process that fails is asked again, and its command is not reported', async (t) => {
  const { folder, credentials } = await setUp(t, {
    config: '[default]\ncredential_process = sh PROCESS --key planted\n',
  });
  await writeFile(join(folder, 'process'), 'echo "no session yet" >&2; exit 1');
  const error = await t.throwsAsync(credentials(), { message: /the command failed: no session yet/ });
  t.is(toKinesisError(error).kind, 'transient');
  t.false(inspect(error).includes('planted'));
});

test.serial('SSO that is answered by a proxy is reported with the HTTP status', async (t) => {
  const { fake, credentials } = await setUp(t, places['a profile of SSO'] as Place);
  fake.mode = 'unavailable';
  const error = await t.throwsAsync(credentials(), {
    message: /profile "default" could not be obtained: HTTP 503: the response is not from AWS/,
  });
  t.notRegex(String(error), /Unknown/);
});

test.serial('the SDK writes nothing about a slow endpoint of a container', async (t) => {
  const { clock, fake, credentials } = await setUp(t, machinePlaces['the endpoint of a container'] as Place);
  const written: unknown[] = [];
  const { warn } = console;
  console.warn = (...texts: unknown[]) => written.push(...texts);
  t.teardown(() => {
    console.warn = warn;
  });
  fake.mode = 'hang';
  const asked = t.throwsAsync(credentials());
  while (fake.requests.length === 0) await sleep(5);
  // The limit of the SDK is a second.
  await sleep(1500);
  await clock.advance(30_000);
  await asked;
  t.deepEqual(written, []);
});

const metadata: Place = { config: '', env: (url) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }) };

test.serial('a metadata service that fails is asked again; one that is not there is not set up', async (t) => {
  const { fake, credentials } = await setUp(t, {
    ...metadata,
    env: (url) => ({ ...metadata.env?.(url, ''), AWS_EC2_METADATA_DISABLED: 'false' }),
  });
  fake.mode = 'unavailable';
  t.is(toKinesisError(await t.throwsAsync(credentials())).kind, 'transient');
  fake.mode = 'answer';
  t.is((await credentials()).accessKeyId, fakeKeyId);
  fake.mode = 'reset';
  t.is(toKinesisError(await t.throwsAsync(credentials({ forceRefresh: true }))).kind, 'no-credentials');
});

for (const [what, env, config, message] of [
  ['no place at all', {}, '', /No AWS credentials were found .* set AWS_PROFILE/],
  [
    'a profile that is missing',
    { AWS_PROFILE: 'prod' },
    '[profile other]\n',
    /AWS_PROFILE names the profile "prod", which is neither/,
  ],
  [
    'a profile without credentials',
    { AWS_PROFILE: 'prod' },
    '[profile prod]\nregion = x\n',
    /the profile "prod", which has no credentials/,
  ],
  [
    'an SSO session that has ended',
    { AWS_PROFILE: 'sso' },
    '[profile sso]\nsso_start_url = other\nsso_region = x\nsso_account_id = 1\nsso_role_name = r\n',
    /profile "sso" could not be obtained: .*aws sso login/,
  ],
] as const) {
  test.serial(`a start ends, and says so, with ${what}`, async (t) => {
    const { credentials } = await setUp(t, { config, env: () => env });
    const fault = toKinesisError(await t.throwsAsync(credentials()));
    t.true(fault.isHopeless);
    const call = { action: 'kinesis:ListShards', resource: 'stream "flow-logs"', region, settings: 'input.stream' };
    t.regex(toStartError(fault, call).message, message);
  });
}

for (const [name, place] of Object.entries(places)) {
  test.serial(`${name} is asked through the proxy, in the region of the input`, async (t) => {
    const proxy = await startProxy();
    t.teardown(() => proxy.stop());
    const settings = { proxy: `http://127.0.0.1:${proxy.port}` };
    const { fake, credentials } = await setUp(t, place, settings);
    t.is((await credentials()).accessKeyId, fakeKeyId);
    t.true(fake.requests.every(({ peerPort }) => proxy.farPorts.has(peerPort)));
    for (const { scope } of fake.requests) if (scope) t.is(scope.split('/')[2], region);
    // Where nothing names another endpoint, the name of the host has the region.
    for (const variable of Object.keys(process.env))
      if (variable.startsWith('AWS_ENDPOINT_URL')) delete process.env[variable];
    await t.throwsAsync(credentials({ forceRefresh: true }));
    // SSO has a region of its own.
    const host = place === places['a profile of SSO'] ? 'portal.sso.ap-south-1' : `sts.${region}`;
    t.is(proxy.tunnels.at(-1)?.target, `${host}.amazonaws.com:443`);
  });
}

for (const [stream, given] of [
  ['flow-logs', region],
  [`arn:aws:kinesis:${region}:123456789012:stream/flow-logs`, undefined],
]) {
  test.serial(
    `a role is assumed with a web identity through the proxy, in the region of ${given ? 'the input' : 'the ARN of the stream'}`,
    async (t) => {
      const proxy = await startProxy();
      t.teardown(() => proxy.stop());
      const settings = { stream, region: given, proxy: `http://127.0.0.1:${proxy.port}`, assumeRole: { arn: roleArn } };
      const { fake, credentials } = await setUp(t, places['a web identity'] as Place, settings);
      t.is((await credentials()).accessKeyId, fakeKeyId);
      t.deepEqual(
        fake.requests.map(({ scope }) => scope?.split('/').slice(2, 4)),
        [undefined, [region, 'sts']],
      );
      t.true(fake.requests.every(({ peerPort }) => proxy.farPorts.has(peerPort)));
    },
  );
}

test('while credentials are valid nobody waits for new ones, and they are asked for before their end', async (t) => {
  const clock = new HandClock();
  let asked = 0;
  const isDown = { now: false };
  const find = async () => ({
    name: 'a test',
    ask: async () => {
      asked++;
      if (isDown.now) return new Promise<never>(() => {});
      return { accessKeyId: `key${asked}`, secretAccessKey: 'fake', expiration: new Date(clock.now() + 3_600_000) };
    },
  });
  const credentials = createSharedCredentials({ find, clock });
  t.is((await credentials()).accessKeyId, 'key1');
  await clock.advance(3_600_000 - 299_000);
  isDown.now = true;
  t.is((await credentials()).accessKeyId, 'key1');
  t.is(asked, 2);
  await clock.advance(31_000);
  isDown.now = false;
  t.is((await credentials()).accessKeyId, 'key1');
  await clock.settle();
  t.is((await credentials()).accessKeyId, 'key3');
});

test('a stop gives up an attempt that is under way', async (t) => {
  const stop = new AbortController();
  const find = async () => ({ name: 'a test', ask: () => new Promise<never>(() => {}) });
  const clock = new HandClock();
  const asked = createSharedCredentials({ find, clock, signal: stop.signal })();
  stop.abort();
  await t.throwsAsync(asked);
  t.is(clock.sleeping, 0);
});

async function setUp(t: ExecutionContext, { config, env }: Place, settings: object = {}) {
  const [folder, fake] = [await makeFolder(t), await FakeCredentials.start()];
  t.teardown(() => fake.stop());
  const cache = join(folder, '.aws', 'sso', 'cache');
  await mkdir(cache, { recursive: true });
  const session = { accessToken: 'a-token', expiresAt: '2099-01-01T00:00:00Z' };
  await writeFile(join(cache, `${createHash('sha1').update(startUrl).digest('hex')}.json`), JSON.stringify(session));
  await writeFile(join(folder, 'token'), 'a-token');
  const text = config.replace('TOKEN', join(folder, 'token')).replace('PROCESS', join(folder, 'process'));
  await writeFile(join(folder, 'config'), text);
  const names = ['STS', 'SSO'].map((service) => [`AWS_ENDPOINT_URL_${service}`, fake.url]);
  const files = { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') };
  for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_JS_)/.test(name)) delete process.env[name];
  Object.assign(process.env, {
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...files,
    ...Object.fromEntries(names),
  });
  Object.assign(process.env, env?.(fake.url, folder));
  const clock = new HandClock({ startMs: Date.now() });
  const input = inputSchema.parse({ stream: 'flow-logs', region, ...settings });
  return {
    folder,
    fake,
    clock,
    credentials: await createCredentials(input, { watch: new AwsWatch(new AwsClock(clock), () => {}) }),
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
