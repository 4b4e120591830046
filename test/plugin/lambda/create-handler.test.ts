/** The handler of Lambda, called as an event source mapping calls it, with real receivers. */
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createHandler } from '../../../plugin/lambda/index.js';
import { findMissing, readLines, toRecord } from '../../end-to-end/flow-logs.js';
import { deliverBatch, type MappedRecord, toKinesisEvent } from '../../fakes/event-source-mapping.js';
import { type Receiver, startReceiver } from '../../fakes/receiver.js';

/** What the function logs. Lambda takes it from standard error. */
const logged: string[] = [];
process.stderr.write = ((text: string) => logged.push(text) > 0) as typeof process.stderr.write;

const shardId = 'shardId-000000000000';
/** Connections end, and confirm, as soon as they may. */
const quick = { confirmHoldMs: 0, rotateMs: 50 };

async function setUp(t: ExecutionContext, output: object = {}, config: object = {}) {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const handler = createHandler({
    id: 'kinesis-snare',
    config: { output: { type: 'tcp', host: receiver.host, port: receiver.port, ...quick, ...output }, ...config },
  });
  return { receiver, handler };
}

/** A context that says how much of its time is left. */
function lasting(ms: number) {
  const endMs = performance.now() + ms;
  return { getRemainingTimeInMillis: () => Math.max(0, endMs - performance.now()) };
}

/** Flow logs with the numbers `from` up to, but not with, `to`: one a record. */
function records(from: number, to: number): MappedRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({
    sequenceNumber: String(from + index),
    data: toRecord('a', from + index, from + index + 1).data,
  }));
}

const failures = (sequenceNumber: string) => ({ batchItemFailures: [{ itemIdentifier: sequenceNumber }] });
const none = { batchItemFailures: [] };
const numbersOf = ({ lines }: Receiver) => readLines(lines).map(({ number }) => number);

test('a batch is delivered in order and confirmed, and so is the next one on the same plugin', async (t) => {
  const { receiver, handler } = await setUp(t);
  t.deepEqual(await handler(toKinesisEvent(shardId, records(0, 20)), lasting(20_000)), none);
  t.deepEqual(await handler(toKinesisEvent(shardId, records(20, 40)), lasting(20_000)), none);
  t.deepEqual(
    numbersOf(receiver),
    Array.from({ length: 40 }, (_, number) => number),
  );
});

for (const { what, break: breakIt } of [
  { what: 'is away', break: (receiver: Receiver) => receiver.kill() },
  { what: 'reads nothing', break: async (receiver: Receiver) => receiver.freeze() },
  { what: 'never closes', break: async (receiver: Receiver) => receiver.behave({ type: 'never-closes' }) },
]) {
  test(`while the receiver ${what}, Lambda is asked to retry the whole batch, before the time is up`, async (t) => {
    const { receiver, handler } = await setUp(t);
    await breakIt(receiver);
    const context = lasting(6000);
    t.deepEqual(await handler(toKinesisEvent(shardId, records(0, 5)), context), failures('0'));
    t.true(context.getRemainingTimeInMillis() > 0);
    t.true(logged.some((line) => (JSON.parse(line) as { code?: string }).code === 'not-confirmed-in-time'));
  });
}

test('Lambda retries from the first record that is not confirmed', async (t) => {
  // Each connection takes half a megabyte of lines; the later ones are not read.
  const { receiver, handler } = await setUp(t, { rotateBytes: 1024 });
  receiver.behave((connection) => (connection < 4 ? { type: 'normal' } : { type: 'stalls' }));
  const perRecord = 50;
  const batch = Array.from({ length: 200 }, (_, index) => ({
    sequenceNumber: String(index),
    data: toRecord('a', index * perRecord, (index + 1) * perRecord).data,
  }));
  const done: number[] = [];
  await deliverBatch(
    shardId,
    batch,
    (event) => handler(event, lasting(7000)),
    (invocation) => {
      done.push(invocation.done);
      receiver.behave({ type: 'normal' });
    },
  );
  t.is(done.length, 2);
  const [first = 0, second = 0] = done;
  t.true(first > 0 && second > 0, String(done));
  t.is(first + second, 200);
  t.deepEqual(findMissing(receiver.lines, 200 * perRecord), []);
});

test('nothing of a batch that is not confirmed mixes into the next one', async (t) => {
  const { receiver, handler } = await setUp(t);
  await receiver.kill();
  t.deepEqual(await handler(toKinesisEvent(shardId, records(0, 50)), lasting(1000)), failures('0'));
  await receiver.restart();
  t.deepEqual(await handler(toKinesisEvent('shardId-000000000001', records(100, 110)), lasting(20_000)), none);
  // Longer than a line that was left behind would take.
  await sleep(500);
  t.deepEqual(
    numbersOf(receiver),
    Array.from({ length: 10 }, (_, index) => 100 + index),
  );
});

