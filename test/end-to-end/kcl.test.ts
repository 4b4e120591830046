/** `kcl` with the messages of the MultiLangDaemon on its standard input and output, and real receivers. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { startReceiver } from '../fakes/receiver.js';
import { makeFolder, runHere, writeManifest } from './command.js';
import { findMissing, readLines, toRecord } from './flow-logs.js';
import { MultiLangDaemon, startInside, startProcess } from './multi-lang-daemon.js';

async function writeSettings(t: ExecutionContext, config: { readonly output?: object; readonly more?: object } = {}) {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, {
    input: { stream: 'flow-logs', checkpointIntervalMs: 50 },
    output: { type: 'tcp', host: receiver.host, port: receiver.port, confirmHoldMs: 0, ...config.output },
    ...config.more,
  });
  return { receiver, folder, manifest };
}

async function setUp(t: ExecutionContext, config?: Parameters<typeof writeSettings>[1]) {
  const { manifest, ...scene } = await writeSettings(t, config);
  return { ...scene, daemon: new MultiLangDaemon(startInside(t, manifest)) };
}

/** With a process of its own for what is about one. */
async function setUpProcess(t: ExecutionContext) {
  const { manifest, ...scene } = await writeSettings(t);
  const child = startProcess(t, manifest);
  return { ...scene, process: child.process, daemon: new MultiLangDaemon(child) };
}

/** Flow logs with the numbers `from` up to, but not with, `to`: one a record. */
const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({
    sequenceNumber: String(from + index),
    data: toRecord('a', from + index, from + index + 1).data,
  }));

/** Empty calls, as of an idle shard, until the condition holds. */
async function idleUntil(daemon: MultiLangDaemon, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await daemon.processRecords([]);
    await sleep(20);
  }
}

const last = ({ stored }: MultiLangDaemon) => stored.at(-1)?.sequenceNumber;

test('records are delivered, their confirmations are stored by later calls, and the end is clean', async (t) => {
  const { receiver, daemon } = await setUp(t);
  await daemon.initialize();
  await daemon.processRecords(records(0, 10));
  await idleUntil(daemon, () => last(daemon) === '9');
  t.deepEqual(
    readLines(receiver.lines).map(({ number }) => number),
    Array.from({ length: 10 }, (_, number) => number),
  );
  t.deepEqual(daemon.stored.at(-1), { sequenceNumber: '9', subSequenceNumber: 0 });
  t.is(await daemon.close(), 0, daemon.child.stderr());
  t.deepEqual(daemon.strayLines, []);
});

test('nothing is stored past a record that is not confirmed', async (t) => {
  const { receiver, daemon } = await setUp(t);
  await receiver.kill();
  await daemon.initialize();
  await daemon.processRecords(records(0, 5));
  await daemon.processRecords([]);
  t.deepEqual(daemon.stored, []);
  await receiver.restart();
  await idleUntil(daemon, () => last(daemon) === '4');
  t.deepEqual(findMissing(receiver.lines, 5), []);
  t.is(await daemon.close(), 0);
});

test('while the output has no room, the answer is withheld, and what is confirmed meanwhile is stored', async (t) => {
  const { receiver, daemon } = await setUp(t, { output: { rotateBytes: 1024, maxBufferedBytes: 1024 * 1024 } });
  receiver.behave((connection) => (connection < 4 ? { type: 'normal' } : { type: 'stalls' }));
  await daemon.initialize();
  const perRecord = 100;
  const many = Array.from({ length: 300 }, (_, index) => ({
    sequenceNumber: String(index),
    data: toRecord('a', index * perRecord, (index + 1) * perRecord).data,
  }));
  let isAnswered = false;
  const answered = daemon.processRecords(many).then(() => {
    isAnswered = true;
  });
  while (daemon.stored.length === 0) await sleep(20);
  t.false(isAnswered);
  receiver.behave({ type: 'normal' });
  await receiver.kill();
  await receiver.restart();
  await answered;
  await idleUntil(daemon, () => last(daemon) === '299');
  t.deepEqual(findMissing(receiver.lines, 300 * perRecord), []);
});

test('the end of a shard is stored once all of it is confirmed, and stored again if KCL refuses at first', async (t) => {
  const { receiver, daemon } = await setUp(t);
  await receiver.kill();
  await daemon.initialize();
  await daemon.processRecords(records(0, 5));
  daemon.refusals.push('ThrottlingException');
  let isAnswered = false;
  const ended = daemon.call('shardEnded').then(() => {
    isAnswered = true;
  });
  await sleep(300);
  t.false(isAnswered);
  t.deepEqual(daemon.stored, []);
  await receiver.restart();
  await ended;
  t.deepEqual(daemon.stored, [{ sequenceNumber: null, subSequenceNumber: null }]);
  t.is(daemon.refusals.length, 0);
  t.deepEqual(findMissing(receiver.lines, 5), []);
  t.is(await daemon.close(), 0);
});

test('a signal to the group is left to the daemon, whose request to shut down drains and stores', async (t) => {
  const { receiver, process, daemon } = await setUpProcess(t);
  await daemon.initialize();
  await daemon.processRecords(records(0, 5));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(signal);
  await daemon.call('shutdownRequested');
  t.is(last(daemon), '4');
  await daemon.call('leaseLost');
  t.is(await daemon.close(), 0, daemon.child.stderr());
  t.is(receiver.lines.length, 5);
  t.deepEqual(daemon.strayLines, []);
});

