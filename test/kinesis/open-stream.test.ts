import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ShardPosition } from '../../src/shard-position.js';
import { MemoryProgress, type Positions } from './memory-progress.js';
import { onWrongClock, startReading, startService, streamName } from './reading.js';

// Nothing that this machine knows of AWS: no settings, no files, no service for roles.
for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_JS_)/.test(name)) delete process.env[name];
const noFile = join(tmpdir(), 'a-file-that-is-not-there');
Object.assign(process.env, {
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: noFile,
  AWS_SHARED_CREDENTIALS_FILE: noFile,
});

const advice: Readonly<Record<string, RegExp>> = {
  AccessDeniedException: /allow kinesis:DescribeStreamSummary, kinesis:ListShards, .* on it/,
  KMSDisabledException: /kms:Decrypt/,
};
const refusals = ['AccessDeniedException', 'UnrecognizedClientException', 'ExpiredTokenException'];
for (const operation of ['DescribeStreamSummary', 'ListShards', 'GetShardIterator', 'GetRecords']) {
  for (const code of operation === 'GetRecords' ? [...refusals, 'KMSDisabledException'] : refusals) {
    test(`${code} of ${operation} ends the start, and says what to do`, async (t) => {
      const service = await startService(t);
      service.kinesis.fail({ operation, times: 9, error: { code } });
      const reading = startReading(t, service);
      const error = await t.throwsAsync(reading.started, { name: 'StartError' });
      t.true(error?.message.includes(`"${streamName}"`));
      t.regex(error?.message ?? '', advice[code] ?? /renew them/);
      t.regex(error?.message ?? '', new RegExp(code));
      t.deepEqual([reading.faults.length, reading.events.length, reading.positions.size], [0, 0, 0]);
    });
  }
}

for (const operation of ['DescribeStreamSummary', 'ListShards', 'GetShardIterator', 'GetRecords']) {
  test(`responses to ${operation} that are not from AWS store nothing and show no shard as read; they are waited out`, async (t) => {
    const service = await startService(t);
    const { clock, kinesis } = service;
    kinesis.put(streamName, 'one', 'key');
    for (const body of ['{}', '', '<html>Sign in</html>', '{"Shards":[]}'])
      kinesis.fail({ operation, times: 3, error: { body } });
    const reading = startReading(t, service);
    await clock.advanceUntil(() => reading.faults.length === 12);
    t.deepEqual([reading.positions.size, reading.events.length], [0, 0]);
    t.true(reading.faults.every(({ code, message }) => code === 'transient' && message.includes('is not from AWS')));
    if (operation === 'ListShards') {
      kinesis.fail({ operation, error: { body: '{}' } });
      t.false(await reading.reader.isCaughtUp());
    }
    await clock.advanceUntil(() => reading.taken.length === 1);
    t.deepEqual([...reading.positions.keys()], ['shardId-000000000000']);
  });
}

test('a stream that does not exist ends the start', async (t) => {
  const service = await startService(t);
  service.kinesis.deleteStream(streamName);
  await t.throwsAsync(startReading(t, service).started, {
    name: 'StartError',
    message: /Stream "flow-logs" does not exist .* input\.region/,
  });
});

test('missing credentials end the start', async (t) => {
  const service = await startService(t);
  const api = service.createApi({ credentials: undefined });
  await t.throwsAsync(startReading(t, service, { api }).started, {
    name: 'StartError',
    message: /No AWS credentials were found .* AWS_PROFILE/,
  });
});

test('a missing region ends the start', async (t) => {
  const service = await startService(t);
  const api = service.createApi({ region: undefined, endpoint: undefined });
  await t.throwsAsync(startReading(t, service, { api }).started, {
    name: 'StartError',
    message: /No AWS region is known .* input\.region/,
  });
});

test('a request that AWS finds wrong ends the start', async (t) => {
  const service = await startService(t);
  service.kinesis.fail({ operation: 'DescribeStreamSummary', error: { code: 'ValidationException' } });
  await t.throwsAsync(startReading(t, service).started, { name: 'StartError', message: /check input/ });
});

for (const operation of ['DescribeStreamSummary', 'ListShards', 'GetShardIterator', 'GetRecords']) {
  for (const error of [
    'reset',
    'not-json',
    { code: 'LimitExceededException' },
    { code: 'InternalFailure', status: 500 },
  ] as const) {
    const name = typeof error === 'object' ? error.code : error;
    test(`${name} of ${operation} is waited out at the start, reported and its end reported`, async (t) => {
      const service = await startService(t);
      service.kinesis.put(streamName, 'a record', 'key');
      service.kinesis.fail({ operation, times: 3, error });
      const reading = startReading(t, service);
      await service.clock.advanceUntil(() => reading.taken.length === 1);
      t.is(await reading.started, false);
      t.deepEqual(
        reading.faults.map(({ stage, attempt }) => [stage, attempt]),
        [1, 2, 3].map((attempt) => ['read', attempt]),
      );
      t.deepEqual(reading.recoveries, [{ stage: 'read' }]);
    });
  }
}

