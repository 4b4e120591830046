import { randomBytes } from 'node:crypto';
import { getEventListeners, setMaxListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { AwsError } from '../../src/aws/error.js';
import { startService, streamName } from './reading.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);
const beginning = { type: 'beginning' } as const;
const arn = `arn:aws:kinesis:us-east-1:123456789012:stream/${streamName}`;

test('a stream is described with its identity and its retention', async (t) => {
  const { clock, kinesis, createApi } = await startService(t, 1, 48);
  const createdMs = clock.now();
  t.deepEqual(await createApi().describeStream(signal), {
    arn,
    createdMs,
    retentionMs: 48 * 3_600_000,
  });
  t.is(kinesis.requests.length, 1);
});

for (const [kind, stream, expected] of [
  ['name', streamName, { StreamName: streamName }],
  ['ARN', arn, { StreamARN: arn }],
] as const) {
  test(`a stream may be given by its ${kind}`, async (t) => {
    const { kinesis, createApi } = await startService(t);
    const { shardId } = kinesis.put(streamName, 'a record', 'key');
    const api = createApi({ stream });
    t.is((await api.describeStream(signal)).arn, arn);
    t.is((await api.listShards(signal)).length, 1);
    const { records } = await api.getRecords(await api.getIterator(shardId, beginning, signal), signal);
    t.is(records.length, 1);
    for (const { operation, input } of kinesis.requests.slice(0, 3)) t.like(input, expected, operation);
  });
}

test('a read names the ARN, without which AWS refuses a stream of another account', async (t) => {
  const { kinesis, createApi } = await startService(t);
  const api = createApi({ stream: arn });
  await api.getRecords(await api.getIterator('shardId-000000000000', beginning, signal), signal);
  t.is(kinesis.requestsOf('GetRecords')[0]?.input.StreamARN, arn);
});

test('the region comes from the ARN', async (t) => {
  const { createApi } = await startService(t);
  await t.notThrowsAsync(createApi({ stream: arn, region: undefined }).describeStream(signal));
});

test('all pages of the list of shards are read, with lineage and what is closed', async (t) => {
  const { kinesis, createApi } = await startService(t, 3);
  kinesis.rules.shardsPerPage = 2;
  const [a, b, c] = kinesis.stream(streamName).shards.map(({ shardId }) => shardId) as [string, string, string];
  const [left, right] = kinesis.split(streamName, a);
  const merged = kinesis.merge(streamName, b, c);
  t.deepEqual(await createApi().listShards(signal), [
    { shardId: a, parentIds: [], isClosed: true },
    { shardId: b, parentIds: [], isClosed: true },
    { shardId: c, parentIds: [], isClosed: true },
    { shardId: left, parentIds: [a], isClosed: false },
    { shardId: right, parentIds: [a], isClosed: false },
    { shardId: merged, parentIds: [b, c], isClosed: false },
  ]);
  const pages = kinesis.requestsOf('ListShards');
  t.is(pages.length, 3);
  // AWS refuses a name beside the token of a page.
  t.deepEqual(
    pages.map(({ input }) => Object.keys(input)),
    [['StreamName'], ['NextToken'], ['NextToken']],
  );
});

test('records come with their bytes, sequence numbers and times of arrival', async (t) => {
  const { clock, kinesis, createApi } = await startService(t);
  const bytes = Uint8Array.of(0, 1, 254, 255);
  const first = kinesis.put(streamName, bytes, 'key');
  const firstMs = clock.now();
  await clock.advance(123);
  const second = kinesis.put(streamName, 'a text', 'key');
  const api = createApi();
  const page = await api.getRecords(await api.getIterator(first.shardId, beginning, signal), signal);
  t.deepEqual(
    page.records.map((record) => ({ ...record, data: [...record.data] })),
    [
      { sequenceNumber: first.sequenceNumber, data: [...bytes], arrivalMs: firstMs },
      { sequenceNumber: second.sequenceNumber, data: [...Buffer.from('a text')], arrivalMs: firstMs + 123 },
    ],
  );
  t.like(page, { hasChildren: false, millisBehindLatest: 0 });
  t.truthy(page.nextIterator);
});

test('a response that is written with blanks, as emulators do, has its records all the same', async (t) => {
  const { kinesis, createApi } = await startService(t);
  kinesis.rules.indent = 2;
  const { shardId } = kinesis.put(streamName, 'one', 'key');
  kinesis.put(streamName, 'two', 'key');
  const api = createApi();
  const { records } = await api.getRecords(await api.getIterator(shardId, beginning, signal), signal);
  t.deepEqual(
    records.map(({ data }) => Buffer.from(data).toString()),
    ['one', 'two'],
  );
});

for (const [name, records] of [
  ['a record without a sequence number', '[{"Data":"YQ=="}]'],
  ['an empty sequence number', '[{"SequenceNumber":"","Data":"YQ=="}]'],
  ['null in place of a record, with blanks', '[ null ]'],
  ['data outside of the list of records', '[],"Other":[{"Data":"YQ=="}]'],
  ['no JSON behind the data', '[{"Data":"YQ=="}'],
]) {
  test(`a response with ${name} gives no record`, async (t) => {
    const { kinesis, createApi } = await startService(t);
    const { shardId } = kinesis.put(streamName, 'one', 'key');
    const api = createApi();
    const iterator = await api.getIterator(shardId, beginning, signal);
    kinesis.fail({ operation: 'GetRecords', error: { body: `{"MillisBehindLatest":0,"Records":${records}}` } });
    t.is((await t.throwsAsync<AwsError>(api.getRecords(iterator, signal)))?.kind, 'transient');
    t.is((await api.getRecords(iterator, signal)).records.length, 1);
  });
}

test('a position behind a record gives the next one', async (t) => {
  const { kinesis, createApi } = await startService(t);
  const { shardId, sequenceNumber } = kinesis.put(streamName, 'one', 'key');
  kinesis.put(streamName, 'two', 'key');
  const api = createApi();
  const iterator = await api.getIterator(shardId, { type: 'after', sequenceNumber }, signal);
  const { records } = await api.getRecords(iterator, signal);
  t.deepEqual(
    records.map(({ data }) => Buffer.from(data).toString()),
    ['two'],
  );
});

test('a position in time gives what came at that millisecond or later', async (t) => {
  const { clock, kinesis, createApi } = await startService(t);
  kinesis.put(streamName, 'one', 'key');
  await clock.advance(1);
  const { shardId } = kinesis.put(streamName, 'two', 'key');
  const api = createApi();
  const iterator = await api.getIterator(shardId, { type: 'time', atMs: clock.now() }, signal);
  const { records } = await api.getRecords(iterator, signal);
  t.deepEqual(
    records.map(({ data }) => Buffer.from(data).toString()),
    ['two'],
  );
});

test('the end of a closed shard has children and no next iterator', async (t) => {
  const { kinesis, createApi } = await startService(t);
  kinesis.split(streamName, 'shardId-000000000000');
  const api = createApi();
  const page = await api.getRecords(await api.getIterator('shardId-000000000000', beginning, signal), signal);
  t.deepEqual(page, { records: [], nextIterator: undefined, hasChildren: true, millisBehindLatest: 0 });
});

for (const code of ['ProvisionedThroughputExceededException', 'ThrottlingException', 'InternalFailure']) {
  test(`a call makes one attempt: ${code}`, async (t) => {
    const { kinesis, createApi } = await startService(t);
    kinesis.fail({
      operation: 'DescribeStreamSummary',
      times: 9,
      error: { code, status: code === 'InternalFailure' ? 500 : 400 },
    });
    await t.throwsAsync(createApi().describeStream(signal), { name: 'AwsError', code });
    t.is(kinesis.requests.length, 1);
  });
}

test('a connection that is reset is one attempt too', async (t) => {
  const { kinesis, createApi } = await startService(t);
  kinesis.fail({ operation: 'DescribeStreamSummary', times: 9, error: 'reset' });
  const error = await t.throwsAsync<AwsError>(createApi().describeStream(signal));
  t.like(error, { kind: 'transient', code: 'ECONNRESET' });
  t.is(kinesis.requests.length, 1);
});

test('what is no response of AWS, such as the page of a proxy, passes', async (t) => {
  const { kinesis, createApi } = await startService(t);
  kinesis.fail({ operation: 'DescribeStreamSummary', error: 'not-json' });
  const api = createApi();
  const error = await t.throwsAsync<AwsError>(api.describeStream(signal));
  t.is(error?.kind, 'transient');
  t.is((await api.describeStream(signal)).arn, arn);
});

test('a service that is away refuses at once', async (t) => {
  const { kinesis, createApi } = await startService(t);
  await kinesis.goAway();
  const error = await t.throwsAsync<AwsError>(createApi().describeStream(signal));
  t.like(error, { kind: 'transient', code: 'ECONNREFUSED' });
});

test('a name that does not resolve passes', async (t) => {
  const { createApi } = await startService(t);
  const error = await t.throwsAsync<AwsError>(createApi({ endpoint: 'http://kinesis.invalid' }).describeStream(signal));
  t.is(error?.kind, 'transient');
  t.regex(error?.code ?? '', /^(ENOTFOUND|EAI_AGAIN)$/);
});

for (const error of ['hang', 'stall'] as const) {
  test(`a response that ${error === 'hang' ? 'never begins' : 'stops half-way'} times out`, async (t) => {
    const { kinesis, createApi } = await startService(t);
    kinesis.fail({ operation: 'DescribeStreamSummary', error });
    const thrown = await t.throwsAsync<AwsError>(createApi({ requestTimeoutMs: 1000 }).describeStream(signal));
    t.is(thrown?.kind, 'transient');
    t.regex(thrown?.code ?? '', /^(ETIMEDOUT|TimeoutError)$/);
    const what = error === 'hang' ? 'no response' : 'the rest of the response did not arrive';
    t.is(thrown?.message, `${thrown?.code}: ${what} within 1000 ms`);
  });

  test(`an abort ends a call whose response ${error === 'hang' ? 'never begins' : 'stops half-way'}`, async (t) => {
    const { clock, kinesis, createApi } = await startService(t);
    kinesis.fail({ operation: 'DescribeStreamSummary', error });
    const controller = new AbortController();
    const response = createApi().describeStream(controller.signal);
    response.catch(() => {});
    await clock.settle();
    t.is(kinesis.held, 1);
    controller.abort();
    const thrown = await t.throwsAsync<AwsError>(response);
    t.is(thrown?.kind, 'transient');
  });
}

test('a response whose connection was closed before it was admitted is an error that passes, not a wait for ever', async (t) => {
  const { kinesis, createApi } = await startService(t);
  const { shardId } = kinesis.put(streamName, Buffer.alloc(1024 * 1024), 'key');
  const api = createApi();
  const iterator = await api.getIterator(shardId, beginning, signal);
  const admit = async () => {
    api.close();
    await turn();
    return Number.POSITIVE_INFINITY;
  };
  const error = await t.throwsAsync<AwsError>(api.getRecords(iterator, signal, admit));
  t.is(error?.kind, 'transient');
});

test('records of every size come with the bytes that were put', async (t) => {
  const { kinesis, createApi } = await startService(t);
  const sizes = [0, 1, 2, 3, 4, 1000, 3 * 1024 * 1024, 3 * 1024 * 1024 + 1];
  const put = sizes.map((size) => randomBytes(size));
  for (const bytes of put) kinesis.put(streamName, bytes, '"Data":"bm90IHRoZSBkYXRh"');
  const api = createApi();
  const { records } = await api.getRecords(await api.getIterator('shardId-000000000000', beginning, signal), signal);
  t.is(records.length, sizes.length);
  for (const [index, { data }] of records.entries()) t.true(Buffer.compare(data, put[index] as Buffer) === 0);
});

test('connections are kept: calls one after the other share one', async (t) => {
  const { kinesis, createApi } = await startService(t);
  const api = createApi();
  await api.describeStream(signal);
  await api.listShards(signal);
  let iterator = await api.getIterator('shardId-000000000000', beginning, signal);
  for (let i = 0; i < 50; i++) iterator = (await api.getRecords(iterator, signal)).nextIterator ?? '';
  t.is(kinesis.requests.length, 53);
  t.is(kinesis.connections, 1);
});

test('calls at the same time have as many connections as there are calls, and later ones use them again', async (t) => {
  const { kinesis, createApi } = await startService(t);
  const api = createApi();
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 60 }, () => api.listShards(signal)));
  }
  t.true(kinesis.connections <= 60, `${kinesis.connections} connections`);
});

