/**
 * Everything that is awaited on the way of a record is made to hang, one thing after the other. A stop ends all the same, and
 * with it a start that is under way; nothing counts as confirmed that was not: the next run delivers every line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { register } from '../../plugin/index.js';
import { Plugin } from '../../plugin/plugin.js';
import { systemClock } from '../../src/clock.js';
import { BackfillSource } from '../../src/pipeline/backfill-source.js';
import type { CreateSource } from '../../src/pipeline/source.js';
import { settingsSchema } from '../../src/settings/settings.js';
import { makeFolder } from '../end-to-end/command.js';
import { findMissing, toRecord } from '../end-to-end/flow-logs.js';
import { FakeCredentials } from '../fakes/fake-credentials.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { type HangingFiles, hangFiles } from '../fakes/hanging-files.js';
import { type Receiver, startReceiver } from '../fakes/receiver.js';
import { toFakeInput } from './fake-input.js';

const stream = 'flow-logs';
const lines = 20;
const keys = { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake', AWS_EC2_METADATA_DISABLED: 'true' };
Object.assign(process.env, keys);

/** Names under `.invalid` get no answer. */
const lookups: string[] = [];
const { lookup } = dns;
const { lookup: promiseOfLookup } = dns.promises;
const isHanging = (host: unknown) => String(host).endsWith('.invalid') && lookups.push(String(host)) > 0;
Object.assign(dns, {
  lookup: (...input: Parameters<typeof lookup>) => (isHanging(input[0]) ? undefined : lookup(...input)),
});
Object.assign(dns.promises, {
  lookup: (host: string) => (isHanging(host) ? new Promise(() => {}) : promiseOfLookup(host)),
});
syncBuiltinESMExports();

interface Scene {
  readonly kinesis: FakeKinesis;
  readonly receiver: Receiver;
  readonly folder: string;
  /** Takes connections and never says a word. */
  readonly silent: { readonly host: string; readonly port: number; readonly sockets: ReadonlySet<Socket> };
  readonly credentials: FakeCredentials;
  /** Files that hang. */
  files: HangingFiles | undefined;
}

interface Case {
  readonly settings?: (scene: Scene) => {
    readonly input?: object;
    readonly output?: { readonly type?: string } & object;
  };
  readonly hang?: (scene: Scene) => void;
  /** Hangs once the start is over. */
  readonly isLate?: boolean;
  readonly isHanging: (scene: Scene, plugin: Plugin) => boolean;
  /** Lines are confirmed all the same. */
  readonly isConfirming?: boolean;
  /** A record that is no flow log comes first. */
  readonly hasGarbage?: boolean;
  readonly createSource?: CreateSource;
}

const isBuffering = (_scene: Scene, plugin: Plugin) => plugin.stats().output.buffered.lines > 0;
const hasLookedUp = (name: string) => (scene: Scene, plugin: Plugin) =>
  lookups.includes(name) && isBuffering(scene, plugin);
const isAtSilent = ({ silent }: Scene) => silent.sockets.size > 0;

function inKinesis(operation: string, error: 'hang' | 'stall'): Case {
  return {
    hang: ({ kinesis }) => kinesis.fail({ operation, times: Number.POSITIVE_INFINITY, error }),
    isHanging: ({ kinesis }) => kinesis.held > 0,
  };
}

function inFile(name: string): Case {
  return {
    hang: (scene) => {
      scene.files = hangFiles(join(scene.folder, name));
    },
    isHanging: ({ files }) => (files?.held ?? 0) > 0,
  };
}

