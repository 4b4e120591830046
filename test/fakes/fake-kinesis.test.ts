/** Tests the fake: the contract that it shares with kinesis-local, and the rules that only the fake follows. */
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../src/clock.js';
import type { KinesisApi } from '../../src/kinesis/api.js';
import { createSdkApi } from '../../src/kinesis/sdk-api.js';
import { testKinesisContract } from './fake-kinesis.contract.js';
import { type FakeKinesis, startFakeKinesis } from './fake-kinesis.js';
import { HandClock } from './hand-clock.js';

let shared: FakeKinesis | undefined;
test.after.always(() => shared?.stop());

testKinesisContract(async () => {
  const kinesis = await startFakeKinesis({ clock: systemClock });
  shared = kinesis;
  const { endpoint, region, credentials } = kinesis;
  return {
    endpoint,
    region,
    client: new KinesisClient({ endpoint, region, credentials, requestHandler: new NodeHttpHandler() }),
    async createStream(name, shards) {
      kinesis.createStream(name, { shards });
    },
  };
});

const { signal } = new AbortController();
const name = 'flow-logs';
const first = 'shardId-000000000000';
const beginning = { type: 'beginning' } as const;

async function open(t: ExecutionContext): Promise<{ clock: HandClock; kinesis: FakeKinesis; api: KinesisApi }> {
  const clock = new HandClock();
  const kinesis = await startFakeKinesis({ clock });
  kinesis.createStream(name);
  const { endpoint, region, credentials } = kinesis;
  const api = createSdkApi({ stream: name, endpoint, region, credentials });
  t.teardown(() => {
    api.close();
    return kinesis.stop();
  });
  return { clock, kinesis, api };
}

test('an iterator lives for five minutes', async (t) => {
  const { clock, api } = await open(t);
  const iterator = await api.getIterator(first, beginning, signal);
  await clock.advance(300_000);
  await t.notThrowsAsync(api.getRecords(iterator, signal));
  await clock.advance(1);
  await t.throwsAsync(api.getRecords(iterator, signal), { code: 'ExpiredIteratorException' });
});

test('what is older than the retention is gone, and the lag is that of the oldest unread record', async (t) => {
  const { clock, kinesis, api } = await open(t);
  kinesis.put(name, 'old', 'key');
  await clock.advance(3_600_000);
  kinesis.put(name, 'young', 'key');
  kinesis.put(name, Buffer.alloc(10 * 1024 * 1024), 'key');
  await clock.advance(23 * 3_600_000 + 1);
  const page = await api.getRecords(await api.getIterator(first, beginning, signal), signal);
  t.deepEqual(
    page.records.map(({ data }) => Buffer.from(data).toString()),
    ['young'],
  );
  t.is(page.millisBehindLatest, 23 * 3_600_000 + 1);
});

test('a closed shard is listed for as long as the retention', async (t) => {
  const { clock, kinesis, api } = await open(t);
  kinesis.split(name, first);
  await clock.advance(24 * 3_600_000);
  t.is((await api.listShards(signal)).length, 3);
  await clock.advance(1);
  t.deepEqual(
    (await api.listShards(signal)).map(({ parentIds }) => parentIds),
    [[first], [first]],
  );
  await t.throwsAsync(api.getIterator(first, beginning, signal), { code: 'ResourceNotFoundException' });
});

test('a position that the retention has taken is an error or the oldest record, as told', async (t) => {
  const { clock, kinesis, api } = await open(t);
  const { sequenceNumber } = kinesis.put(name, 'old', 'key');
  await clock.advance(24 * 3_600_000 + 1);
  kinesis.put(name, 'young', 'key');
  const position = { type: 'after', sequenceNumber } as const;
  const { records } = await api.getRecords(await api.getIterator(first, position, signal), signal);
  t.is(records.length, 1);
  kinesis.rules.onTrimmed = 'error';
  await t.throwsAsync(api.getIterator(first, position, signal), { code: 'InvalidArgumentException' });
});