test('a signal that lives on keeps no listener of a call that is over', async (t) => {
  const { kinesis, clock, createApi } = await startService(t);
  const controller = new AbortController();
  const api = createApi();
  for (let i = 0; i < 20; i++) {
    kinesis.fail({ operation: 'DescribeStreamSummary', error: i % 2 ? 'reset' : { code: 'ThrottlingException' } });
    await api.describeStream(controller.signal).catch(() => {});
    await api.listShards(controller.signal);
  }
  await clock.settle();
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test("a clock of this machine that is wrong costs one attempt, since the next one is signed with AWS' time", async (t) => {
  const { clock, kinesis, createApi } = await startService(t);
  // The fake's time is far from this machine's, and its Date tells.
  t.true(Math.abs(clock.now() - Date.now()) > 3_600_000);
  const message = 'Signature expired: 20260115T120000Z is now earlier than 20260115T120500Z';
  const error = { code: 'InvalidSignatureException', message, status: 403 };
  kinesis.fail({ operation: 'DescribeStreamSummary', error });
  const api = createApi();
  const thrown = await t.throwsAsync<AwsError>(api.describeStream(signal));
  t.is(thrown?.kind, 'transient');
  await api.describeStream(signal);
  const signedAt = kinesis.requests[1]?.signedAt ?? '';
  t.true(signedAt.startsWith(new Date(clock.now()).toISOString().replaceAll('-', '').slice(0, 8)), signedAt);
});

test('credentials that cannot be had are reported as such', async (t) => {
  const { createApi } = await startService(t);
  const credentials = async () => {
    throw Object.assign(new Error('Could not load credentials from any providers'), {
      name: 'CredentialsProviderError',
    });
  };
  const error = await t.throwsAsync<AwsError>(createApi({ credentials }).describeStream(signal));
  t.is(error?.kind, 'no-credentials');
});
