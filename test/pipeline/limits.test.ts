import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { explain } from '../../plugin/commands/exit.js';
import { loadPlugin } from '../../plugin/load-plugin.js';
import { systemClock } from '../../src/clock.js';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { type DeadLetter, DeadLetterFile, parseLetter } from '../../src/pipeline/dead-letter-file.js';
import { makeFolder, runHere, writeManifest } from '../end-to-end/command.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { toPayload } from '../fixtures/payloads.js';
import { toFakeInput } from '../plugin/fake-input.js';

// The fake takes any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
const caps = { maxRecordBytes: 16 * 1024 * 1024, maxEventsPerRecord: 1000 };

test('a line longer than output.maxLineBytes is a dead letter, which a replay can deliver; its neighbours arrive', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  const long = `äöü ${'x'.repeat(5000)}`;
  put(kinesis, ['one', long, 'two']);
  const path = join(folder, 'lines');
  const plugin = await loadPlugin(
    winston.createLogger(),
    toManifest({ ...config, output: { type: 'file', path, maxLineBytes: 2000 } }),
  );
  await plugin.start();
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  t.deepEqual(plugin.stats().deadLetters, { 'line-too-long': 1 });
  t.is(plugin.stats().acknowledged, 1);
  t.true(await plugin.stop());
  t.deepEqual(messagesOf(await readFile(path, 'utf8')), ['one', 'two']);

  const [letter, ...others] = await readLetters(folder);
  t.is(others.length, 0);
  t.is(letter?.reason, 'line-too-long');
  const { envelopes } = decodeRecord(letter?.data ?? new Uint8Array(), caps);
  t.deepEqual(
    envelopes.flatMap(({ events }) => events.map(({ message }) => message)),
    [long],
  );

  const larger = { ...config, output: { type: 'file', path } };
  const { code, stderr } = await runHere('replay', '--manifest', await writeManifest(folder, larger));
  t.is(code, 0, stderr);
  t.deepEqual(messagesOf(await readFile(path, 'utf8')), ['one', 'two', long]);
});

test('a record with a line that is too long is acknowledged only when its dead letter is on disk', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  put(kinesis, ['x'.repeat(5000)]);
  put(kinesis, ['behind']);
  const deadLetter = await fillDeadLetters(config.deadLetter);
  const path = join(folder, 'lines');
  const plugin = await loadPlugin(
    winston.createLogger(),
    toManifest({ ...config, deadLetter, output: { type: 'file', path, maxLineBytes: 2000 } }),
  );
  const codes: string[] = [];
  plugin.on('fault', ({ code }) => codes.push(code));
  await plugin.start();
  while (!codes.includes('dead-letter-not-written')) await sleep(20);
  await sleep(300);
  t.deepEqual(plugin.stats().deadLetters, {});
  t.notRegex(await readCheckpoint(folder), /"after"/);
  await rm(deadLetter.path);
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  t.true(await plugin.stop());
  t.deepEqual(
    (await readLetters(folder)).map(({ reason }) => reason),
    ['line-too-long'],
  );
  t.regex(await readCheckpoint(folder), /"after"/);
});

for (const [what, block] of [
  ['is a folder', (path: string) => mkdir(path)],
  ['has no folder', (path: string) => rm(dirname(path), { recursive: true })],
  [
    'lies in a file',
    async (path: string) => {
      await rm(dirname(path), { recursive: true });
      await writeFile(dirname(path), '');
    },
  ],
] as const) {
  test(`a dead-letter file that ${what} ends the start, before anything is read`, async (t) => {
    const { kinesis, folder, config } = await setUp(t);
    const path = join(folder, 'letters', 'dead-letter.ndjson');
    await mkdir(dirname(path));
    await block(path);
    const output = { type: 'file', path: join(folder, 'lines') };
    const plugin = await loadPlugin(winston.createLogger(), toManifest({ ...config, output, deadLetter: { path } }));
    const error = await t.throwsAsync(plugin.start(), { message: /could not be written|cannot be written/ });
    t.true(error?.message.includes(`"${path}"`) && error.message.includes('deadLetter.path'));
    t.is(explain(error).message, error?.message, 'it is explained, without a stack');
    t.is(kinesis.requests.length, 0);
  });
}

test('a start that tests the dead-letter file leaves none behind', async (t) => {
  const { folder, config } = await setUp(t);
  await new DeadLetterFile(config.deadLetter.path).test();
  t.deepEqual(await readdir(folder), []);
});

test('while the dead letter of a long line cannot be written, its shard reads no further', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  for (let count = 0; count < 50; count++) put(kinesis, ['x'.repeat(5000)]);
  const deadLetter = await fillDeadLetters(config.deadLetter);
  const output = { type: 'file', path: join(folder, 'lines'), maxLineBytes: 2000 };
  const settings = { ...config, deadLetter, output, drainTimeoutMs: 100 };
  const plugin = await loadPlugin(winston.createLogger(), toManifest(settings));
  await plugin.start();
  await sleep(1500);
  const { records, faults } = plugin.stats();
  await plugin.stop();
  t.true(records <= 2, `${records} records`);
  t.true((faults['dead-letter-not-written'] ?? 0) <= 3, `${faults['dead-letter-not-written']} faults`);
});

