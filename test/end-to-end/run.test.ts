/** The whole path: a fake Kinesis over HTTP, the program as a user starts it, a real TCP receiver. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { readCheckpointFile } from '../../src/checkpoint/checkpoint-file.js';
import { systemClock } from '../../src/clock.js';
import { type FakeKinesis, type PutResult, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { toPayload } from '../fixtures/payloads.js';
import { cli, makeFolder, runHere, start, startHere, startProgram, writeManifest } from './command.js';
import { findMissing, type NumberedRecord, readLines, toRecord } from './flow-logs.js';

const test = anyTest as TestFn<{ kinesis: FakeKinesis }>;

test.before(async (t) => {
  t.context.kinesis = await startFakeKinesis({ clock: Date });
});
test.after.always((t) => t.context.kinesis?.stop());

let streams = 0;

function createStream(
  t: ExecutionContext<{ kinesis: FakeKinesis }>,
  shards: number,
): { readonly kinesis: FakeKinesis; readonly stream: string } {
  const { kinesis } = t.context;
  const stream = `run-${++streams}`;
  kinesis.createStream(stream, { shards });
  return { kinesis, stream };
}

function put(kinesis: FakeKinesis, stream: string, { partitionKey, data }: NumberedRecord): PutResult {
  return kinesis.put(stream, data, partitionKey);
}

function toConfig({ endpoint, region }: FakeKinesis, stream: string, output: object) {
  return { input: { stream, endpoint, region, startAt: 'earliest', idleDelayMs: 300 }, output };
}

function toOutput(port: number) {
  return { type: 'tcp', host: '127.0.0.1', port, rotateMs: 300, confirmHoldMs: 100 };
}

/** A run to the end of the stream. The tests with a signal, or about standard output, start a process. */
const runOnce = (manifest: string, ...more: readonly string[]) =>
  runHere('run', '--once', '--manifest', manifest, ...more);

test('by enhanced fan-out, after a SIGKILL in mid-run: nothing is missing, and the shard is not polled', async (t) => {
  const kinesis = await startFakeKinesis({ clock: systemClock, hasFanOut: true });
  const receiver = await startReceiver();
  t.teardown(() => Promise.all([kinesis.stop(), receiver.close()]));
  const stream = 'fan-out';
  kinesis.createStream(stream, { shards: 2 }).registerConsumer('snare', Date.now());
  const count = 1000;
  for (let from = 0; from < count; from += 50) put(kinesis, stream, toRecord(`f${from}`, from, from + 50));
  const folder = await makeFolder(t);
  const config = toConfig(kinesis, stream, { ...toOutput(receiver.port), maxBufferedRecords: 300 });
  const input = { ...config.input, fanOut: { consumer: 'snare' }, checkpointIntervalMs: 0 };
  const manifest = await writeManifest(folder, { ...config, input });
  const { child, ended } = start(t, folder, ['run', '--manifest', manifest]);
  await receiver.whenLines(200);
  child.kill('SIGKILL');
  await ended;
  // AWS refuses the second subscription for five seconds after the first.
  const last = await runOnce(manifest);
  t.is(last.code, 0, last.stderr);
  t.deepEqual(findMissing(receiver.lines, count), []);
  t.is(kinesis.requestsOf('GetRecords').length, 0);
});