test('a receiver that is killed again and again costs retries and no record', async (t) => {
  const { receiver, handler } = await setUp(t);
  let kills = 0;
  const killing = setInterval(async () => {
    if (kills++ < 4) await receiver.kill().then(() => receiver.restart());
  }, 150);
  t.teardown(() => clearInterval(killing));
  for (let from = 0; from < 500; from += 100)
    await deliverBatch(shardId, records(from, from + 100), (event) => handler(event, lasting(5000)));
  t.true(kills > 0);
  t.deepEqual(findMissing(receiver.lines, 500), []);
});

test.serial('a connection that died while the function was frozen is replaced before the next batch', async (t) => {
  const { receiver, handler } = await setUp(t);
  t.deepEqual(await handler(toKinesisEvent(shardId, records(0, 1)), lasting(20_000)), none);
  // The connection that is open is dead, and nobody says so.
  receiver.freeze();
  receiver.behave({ type: 'normal' });
  const now = Date.now;
  t.teardown(() => {
    Date.now = now;
  });
  Date.now = () => now() + 60_000;
  t.deepEqual(await handler(toKinesisEvent(shardId, records(1, 2)), lasting(8000)), none);
  t.deepEqual(numbersOf(receiver), [0, 1]);
});

test('a record that cannot be read is delivered as rows with all of its bytes, and holds up nothing', async (t) => {
  const { receiver, handler } = await setUp(t, { maxLineBytes: 1000 });
  const poison = Buffer.from(`no payload ${'x'.repeat(5000)}`);
  const batch = [...records(0, 1), { sequenceNumber: '7', data: poison }, ...records(1, 2)];
  t.deepEqual(await handler(toKinesisEvent(shardId, batch), lasting(20_000)), none);
  const tables = receiver.lines.map((line) => line.split('\t')[1]);
  t.is(tables[0], 'AWSVPCFlowLog');
  t.is(tables.at(-1), 'AWSVPCFlowLog');
  const maps = receiver.lines
    .filter((line) => line.includes('AWSGenericLog'))
    .map((line) => JSON.parse(line.split('\t')[3] ?? '').SNAREDATAMAP);
  t.true(maps.length > 5);
  for (const map of maps) t.like(map, { reason: 'bad-json', shard: shardId, sequenceNumber: '7' });
  t.deepEqual(Buffer.concat(maps.map(({ data }) => Buffer.from(data, 'base64'))), poison);
});

test('the batch of a tumbling window gives its state back, also without records, and fan-out changes nothing', async (t) => {
  const { receiver, handler } = await setUp(t);
  const state = { anything: 1 };
  const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs/consumer/snare:1700000000';
  const event = toKinesisEvent(shardId, records(0, 3), { state, arn });
  t.deepEqual(await handler(event, lasting(20_000)), { ...none, state });
  t.deepEqual(await handler(toKinesisEvent(shardId, [], { state }), lasting(20_000)), { ...none, state });
  t.is(receiver.lines.length, 3);
});

for (const { what, event, says } of [
  { what: 'undefined', event: undefined, says: /got undefined/ },
  { what: 'an empty object', event: {}, says: /an empty object/ },
  { what: 'of SQS', event: { Records: [{ messageId: '1', body: '{}' }] }, says: /another kind of record at index 0/ },
]) {
  test(`an event that is ${what} is an error, not a success`, async (t) => {
    const { handler } = await setUp(t);
    await t.throwsAsync(handler(event as never, lasting(20_000)), { instanceOf: TypeError, message: says });
  });
}

test('settings that a function cannot keep are reported when it is created, all at once', (t) => {
  const config = { output: { type: 'file', path: '/tmp/x' }, unreadable: 'dead-letter', metrics: {} };
  const error = t.throws(() => createHandler({ id: 'kinesis-snare', config }), { name: 'ConfigurationError' });
  t.regex(error?.message ?? '', /output\.type/);
  t.regex(error?.message ?? '', /unreadable/);
  t.regex(error?.message ?? '', /metrics: expected nothing/);
  t.throws(() => createHandler({ id: 'kinesis-snare' }), { message: /output: expected an output/ });
});

test('overrides take precedence, and the stream may be left out or named', async (t) => {
  const { receiver } = await setUp(t);
  const handler = createHandler(
    { id: 'kinesis-snare', config: { input: { stream: 'another' } } },
    { output: { type: 'tcp', host: receiver.host, port: receiver.port, ...quick } },
  );
  t.deepEqual(await handler(toKinesisEvent(shardId, records(0, 1)), lasting(20_000)), none);
  t.is(receiver.lines.length, 1);
});
