import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { systemClock } from '../../src/clock.js';
import type { Fault } from '../../src/faults.js';
import { type DeadLetter, parseLetter } from '../../src/pipeline/dead-letter-file.js';
import type { RecordSink } from '../../src/pipeline/open-record.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import { PluginEmitter } from '../../src/report/events.js';
import type { Stats } from '../../src/report/plugin-stats.js';
import { Counters } from '../../src/report/stats.js';
import { makeFolder, writeManifest } from '../end-to-end/command.js';
import { toRecord } from '../end-to-end/flow-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { toFakeInput } from '../plugin/fake-input.js';

// The fake takes any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
const mib = 1024 * 1024;

test('a record that always fails is a dead letter after its attempts, whole, and its shard continues', async (t) => {
  const { pipeline, start, put, taken, poison, folder, counters } = await setUp(t, { maxAttempts: 3 });
  put(0, 'before');
  const { sequenceNumber, shardId } = put(0, 'poison');
  put(0, 'behind');
  poison.add(sequenceNumber);
  await start();
  await until(() => pipeline.pending === 0 && taken.length === 2);
  t.deepEqual(taken, ['before', 'behind']);
  t.is(poison.attempts, 3);
  t.is(counters.faults['record-failed'], 2);
  const letters = await readLetters(folder);
  t.is(letters.length, 1);
  t.like(letters[0], { reason: 'poison', shardId, sequenceNumber });
  t.regex(letters[0]?.detail ?? '', /3 attempts/);
  t.deepEqual(Buffer.from(letters[0]?.data ?? ''), Buffer.from(toRecord('poison', 0, 2).data));
  await pipeline.stopReading();
  t.true(await pipeline.close());
  t.regex(await readFile(join(folder, 'checkpoint.json'), 'utf8'), /"after"/);
});

test('with unreadable "generic", a record that always fails is handed out as rows, and acked with them', async (t) => {
  const { pipeline, start, put, taken, poison, counters, path } = await setUp(t, { maxAttempts: 3 }, {}, 'generic');
  const { sequenceNumber } = put(0, 'poison');
  put(0, 'behind');
  poison.add(sequenceNumber, 3);
  await start();
  await until(() => pipeline.pending === 0 && taken.length === 2);
  // A row of AWSGenericLog has no interface.
  t.deepEqual(taken, ['fined', 'behind']);
  t.deepEqual(counters.unreadable, { poison: 1 });
  t.false(existsSync(path));
});

test('a record that fails once and then is taken is no dead letter', async (t) => {
  const { start, put, taken, poison, counters } = await setUp(t, { maxAttempts: 3 });
  poison.add(put(0, 'touchy').sequenceNumber, 2);
  await start();
  await until(() => taken.length === 1);
  t.deepEqual(counters.deadLetters, {});
  // Counted once, however often it was tried.
  t.is(counters.records, 1);
});

test('one bad shard does not hold the others', async (t) => {
  const { start, put, taken, poison } = await setUp(t, { maxAttempts: 1000 });
  poison.add(put(0, 'poison').sequenceNumber);
  put(0, 'behind');
  put(1, 'other');
  await start();
  await until(() => taken.includes('other') && poison.attempts > 1);
  t.deepEqual(taken, ['other']);
});

test('a dead-letter file that cannot be written stops its shard loudly, no other, until it can be', async (t) => {
  const { pipeline, start, put, taken, counters, faults, deadLetters, path, folder } = await setUp(t, {
    maxAttempts: 1,
  });
  await start();
  await mkdir(path);
  const bad = put(0, undefined);
  put(0, 'behind');
  put(1, 'other');
  await until(() => taken.includes('other') && (counters.faults['record-failed'] ?? 0) >= 2);
  put(1, 'another');
  await until(() => taken.includes('another'));
  t.deepEqual(taken, ['other', 'another']);
  t.deepEqual(deadLetters, []);
  t.true(pipeline.pending > 0);
  for (const { code, shardId, message } of faults) {
    t.is(code, 'record-failed');
    t.is(shardId, bad.shardId);
    t.true(message.includes(path));
  }
  await rmdir(path);
  await until(() => taken.includes('behind') && pipeline.pending === 0);
  t.is(deadLetters.length, 1);
  t.deepEqual(
    (await readLetters(folder)).map(({ sequenceNumber }) => sequenceNumber),
    [bad.sequenceNumber],
  );
});

test('a dead-letter file at its limit stops its shard until it is moved away', async (t) => {
  const { start, put, taken, faults, path, folder } = await setUp(t, {}, { maxBytes: mib });
  await writeFile(path, `${'x'.repeat(mib - 2)}\n`);
  const bad = put(0, undefined);
  put(0, 'behind');
  put(1, 'other');
  await start();
  await until(() => taken.includes('other') && faults.length > 0);
  t.true(faults.every(({ message }) => message.includes('deadLetter.maxBytes')));
  t.is((await readFile(path)).length, mib - 1);
  t.deepEqual(taken, ['other']);
  await rename(path, `${path}.full`);
  await until(() => taken.includes('behind'));
  t.deepEqual(
    (await readLetters(folder)).map(({ sequenceNumber }) => sequenceNumber),
    [bad.sequenceNumber],
  );
});