const cases: Readonly<Record<string, Case>> = {
  DescribeStreamSummary: inKinesis('DescribeStreamSummary', 'hang'),
  ListShards: inKinesis('ListShards', 'hang'),
  GetShardIterator: inKinesis('GetShardIterator', 'hang'),
  'the first GetRecords': inKinesis('GetRecords', 'hang'),
  'a later GetRecords': { ...inKinesis('GetRecords', 'hang'), isLate: true, isConfirming: true },
  'a response of GetRecords': { ...inKinesis('GetRecords', 'stall'), isLate: true, isConfirming: true },
  DescribeFlowLogs: {
    settings: ({ silent }) => ({ input: { formats: 'auto', ec2Endpoint: `http://${silent.host}:${silent.port}` } }),
    isHanging: isAtSilent,
  },
  FilterLogEvents: {
    settings: ({ silent }) => ({ input: { logsEndpoint: `http://${silent.host}:${silent.port}` } }),
    isHanging: isAtSilent,
    createSource: (wiring) => new BackfillSource({ logGroup: '/vpc', fromMs: 0, toMs: 1000 }, wiring),
  },
  'the DNS of AWS': {
    settings: () => ({ input: { endpoint: 'http://kinesis.invalid' } }),
    isHanging: () => lookups.includes('kinesis.invalid'),
  },
  'a proxy': {
    settings: ({ silent }) => ({ input: { proxy: `http://${silent.host}:${silent.port}` } }),
    isHanging: isAtSilent,
  },
  'the TLS handshake of AWS': {
    settings: ({ silent }) => ({ input: { endpoint: `https://${silent.host}:${silent.port}` } }),
    isHanging: isAtSilent,
  },
  'the DNS of a receiver': {
    settings: () => ({ output: { host: 'receiver.invalid' } }),
    isHanging: hasLookedUp('receiver.invalid'),
  },
  'the DNS of a UDP receiver': {
    settings: () => ({ output: { type: 'udp', host: 'udp.invalid', port: 1 } }),
    isHanging: hasLookedUp('udp.invalid'),
  },
  'a connection to a receiver': {
    settings: () => ({ output: { port: fullPort } }),
    isHanging: isBuffering,
  },
  'the TLS handshake of a receiver': {
    settings: ({ silent: { host, port } }) => ({ output: { type: 'tls', host, port } }),
    isHanging: (scene, plugin) => isAtSilent(scene) && isBuffering(scene, plugin),
  },
  'a write': { hang: ({ receiver }) => receiver.behave({ type: 'stalls' }), isHanging: isBuffering },
  'a confirmation': {
    hang: ({ receiver }) => receiver.behave({ type: 'never-closes' }),
    isHanging: ({ receiver }) => receiver.lines.length > 0,
  },
  'the read of the checkpoint': inFile('checkpoint.json'),
  'the lock of the checkpoint': inFile('checkpoint.json.lock'),
  'the first write of the checkpoint': inFile('checkpoint.json.new'),
  'a later write of the checkpoint': { ...inFile('checkpoint.json.new'), isLate: true, isConfirming: true },
  'the gap file': {
    ...inFile('checkpoint.json.gaps'),
    settings: () => ({ input: { healGaps: true, logGroups: ['/vpc'] } }),
  },
  'the dead-letter file': { ...inFile('dead-letter.ndjson'), hasGarbage: true, isConfirming: true },
  'the output file': {
    ...inFile('output.log'),
    settings: ({ folder }) => ({ output: { type: 'file', path: join(folder, 'output.log') } }),
  },
  'the write of the output file': {
    ...inFile('output.log'),
    isLate: true,
    isConfirming: true,
    settings: ({ folder }) => ({ output: { type: 'file', path: join(folder, 'output.log') } }),
  },
  'the certificates of a receiver': {
    ...inFile('ca.pem'),
    settings: ({ folder, receiver: { host, port } }) => {
      return { output: { type: 'tls', host, port, tls: { ca: join(folder, 'ca.pem') } } };
    },
  },
};

/** A port whose queue of connections is full: the system answers no more of them. */
let fullPort = 0;
test.before(async () => {
  const program = `const s = require('net').createServer(() => {}).listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('fs').writeSync(1, String(s.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120_000);
    process.exit();
  })`;
  blocked = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [text] = await once(blocked.stdout as Readable, 'data');
  fullPort = Number(text);
  queue = Array.from({ length: 4 }, () => connect(fullPort, '127.0.0.1').on('error', () => {}));
  await once(queue[0] as Socket, 'connect');
});
let blocked: ChildProcess | undefined;
let queue: readonly Socket[] = [];
test.after.always(() => {
  blocked?.kill('SIGKILL');
  for (const socket of queue) socket.destroy();
});

test.serial('a stop ends while credentials hang', async (t) => {
  const scene = await setUp(t, {});
  for (const name of Object.keys(keys)) delete process.env[name];
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `${scene.credentials.url}/container`;
  scene.credentials.mode = 'hang';
  const plugin = createPlugin(scene, {});
  const started = plugin.start();
  while (scene.credentials.requests.length === 0) await sleep(10);
  await inTime(plugin.stop());
  await inTime(started);
  // Nothing of the attempt is left.
  while (scene.credentials.sockets.size > 0) await sleep(10);
  delete process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  Object.assign(process.env, keys);
  t.is(plugin.stats().records, 0);
});

for (const [name, one] of Object.entries(cases)) {
  test(`a stop ends, and nothing is falsely confirmed, while ${name} hangs`, async (t) => {
    const scene = await setUp(t, one);
    if (!one.isLate) one.hang?.(scene);
    const plugin = createPlugin(scene, one);
    const started = plugin.start();
    if (one.isLate) {
      await started;
      one.hang?.(scene);
      putLines(scene.kinesis, lines, 2 * lines);
    }
    while (!one.isHanging(scene, plugin)) await sleep(10);
    const isClean = await inTime(plugin.stop());
    await inTime(started);
    const { records, output } = plugin.stats();
    t.false(isClean && records > 0 && one.isConfirming !== true);
    if (!one.isConfirming) t.is(output.delivered.lines, 0);
    scene.files?.restore();
    scene.kinesis.mend();
    const confirmed = one.isConfirming ? [...scene.receiver.lines] : [];
    const delivered = await deliverTheRest(t, scene);
    t.deepEqual(findMissing([...confirmed, ...delivered], one.isLate ? 2 * lines : lines), []);
  });
}