test('over UDP a line that no datagram can carry is a dead letter, and the others are sent', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.teardown(() => receiver.close());
  const datagrams: string[] = [];
  receiver.on('message', (message) => datagrams.push(String(message)));
  put(kinesis, ['one', 'x'.repeat(66_000), 'two']);
  const output = { type: 'udp', host: '127.0.0.1', port: receiver.address().port };
  const plugin = await loadPlugin(winston.createLogger(), toManifest({ ...config, output }));
  await plugin.start();
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  t.true(await plugin.stop());
  t.deepEqual(messagesOf(datagrams.join('\n')), ['one', 'two']);
  t.false(datagrams.some((datagram) => datagram.includes('\n')));
  t.deepEqual(
    (await readLetters(folder)).map(({ reason }) => reason),
    ['line-too-long'],
  );
});

test('a record with too many events or too many bytes is a dead letter, and the shard continues', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  put(
    kinesis,
    Array.from({ length: 11 }, (_, index) => `event ${index}`),
  );
  put(kinesis, ['x'.repeat(100_000)]);
  put(
    kinesis,
    Array.from({ length: 10 }, (_, index) => `event ${index}`),
  );
  const path = join(folder, 'lines');
  const input = { ...config.input, maxEventsPerRecord: 10, maxRecordBytes: 64 * 1024 };
  const plugin = await loadPlugin(
    winston.createLogger(),
    toManifest({ ...config, input, output: { type: 'file', path } }),
  );
  await plugin.start();
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  t.like(plugin.stats(), { records: 3, acknowledged: 3, deadLetters: { 'too-many-events': 1, 'too-large': 1 } });
  t.true(await plugin.stop());
  t.is(messagesOf(await readFile(path, 'utf8')).length, 10);
  // The bytes of Kinesis, as they came.
  for (const { data } of await readLetters(folder)) {
    const { envelopes } = decodeRecord(data, caps);
    t.is(envelopes.length, 1);
  }
});

test('framing: "octet-counting" tells lines apart by their length in bytes', async (t) => {
  const { kinesis, config } = await setUp(t);
  const messages = ['one', 'zwei äöü', 'three\n42 forged', '\u2028'];
  put(kinesis, messages);
  const chunks: Buffer[] = [];
  const receiver = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.teardown(() => receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const output = {
    type: 'tcp',
    host: '127.0.0.1',
    port,
    framing: 'octet-counting',
    format: 'json',
    rotateMs: 100,
    confirmHoldMs: 50,
  };
  const plugin = await loadPlugin(winston.createLogger(), toManifest({ ...config, output }));
  await plugin.start();
  await plugin.whenCaughtUp(AbortSignal.timeout(120_000));
  t.true(await plugin.stop());
  let bytes = Buffer.concat(chunks);
  const seen: string[] = [];
  while (bytes.length > 0) {
    const blank = bytes.indexOf(' ');
    const end = blank + 1 + Number(bytes.toString('latin1', 0, blank));
    seen.push((JSON.parse(bytes.toString('utf8', blank + 1, end)) as Row).SNAREDATAMAP.message);
    bytes = bytes.subarray(end);
  }
  t.deepEqual(seen, messages);
});

interface Row {
  readonly SNAREDATAMAP: { readonly message: string };
}

async function setUp(t: ExecutionContext) {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  kinesis.createStream(stream, { shards: 1 });
  t.teardown(() => kinesis.stop());
  const folder = await makeFolder(t);
  const input = {
    ...toFakeInput(kinesis, stream, folder),
    checkpointIntervalMs: 0,
  };
  const deadLetter = { path: join(folder, 'dead-letter.ndjson') };
  return { kinesis, folder, config: { input, deadLetter, delivery: 'direct', drainTimeoutMs: 3000 } };
}

/** One record of messages that fit no format. */
function put(kinesis: FakeKinesis, messages: readonly string[]): void {
  kinesis.put(stream, gzipSync(JSON.stringify(toPayload(messages))), 'a');
}

function messagesOf(lines: string): string[] {
  const rows = lines.split('\n').filter((line) => line !== '');
  return rows.map((line) => (JSON.parse(line.split('\t')[3] ?? '') as Row).SNAREDATAMAP.message);
}

async function readLetters(folder: string): Promise<DeadLetter[]> {
  const lines = (await readFile(join(folder, 'dead-letter.ndjson'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => parseLetter(line) as DeadLetter);
}

async function readCheckpoint(folder: string): Promise<string> {
  return await readFile(join(folder, 'checkpoint.json'), 'utf8').catch(() => '');
}

function toManifest(config: object): object {
  return { id: 'kinesis-snare', config };
}

/** A dead-letter file that takes no letter more until somebody removes it. */
async function fillDeadLetters(deadLetter: { readonly path: string }) {
  const maxBytes = 1024 * 1024;
  await writeFile(deadLetter.path, `${'x'.repeat(maxBytes - 1)}\n`);
  return { ...deadLetter, maxBytes };
}