test('a dead-letter file that is nearly full is reported, and still takes letters', async (t) => {
  const { start, put, faults, deadLetters, path } = await setUp(t, {}, { maxBytes: mib });
  await writeFile(path, `${'x'.repeat(Math.floor(mib * 0.79))}\n`);
  put(0, undefined);
  await start();
  await until(() => deadLetters.length === 1);
  t.deepEqual(faults, []);
  await writeFile(path, `${'x'.repeat(Math.floor(mib * 0.81))}\n`);
  put(0, undefined);
  await until(() => deadLetters.length === 2);
  t.deepEqual(
    faults.map(({ code }) => code),
    ['dead-letter-file-nearly-full'],
  );
});

test('a record that ends the process each time is a dead letter after the fourth, and the others are delivered', async (t) => {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  t.teardown(() => kinesis.stop());
  const [shard] = kinesis.createStream(stream, { shards: 1 }).shards;
  const folder = await makeFolder(t);
  const fatal = kinesis.putTo(stream, shard?.shardId ?? '', toRecord('fatal', 0, 2).data);
  for (const key of ['one', 'two']) kinesis.putTo(stream, shard?.shardId ?? '', toRecord(key, 0, 2).data);
  const config = {
    input: { ...toFakeInput(kinesis, stream, folder) },
    output: { type: 'file', path: join(folder, 'lines') },
    deadLetter: { path: join(folder, 'dead-letter.ndjson') },
  };
  const manifest = await writeManifest(folder, config);
  const runChild = async () => {
    const child = fork(fileURLToPath(new URL('crash-child.js', import.meta.url)), [manifest], { execArgv: [] });
    t.teardown(() => child.kill('SIGKILL'));
    let stats: Partial<Stats> | undefined;
    child.on('message', (message) => {
      stats = message as Stats;
    });
    const [, signal] = await once(child, 'exit');
    return { signal, stats };
  };
  for (let count = 0; count < 4; count++) t.is((await runChild()).signal, 'SIGKILL');
  const { stats } = await runChild();
  t.like(stats, { records: 3, acknowledged: 3, deadLetters: { crashed: 1 } });
  const letters = await readLetters(folder);
  t.like(letters[0], { reason: 'crashed', sequenceNumber: fatal.sequenceNumber });
  t.deepEqual(Buffer.from(letters[0]?.data ?? ''), Buffer.from(toRecord('fatal', 0, 2).data));
  t.is((await readFile(join(folder, 'lines'), 'utf8')).trimEnd().split('\n').length, 4);
  t.false(existsSync(join(folder, 'checkpoint.json.run')), 'a clean end leaves no note');
});

/** Records that the host of the pipeline cannot take. */
class Poison {
  attempts = 0;
  readonly #failures = new Map<string, number>();

  add(sequenceNumber: string, failures = Number.POSITIVE_INFINITY): void {
    this.#failures.set(sequenceNumber, failures);
  }

  touch(sequenceNumber: string): void {
    const left = this.#failures.get(sequenceNumber) ?? 0;
    if (left === 0) return;
    this.#failures.set(sequenceNumber, left - 1);
    this.attempts++;
    throw new Error('The host choked on it');
  }
}

/** Two shards, and a host that takes records at once and acknowledges them. */
async function setUp(
  t: ExecutionContext,
  input: object,
  deadLetter: object = {},
  unreadable: 'dead-letter' | 'generic' = 'dead-letter',
) {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  const shards = kinesis.createStream(stream, { shards: 2 }).shards.map(({ shardId }) => shardId);
  const folder = await makeFolder(t);
  const path = join(folder, 'dead-letter.ndjson');
  const config = {
    input: {
      ...toFakeInput(kinesis, stream, folder),
      ...input,
    },
    deadLetter: { path, ...deadLetter },
    unreadable,
  };
  const { settings } = loadSettings({ id: 'kinesis-snare', config });
  if (!settings.input) throw new TypeError('The test has an input');
  const counters = new Counters();
  const events = new PluginEmitter();
  const faults: Fault[] = [];
  const deadLetters: string[] = [];
  events.on('fault', (fault) => faults.push(fault));
  events.on('dead-letter', ({ reason }) => deadLetters.push(reason));
  const poison = new Poison();
  /** Keys of the records, as they were taken. */
  const taken: string[] = [];
  const pipeline = new Pipeline({
    settings,
    input: settings.input,
    counters,
    events,
    signal: new AbortController().signal,
  });
  const take: RecordSink['take'] = async ({ rows }, open) => {
    poison.touch(open.record.sequenceNumber);
    const [first] = Array.from(rows, ({ row }) => String(row.INTERFACEID));
    if (first !== undefined) taken.push(first.slice(4));
    open.close();
  };
  const start = () => pipeline.start({ take });
  t.teardown(async () => {
    await pipeline.stopReading();
    await pipeline.close();
    await kinesis.stop();
  });
  /** A record of two flow logs with this key; without one, a record of no use. */
  const put = (shard: 0 | 1, key: string | undefined) =>
    kinesis.putTo(stream, shards[shard] ?? '', key === undefined ? 'garbage' : toRecord(key, 0, 2).data);
  return { pipeline, start, put, taken, poison, counters, faults, deadLetters, folder, path };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

async function readLetters(folder: string): Promise<DeadLetter[]> {
  const lines = (await readFile(join(folder, 'dead-letter.ndjson'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => parseLetter(line) as DeadLetter);
}