test('a start that fails does not wait for the lines of the host, whose receiver is down', async (t) => {
  const { kinesis, receiver, folder } = await setUp(t, {});
  await receiver.kill();
  const input = { ...toFakeInput(kinesis, 'nowhere', folder) };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port };
  const logger = winston.createLogger();
  const config = { input, output, drainTimeoutMs: 600_000 };
  const plugin = await register(logger, { id: 'kinesis-snare', config });
  logger.info('a line of the host');
  await t.throwsAsync(inTime(plugin.start()), { name: 'StartError' });
  // It is delivered all the same, once the receiver is there.
  await receiver.restart();
  while (plugin.stats().output.delivered.lines === 0) await sleep(10);
  t.is(receiver.lines.length, 1);
});

test('a stop does not wait the whole drain for an output that never took a line', async (t) => {
  const scene = await setUp(t, {});
  await scene.receiver.kill();
  const plugin = createPlugin(scene, {}, { drainTimeoutMs: 600_000 });
  await plugin.start();
  while (!isBuffering(scene, plugin)) await sleep(10);
  t.false(await inTime(plugin.stop()));
});

const barriers: Readonly<Record<string, (logger: winston.Logger) => void>> = {
  'the level of the logger lets no flow log through': (logger) => {
    logger.level = 'error';
  },
  'the SnareTransport was taken off': (logger) => logger.clear(),
};
for (const [name, bar] of Object.entries(barriers)) {
  test(`a stop does not wait the whole drain while ${name}, but for what is on its way`, async (t) => {
    const { kinesis, receiver, folder } = await setUp(t, {});
    const logger = winston.createLogger();
    const input = toFakeInput(kinesis, stream, folder);
    // Confirmed only after the 2 s of which a stop asks whether anything gets through.
    const output = { type: 'tcp', host: receiver.host, port: receiver.port, confirmHoldMs: 4000 };
    const plugin = await register(logger, {
      id: 'kinesis-snare',
      config: { input, output, delivery: 'logger', drainTimeoutMs: 600_000 },
    });
    const codes = new Set<string>();
    plugin.on('fault', ({ code }) => codes.add(code));
    await plugin.start();
    while (receiver.lines.length < lines) await sleep(10);
    bar(logger);
    putLines(kinesis, lines, 2 * lines);
    while (codes.size === 0) await sleep(10);
    t.false(await inTime(plugin.stop()));
    t.deepEqual([...codes], [/level/.test(name) ? 'level-blocks' : 'no-transport']);
    t.is(plugin.stats().output.delivered.lines, lines);
    t.is(plugin.stats().acknowledged, 1);
  });
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  const late = sleep(30_000, undefined, { ref: false }).then(() => Promise.reject(new Error('It does not end')));
  return Promise.race([work, late]);
}

async function setUp(t: ExecutionContext, { hasGarbage }: Partial<Case>): Promise<Scene> {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  kinesis.createStream(stream, { shards: 1 });
  if (hasGarbage) kinesis.put(stream, 'garbage', 'key');
  putLines(kinesis, 0, lines);
  const [receiver, folder, credentials, silent] = await Promise.all([
    startReceiver(),
    makeFolder(t),
    FakeCredentials.start(),
    startSilent(t),
  ]);
  t.teardown(async () => {
    credentials.stop();
    await receiver.close();
    await kinesis.stop();
  });
  return { kinesis, receiver, folder, silent, credentials, files: undefined };
}

function putLines(kinesis: FakeKinesis, from: number, to: number): void {
  const { partitionKey, data } = toRecord('key', from, to);
  kinesis.put(stream, data, partitionKey);
}

async function startSilent(t: ExecutionContext): Promise<Scene['silent']> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).resume());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, sockets };
}

function createPlugin(scene: Scene, { settings, createSource }: Partial<Case>, more: object = {}): Plugin {
  const { kinesis, receiver, folder } = scene;
  const { input, output = {} }: { input?: object; output?: { type?: string } } = settings?.(scene) ?? {};
  const toReceiver = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  const parsed = settingsSchema.parse({
    input: { ...toFakeInput(kinesis, stream, folder), checkpointIntervalMs: 50, ...input },
    output: /udp|file/.test(String(output.type)) ? output : { ...toReceiver, ...output },
    deadLetter: { path: join(folder, 'dead-letter.ndjson') },
    drainTimeoutMs: 500,
    ...more,
  });
  return new Plugin(parsed, undefined, createSource);
}

/** A run behind the checkpoint of the one that was stopped, without its lock, to a receiver of its own. */
async function deliverTheRest(t: ExecutionContext, scene: Scene): Promise<readonly string[]> {
  const [folder, receiver] = await Promise.all([makeFolder(t), startReceiver()]);
  t.teardown(() => receiver.close());
  await copyFile(join(scene.folder, 'checkpoint.json'), join(folder, 'checkpoint.json')).catch(() => {});
  const plugin = createPlugin({ ...scene, folder, receiver }, {}, { drainTimeoutMs: 20_000 });
  await plugin.start();
  await plugin.whenCaughtUp(AbortSignal.timeout(60_000));
  t.true(await plugin.stop());
  return receiver.lines;
}