test('SIGKILL in mid-run, then again: nothing is missing, and what comes twice was not yet in the checkpoint', async (t) => {
  const { kinesis, stream } = createStream(t, 2);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const count = 2000;
  const places: (PutResult & { readonly from: number })[] = [];
  for (let from = 0; from < count; from += 100) {
    places.push({ from, ...put(kinesis, stream, toRecord(`k${from}`, from, from + 100)) });
  }
  const folder = await makeFolder(t);
  const config = toConfig(kinesis, stream, { ...toOutput(receiver.port), maxBufferedRecords: 300 });
  const checkpointIntervalMs = 0;
  const manifest = await writeManifest(folder, { ...config, input: { ...config.input, checkpointIntervalMs } });
  /** Lines that had come although the checkpoint was before them, for all kills. */
  let due = 0;
  let faults = 0;
  for (const lines of [200, 1300]) {
    const { child, ended } = start(t, folder, ['run', '--manifest', manifest]);
    await receiver.whenLines(lines);
    child.kill('SIGKILL');
    const { code, stderr } = await ended;
    t.is(code, 'SIGKILL');
    faults += stderr.match(/Output tcp/g)?.length ?? 0;
    const stored = await findStored(join(folder, 'kinesis-snare.checkpoint.json'), places);
    due += countDistinct(receiver.lines) - 100 * stored.length;
  }
  const last = await runOnce(manifest);
  t.is(last.code, 0, last.stderr);
  t.deepEqual(findMissing(receiver.lines, count), []);
  // A fault of the connection sends again what may wait unconfirmed, and the rest of the record it stopped in.
  const most = due + faults * (300 + 2 * 100 + 100);
  const twice = receiver.lines.length - countDistinct(receiver.lines);
  t.true(twice <= most, `${twice} came twice, at the most ${most} were due`);
  t.true(due < 200 + 1300, 'No checkpoint ever moved');
});

/** A line that comes again has another time of collection. */
function countDistinct(lines: readonly string[]): number {
  return new Set(readLines(lines).map(({ number }) => number)).size;
}

/** The records that a checkpoint has passed. */
async function findStored(path: string, places: readonly PutResult[]): Promise<readonly PutResult[]> {
  const { content } = await readCheckpointFile(path);
  return places.filter(({ shardId, sequenceNumber }) => {
    const position = content?.shards.get(shardId)?.position;
    return position?.type === 'after' && BigInt(position.sequenceNumber) >= BigInt(sequenceNumber);
  });
}

test('latest: the first run --once stores the start, the next one reads what came since', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  put(kinesis, stream, toRecord('old', 0, 10));
  // The clock of a reply has whole seconds, so what was put within the same second would be read too.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const folder = await makeFolder(t);
  const config = toConfig(kinesis, stream, toOutput(receiver.port));
  const manifest = await writeManifest(folder, { ...config, input: { ...config.input, startAt: 'latest' } });
  const first = await runOnce(manifest);
  t.is(first.code, 0, first.stderr);
  t.is(receiver.lines.length, 0);
  put(kinesis, stream, toRecord('new', 10, 20));
  const second = await runOnce(manifest);
  t.is(second.code, 0, second.stderr);
  t.deepEqual(new Set(readLines(receiver.lines).map(({ key }) => key)), new Set(['new']));
  t.is(receiver.lines.length, 10);
});

test('SIGTERM drains, confirms, writes the checkpoint and exits 0', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  put(kinesis, stream, toRecord('a', 0, 50));
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, toConfig(kinesis, stream, toOutput(receiver.port)));
  const { child, ended } = start(t, folder, ['run', '--manifest', manifest]);
  await receiver.whenLines(50);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  t.is(code, 0, stderr);
  const shown = await runHere('checkpoint', 'show', '--manifest', manifest);
  t.regex(shown.stdout, /shardId-000000000000\tafter \d+/);
  const again = await runOnce(manifest);
  t.is(again.code, 0, again.stderr);
  t.is(receiver.lines.length, 50);
});

test('SIGHUP opens a file that was moved again, SIGUSR2 prints the numbers, and SIGQUIT drains', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  put(kinesis, stream, toRecord('a', 0, 50));
  const folder = await makeFolder(t);
  const path = join(folder, 'flows.log');
  const manifest = await writeManifest(folder, toConfig(kinesis, stream, { type: 'file', path }));
  const { child, ended, stderr } = start(t, folder, ['run', '--manifest', manifest]);
  const readFlows = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  while ((await readFlows(path)).length < 50) await delay(20);
  await rename(path, `${path}.1`);
  child.kill('SIGHUP');
  // It is there before there is another line for it.
  while (!existsSync(path)) await delay(20);
  put(kinesis, stream, toRecord('b', 50, 70));
  // Lines that were not confirmed when the file was moved may be in both.
  while (readLines(await readFlows(path)).filter(({ key }) => key === 'b').length < 20) await delay(20);
  t.is((await readFlows(`${path}.1`)).length, 50);
  child.kill('SIGUSR2');
  const findStats = () =>
    stderr()
      .split('\n')
      .find((line) => line.startsWith('{'));
  while (findStats() === undefined) await delay(20);
  t.like(JSON.parse(findStats() ?? ''), { state: 'running', stats: { records: 2, logEvents: 70 } });
  child.kill('SIGQUIT');
  t.is((await ended).code, 0, stderr());
  t.is(/runs as root/.test(stderr()), process.getuid?.() === 0);
});