test('positions of another stream, and times to come, are refused', async (t) => {
  const { clock, kinesis, api } = await open(t);
  const { sequenceNumber } = kinesis.put(name, 'a record', 'key');
  await clock.advance(1000);
  const iterator = await api.getIterator(first, beginning, signal);
  kinesis.createStream(name);
  await t.throwsAsync(api.getIterator(first, { type: 'after', sequenceNumber }, signal), {
    message: /did not come from this stream/,
  });
  await t.throwsAsync(api.getIterator(first, { type: 'time', atMs: clock.now() + 1 }, signal), {
    code: 'InvalidArgumentException',
  });
  await t.throwsAsync(api.getRecords(iterator, signal), { code: 'ResourceNotFoundException' });
});

test('a sequence number of another shard is no position', async (t) => {
  const { kinesis, api } = await open(t);
  const [left, right] = kinesis.split(name, first);
  const { sequenceNumber } = kinesis.putTo(name, left, 'a record');
  await t.throwsAsync(api.getIterator(right, { type: 'after', sequenceNumber }, signal), {
    code: 'InvalidArgumentException',
    message: new RegExp(`It encodes ${left}, while it was used in a call to a shard with ${right}`),
  });
});

test('five reads a second are granted, and no more', async (t) => {
  const { clock, kinesis, api } = await open(t);
  kinesis.rules.isThrottling = true;
  const iterator = await api.getIterator(first, beginning, signal);
  for (let i = 0; i < 5; i++) await api.getRecords(iterator, signal);
  await t.throwsAsync(api.getRecords(iterator, signal), { code: 'ProvisionedThroughputExceededException' });
  await clock.advance(999);
  await t.throwsAsync(api.getRecords(iterator, signal), { code: 'ProvisionedThroughputExceededException' });
  await clock.advance(1);
  await t.notThrowsAsync(api.getRecords(iterator, signal));
});

test('a reply has at the most 10 MiB, and then lets no other through for five seconds', async (t) => {
  const { clock, kinesis, api } = await open(t);
  kinesis.rules.isThrottling = true;
  for (let i = 0; i < 11; i++) kinesis.put(name, Buffer.alloc(1024 * 1024), 'key');
  const { records, nextIterator = '' } = await api.getRecords(await api.getIterator(first, beginning, signal), signal);
  t.is(records.length, 10);
  await clock.advance(4999);
  await t.throwsAsync(api.getRecords(nextIterator, signal), { code: 'ProvisionedThroughputExceededException' });
  await clock.advance(1);
  t.is((await api.getRecords(nextIterator, signal)).records.length, 1);
});

test('a reply has at the most 10,000 records', async (t) => {
  const { kinesis, api } = await open(t);
  for (let i = 0; i < 10_001; i++) kinesis.put(name, 'x', 'key');
  const iterator = await api.getIterator(first, beginning, signal);
  t.is((await api.getRecords(iterator, signal, undefined, 10_000)).records.length, 10_000);
  await t.throwsAsync(api.getRecords(iterator, signal, undefined, 10_001), { message: /10000|10,000|Limit/i });
});

test('a fault by script holds for its operation, its shard and its number of requests', async (t) => {
  const { kinesis, api } = await open(t);
  kinesis.split(name, first);
  const [, left = '', right = ''] = (await api.listShards(signal)).map(({ shardId }) => shardId);
  kinesis.fail({ operation: 'GetRecords', shardId: left, times: 2, error: { code: 'KMSDisabledException' } });
  const iterators = [await api.getIterator(left, beginning, signal), await api.getIterator(right, beginning, signal)];
  const outcomes: string[] = [];
  for (let i = 0; i < 3; i++) {
    for (const iterator of iterators)
      await api.getRecords(iterator, signal).then(
        () => outcomes.push('ok'),
        ({ code }) => outcomes.push(code),
      );
  }
  t.deepEqual(outcomes, ['KMSDisabledException', 'ok', 'KMSDisabledException', 'ok', 'ok', 'ok']);
});