async function isHandled(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mask = BigInt(`0x${/^SigCgt:\t(\w+)/m.exec(status)?.[1]}`);
  return (mask & (1n << BigInt(constants.signals[signal] - 1))) !== 0n;
}

test('a signal while the program is being loaded is left to the daemon too', async (t) => {
  const { process, daemon } = await setUpProcess(t);
  // Node handles some signals by itself from the start; this one is handled first by the program, before it is loaded.
  while (!(await isHandled(process.pid ?? 0, 'SIGUSR2'))) await sleep(2);
  process.kill('SIGTERM');
  await daemon.initialize();
  t.is(await daemon.close(), 0);
});

test('a request to shut down ends within the drain time while the receiver is away, and stores nothing', async (t) => {
  const { receiver, daemon } = await setUp(t, { more: { drainTimeoutMs: 500 } });
  await receiver.kill();
  await daemon.initialize();
  await daemon.processRecords(records(0, 5));
  await daemon.call('shutdownRequested');
  t.deepEqual(daemon.stored, []);
  t.is(await daemon.close(), 0);
});

test('after a lost lease nothing is stored, whatever is confirmed', async (t) => {
  const { receiver, daemon } = await setUp(t);
  await receiver.kill();
  await daemon.initialize();
  await daemon.processRecords(records(0, 5));
  await daemon.call('leaseLost');
  await receiver.restart();
  await receiver.whenLines(5);
  await daemon.call('shutdownRequested');
  t.deepEqual(daemon.stored, []);
});

test('a checkpoint that KCL refuses is tried again by the next call', async (t) => {
  const { daemon } = await setUp(t);
  daemon.refusals.push('ThrottlingException', 'KinesisClientLibDependencyException');
  await daemon.initialize();
  await daemon.processRecords(records(0, 3));
  await idleUntil(daemon, () => last(daemon) === '2');
  t.is(daemon.refusals.length, 0);
  t.regex(daemon.child.stderr(), /checkpoint-refused/);
});

test('a daemon that dies ends its child at once, also while the answer is withheld', async (t) => {
  const { receiver, daemon } = await setUpProcess(t);
  await receiver.kill();
  await daemon.initialize();
  await daemon.processRecords(records(0, 5));
  void daemon.call('shardEnded').catch(() => {});
  await sleep(200);
  t.is(await daemon.close(), 0);
  t.deepEqual(daemon.stored, []);
});

test('messages of daemons of old are understood', async (t) => {
  const { daemon } = await setUp(t);
  await daemon.initialize();
  await daemon.processRecords(records(0, 2));
  await daemon.call('shutdown', { reason: 'TERMINATE' });
  t.deepEqual(daemon.stored.at(-1), { sequenceNumber: null, subSequenceNumber: null });
  t.is(await daemon.close(), 0);
});

test('each shard has a dead-letter file of its own', async (t) => {
  const { daemon, folder } = await setUp(t);
  await daemon.initialize('shardId-000000000007');
  await daemon.processRecords([{ sequenceNumber: '1', data: Buffer.from('junk') }]);
  await idleUntil(daemon, () => last(daemon) === '1');
  t.true(existsSync(join(folder, 'kinesis-snare.dead-letter.ndjson.shardId-000000000007')));
});

test("an input that is not the daemon's ends the child with 1, and nothing is written to standard output", async (t) => {
  const { daemon } = await setUp(t);
  daemon.child.stdin.write('{"action":"leaseLost"}\n');
  t.is(await daemon.child.ended, 1);
  t.regex(daemon.child.stderr(), /Expected \\"initialize\\" first/);
  t.deepEqual(daemon.strayLines, []);
});

test('settings that a child cannot keep are a wrong configuration', async (t) => {
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, { input: { stream: 's' }, output: { type: 'stdout' }, metrics: {} });
  const { code, stderr, stdout } = await runHere('kcl', '--manifest', manifest);
  t.is(code, 78);
  t.regex(stderr, /output\.type: expected a type other than/);
  t.regex(stderr, /metrics\.port: expected 0/);
  t.is(stdout, '');
});

test('--print-properties prints what the manifest says, with a shutdown that a drain fits into', async (t) => {
  const folder = await makeFolder(t);
  const print = async (input: object) => {
    const manifest = await writeManifest(folder, {
      input,
      output: { type: 'tcp', host: 'snare.example.com' },
      drainTimeoutMs: 20_000,
    });
    const { stdout, code, stderr } = await runHere('kcl', '--print-properties', '--manifest', manifest);
    t.is(code, 0, stderr);
    const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return {
      manifest,
      properties: Object.fromEntries(lines.map((line) => line.split(' = '))) as Record<string, string>,
    };
  };
  const streamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs';
  const { manifest, properties } = await print({ stream: streamArn, startAt: 'earliest' });
  t.like(properties, {
    executableName: `kinesis-snare kcl --manifest ${manifest}`,
    streamName: 'flow-logs',
    streamArn,
    regionName: 'us-east-1',
    applicationName: 'kinesis-snare-flow-logs',
    initialPositionInStream: 'TRIM_HORIZON',
    callProcessRecordsEvenForEmptyRecordList: 'true',
    shutdownGraceMillis: '25000',
    failoverTimeMillis: '25000',
  });
  const other = await print({ stream: 's', region: 'eu-west-1', startAt: '2026-01-01T00:00:00Z' });
  t.is(other.properties.initialPositionInStreamExtended, '1767225600');
  t.is(other.properties.regionName, 'eu-west-1');
});