test('a second SIGTERM ends at once with 143, and what was not confirmed is sent again', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  const receiver = await startReceiver({ type: 'never-closes' });
  t.teardown(() => receiver.close());
  put(kinesis, stream, toRecord('a', 0, 50));
  const folder = await makeFolder(t);
  const config = { ...toConfig(kinesis, stream, toOutput(receiver.port)), drainTimeoutMs: 600_000 };
  const manifest = await writeManifest(folder, config);
  const { child, ended, stderr } = start(t, folder, ['run', '--manifest', manifest]);
  await receiver.whenLines(50);
  child.kill('SIGTERM');
  // What comes at once with it, as to a process and its group, is no second wish. Two of a kind may become one.
  child.kill('SIGINT');
  const waits =
    /SIG(TERM|INT): stopping; waiting up to 600 s for confirmations, or 2 s if the output never took a line/;
  while (!/Send it again/.test(stderr())) await new Promise((resolve) => setTimeout(resolve, 20));
  t.regex(stderr(), waits);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  t.is(child.exitCode, null);
  child.kill('SIGTERM');
  t.is((await ended).code, 143);
  receiver.behave({ type: 'normal' });
  const again = await runOnce(manifest);
  t.is(again.code, 0, again.stderr);
  t.deepEqual(findMissing(receiver.lines, 50), []);
});

test('a receiver that refuses at the start is retried and told', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  await receiver.kill();
  put(kinesis, stream, toRecord('a', 0, 5));
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, toConfig(kinesis, stream, toOutput(receiver.port)));
  const running = startHere('run', '--once', '--manifest', manifest);
  while (!running.stderr().includes('ECONNREFUSED')) await new Promise((resolve) => setTimeout(resolve, 50));
  await receiver.restart();
  const { code, stderr } = await running.ended;
  t.is(code, 0, stderr);
  t.is(receiver.lines.length, 5);
});

test('what is no payload is a dead letter, which replay sends once a format fits and then removes', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  put(kinesis, stream, { partitionKey: 'x', data: Buffer.from('no payload') });
  const custom = { ...toPayload(['10.0.0.1 10.0.0.2 ACCEPT']), logGroup: '/custom' };
  put(kinesis, stream, { partitionKey: 'y', data: Buffer.from(JSON.stringify(custom)) });
  const folder = await makeFolder(t);
  const config = { ...toConfig(kinesis, stream, toOutput(receiver.port)), unparsed: 'dead-letter' };
  const manifest = await writeManifest(folder, config);
  const first = await runOnce(manifest);
  t.is(first.code, 0, first.stderr);
  t.deepEqual(receiver.lines, []);
  const path = join(folder, 'kinesis-snare.dead-letter.ndjson');
  t.is((await stat(path)).mode & 0o777, 0o600);
  const letters = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { reason: string; data: string });
  t.deepEqual(
    letters.map(({ reason }) => reason),
    ['bad-json', 'field-count'],
  );
  t.is(Buffer.from(letters[0]?.data ?? '', 'base64').toString(), 'no payload');

  await writeManifest(folder, { ...config, input: { ...config.input, formats: '${srcaddr} ${dstaddr} ${action}' } });
  const replayed = await runHere('replay', '--manifest', manifest);
  t.is(replayed.code, 1, replayed.stderr);
  t.is(receiver.lines.length, 1);
  t.true(receiver.lines[0]?.includes('"SRCADDR":"10.0.0.1"'));
  t.deepEqual(JSON.parse(await readFile(path, 'utf8')), letters[0]);
  const again = await runHere('replay', '--manifest', manifest);
  t.is(again.code, 1);
  t.is(receiver.lines.length, 1);
});