test('a service that is away is waited for at the start', async (t) => {
  const service = await startService(t);
  service.kinesis.put(streamName, 'a record', 'key');
  await service.kinesis.goAway();
  const reading = startReading(t, service);
  await service.clock.advance(600_000);
  t.true(reading.faults.length > 10 && reading.faults.every(({ code }) => code === 'transient'));
  await service.kinesis.comeBack();
  await service.clock.advanceUntil(() => reading.taken.length === 1, 31_000);
});

test('the try of the rights asks for no time that another server of AWS may take for one to come', async (t) => {
  const service = await startService(t);
  await startReading(t, service).started;
  const [request] = service.kinesis.requestsOf('GetShardIterator');
  t.is(request?.input.ShardIteratorType, 'AT_TIMESTAMP');
  t.true(Number(request?.input.Timestamp) * 1000 <= service.clock.now() - 1000);
});

test('the try of the rights takes one record, and leaves the rest of what AWS allows a second to the reader', async (t) => {
  const service = await startService(t);
  for (const text of ['one', 'two', 'three']) service.kinesis.put(streamName, Buffer.alloc(100_000, text), 'key');
  await startReading(t, service).started;
  const [request] = service.kinesis.requestsOf('GetRecords');
  t.is(request?.bytes, 100_000);
});

test('a stop ends a start that waits, and nothing is begun', async (t) => {
  const service = await startService(t);
  await service.kinesis.goAway();
  const reading = startReading(t, service);
  await service.clock.advance(5000);
  await reading.reader.stop();
  t.is(await reading.started, false);
  t.deepEqual([reading.events.length, reading.positions.size, service.clock.sleeping], [0, 0, 0]);
});

test('a stop while progress is opened begins nothing', async (t) => {
  const service = await startService(t);
  const reading = startReading(t, service);
  const progress = reading.progress.begin.bind(reading.progress);
  reading.progress.begin = async (starts) => {
    await reading.reader.stop();
    await progress(starts);
  };
  t.is(await reading.started, false);
  t.deepEqual(reading.events, []);
});

test('progress that cannot be opened ends the start', async (t) => {
  const service = await startService(t);
  const refusal = new Error('in use');
  const reading = startReading(t, service, { openProgress: () => Promise.reject(refusal) });
  t.is(await t.throwsAsync(reading.started), refusal);
});

test('progress is opened for this stream, by its ARN and the time of its creation', async (t) => {
  const service = await startService(t);
  const { arn, createdMs } = service.kinesis.stream(streamName);
  await service.clock.advance(5000);
  const opened: unknown[] = [];
  const openProgress = async (stream: unknown) => {
    opened.push(stream);
    return new MemoryProgress(new Map());
  };
  await startReading(t, service, { openProgress }).started;
  t.deepEqual(opened, [{ arn, createdMs }]);
});

const starts: readonly (readonly [startAt: 'latest' | 'earliest' | number, expected: ShardPosition])[] = [
  ['latest', { type: 'time', atMs: Date.UTC(2026, 0, 15, 12, 0, 7) }],
  ['earliest', { type: 'beginning' }],
  [12_345, { type: 'time', atMs: 12_345 }],
];

for (const [startAt, expected] of starts) {
  test(`a first start at ${startAt} is stored for every listed shard before any of them is read`, async (t) => {
    const service = await startService(t, 3);
    service.kinesis.split(streamName, 'shardId-000000000001');
    await service.clock.advance(7_891);
    service.kinesis.put(streamName, 'a record', 'key');
    const reading = startReading(t, service, {
      ...onWrongClock(service, { aheadMs: 10 * 3_600_000 }),
      startAt: typeof startAt === 'number' ? { type: 'time', atMs: startAt } : { type: startAt },
    });
    let readsBefore: number | undefined;
    const begin = reading.progress.begin.bind(reading.progress);
    reading.progress.begin = async (positions) => {
      await begin(positions);
      t.deepEqual(reading.events, []);
      readsBefore = service.kinesis.requestsOf('GetRecords').length;
      t.is(positions.size, 5);
      for (const position of positions.values()) t.deepEqual(position, expected);
    };
    t.is(await reading.started, startAt === 'latest');
    // The one that tries the rights, and whose records are not used.
    t.is(readsBefore, 1);
  });
}

test('a later start stores nothing and begins where the progress stands', async (t) => {
  const service = await startService(t, 2);
  const { shardId, sequenceNumber } = service.kinesis.put(streamName, 'one', 'key');
  service.kinesis.put(streamName, 'two', 'key');
  const positions: Positions = new Map([[shardId, { type: 'after', sequenceNumber }]]);
  const reading = startReading(t, service, { positions, startAt: { type: 'latest' } });
  t.is(await reading.started, false);
  await service.clock.advanceUntil(() => reading.taken.length === 1);
  t.deepEqual(reading.texts(), ['two']);
});