/** The package as npm installs it, without those that `isMissing`. */
async function installWithout(folder: string, isMissing: (name: string) => boolean): Promise<string> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@aws-sdk'), { recursive: true });
  for (const part of ['dist/plugin', 'dist/src', 'package.json', 'manifest.json']) {
    await cp(part, join(folder, part), { recursive: true });
  }
  const names = (await readdir('node_modules')).filter((name) => name !== '@aws-sdk');
  const scoped = (await readdir('node_modules/@aws-sdk')).map((name) => `@aws-sdk/${name}`);
  for (const name of [...names, ...scoped]) {
    if (!isMissing(name)) await symlink(resolve('node_modules', name), join(modules, name));
  }
  return join(folder, 'dist/plugin/cli.js');
}

test('a run writes records to standard output and nothing else, and requires no optional package', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  put(kinesis, stream, toRecord('a', 0, 5));
  const { peerDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { peerDependencies: object };
  const optional = Object.keys(peerDependencies);
  t.true(['winston', 'prom-client', '@aws-sdk/client-ec2'].every((name) => optional.includes(name)));
  const folder = await makeFolder(t);
  const program = await installWithout(
    folder,
    // winston-transport is a dependency, for a host that has Winston; a run loads it as little as the rest of Winston.
    (name) => optional.includes(name) || /^(winston.*|logform|triple-beam)$/.test(name),
  );
  const manifest = await writeManifest(
    await makeFolder(t),
    toConfig(kinesis, stream, { type: 'stdout', format: 'json' }),
  );
  const args = ['run', '--once', '--log-format', 'json', '--manifest', manifest];
  const { code, stdout, stderr } = await startProgram(t, folder, [program, ...args]).ended;
  t.is(code, 0, stderr);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { TABLE: string });
  t.deepEqual(
    rows.map(({ TABLE }) => TABLE),
    Array.from({ length: 5 }, () => 'AWSVPCFlowLog'),
  );
  for (const line of stderr.trim().split('\n')) t.truthy((JSON.parse(line) as { level: string }).level);
});

test('a reader of standard output that leaves ends a run cleanly', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  put(kinesis, stream, toRecord('a', 0, 5));
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, toConfig(kinesis, stream, { type: 'stdout' }));
  const { child, ended } = start(t, folder, ['run', '--manifest', manifest]);
  child.stdout?.destroy();
  t.is((await ended).code, 0);
});

test('to a file: every line is there, and a second run appends', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, toConfig(kinesis, stream, { type: 'file', path: 'out.log' }));
  for (const from of [0, 7]) {
    put(kinesis, stream, toRecord('a', from, from + 7));
    const { code, stderr } = await runOnce(manifest);
    t.is(code, 0, stderr);
  }
  const path = join(folder, 'out.log');
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  t.deepEqual(
    readLines(lines).map(({ number }) => number),
    Array.from({ length: 14 }, (_, number) => number),
  );
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test('a missing stream ends the start with one sentence and exit code 1', async (t) => {
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, toConfig(t.context.kinesis, 'nowhere', { type: 'stdout' }));
  const { code, stderr } = await runHere('run', '--manifest', manifest);
  t.is(code, 1);
  t.regex(stderr, /Stream "nowhere" does not exist/);
});

test('run --once gives up when only a person can help, exits 1 and names the cause, also with --quiet', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  put(kinesis, stream, toRecord('key', 0, 10));
  const folder = await makeFolder(t);
  const tls = { ca: join(folder, 'missing.pem') };
  const manifest = await writeManifest(folder, toConfig(kinesis, stream, { ...toOutput(1), type: 'tls', tls }));
  const { code, stderr } = await runOnce(manifest, '--give-up', '3', '--quiet');
  t.is(code, 1, stderr);
  t.regex(stderr, /Nothing was read or confirmed for 3 s, so the command ends.*missing\.pem/);
  t.regex(stderr, / error Not everything was confirmed; .*missing\.pem/);
});

test('a run whose stream is created again ends with what to do, and promises nothing of the next run', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  const { input, ...config } = toConfig(kinesis, stream, { type: 'stdout' });
  const manifest = await writeManifest(await makeFolder(t), { ...config, input: { ...input, shardSyncMs: 1000 } });
  const { ended, stderr } = startHere('run', '--manifest', manifest);
  while (!stderr().includes('shardId-')) await delay(20);
  kinesis.deleteStream(stream);
  kinesis.createStream(stream);
  const { code } = await ended;
  t.is(code, 1);
  t.regex(stderr(), /error .*created again.*run "npx kinesis-snare checkpoint reset" and start again/);
  t.notRegex(stderr(), /Not everything was confirmed/);
});

test('a file system that hangs does not keep a run from ending at a signal', async (t) => {
  const { kinesis, stream } = createStream(t, 1);
  put(kinesis, stream, toRecord('key', 0, 10));
  const folder = await makeFolder(t);
  const ca = join(folder, 'ca.pem');
  // Nobody writes to it, so its reader waits, in a thread that Node waits for when it exits.
  execFileSync('mkfifo', [ca]);
  const output = { ...toOutput(1), type: 'tls', tls: { ca } };
  const manifest = await writeManifest(folder, { ...toConfig(kinesis, stream, output), drainTimeoutMs: 500 });
  const { child, ended, stderr } = start(t, folder, ['run', '--manifest', manifest]);
  while (!/Reading shard/.test(stderr())) await delay(20);
  child.kill('SIGTERM');
  // No exit code is left to it.
  t.is((await ended).code, 'SIGKILL');
  t.regex(stderr(), /SIGTERM: stopping; waiting up to 0\.5 s for confirmations\. Send/);
});

test('a second SIGTERM ends a run at once, whatever hangs', async (t) => {
  t.timeout(60_000);
  const { kinesis, stream } = createStream(t, 1);
  const folder = await makeFolder(t);
  const ca = join(folder, 'ca.pem');
  execFileSync('mkfifo', [ca]);
  const output = { ...toOutput(1), type: 'tls', tls: { ca } };
  // Neither the drain nor a file system would end it.
  const manifest = await writeManifest(folder, { ...toConfig(kinesis, stream, output), drainTimeoutMs: 600_000 });
  put(kinesis, stream, toRecord('key', 0, 10));
  const { child, ended, stderr } = start(t, folder, ['run', '--manifest', manifest]);
  while (!/Reading shard/.test(stderr())) await delay(20);
  child.kill('SIGTERM');
  while (!/SIGTERM: stopping/.test(stderr())) await delay(20);
  await delay(600);
  child.kill('SIGTERM');
  t.is((await ended).code, 'SIGTERM');
});

/** Sends itself a signal as soon as the program reads its own version, which is before the module of a command is loaded. */
function signalEarly(signal: string): string {
  const code = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { readFileSync } = fs;
    fs.readFileSync = (path, ...more) => {
      if (/package.json$/.test(path)) process.kill(process.pid, '${signal}');
      return readFileSync(path, ...more);
    };
    syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

for (const [signal, code] of [
  ['SIGHUP', 78],
  ['SIGUSR2', 78],
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGQUIT', 131],
] as const) {
  test(`${signal} while the program is loaded ${code === 78 ? 'is ignored' : 'ends it'}`, async (t) => {
    const folder = await makeFolder(t);
    const { ended } = startProgram(t, folder, ['--import', signalEarly(signal), cli, 'run']);
    const { code: found } = await ended;
    // That there is no manifest shows that the command began. Node 26 may load the program before it looks at a signal.
    t.true(found === code || found === 78, `ended with ${found}`);
  });
}
