import test, { type ExecutionContext } from 'ava';
import type { Fault, Recovery, ReportedFault } from '../../src/faults.js';
import { type FetchedRecord, type KinesisApi, maxResponseBytes } from '../../src/kinesis/api.js';
import { ByteBudget } from '../../src/kinesis/byte-budget.js';
import { Poller, type PollerOptions } from '../../src/kinesis/poller.js';
import {
  type ResponseSummary,
  readShard,
  type ShardOutcome,
  type ShardReaderOptions,
} from '../../src/kinesis/shard-reader.js';
import {
  createGate,
  putNumbered as put,
  type Service,
  firstShard as shardId,
  startService,
  streamName,
} from './reading.js';

interface Run {
  readonly texts: string[];
  readonly faults: Fault[];
  readonly recoveries: unknown[];
  readonly pages: number[];
  outcome: ShardOutcome | undefined;
  readonly stop: () => void;
  readonly done: Promise<unknown>;
}

type RunOptions = Partial<Omit<ShardReaderOptions, 'api' | 'responses'> & PollerOptions & { readonly api: KinesisApi }>;

/** Polls the first shard; stopped with the test. */
function run(t: ExecutionContext, service: Service, options: RunOptions = {}): Run {
  const controller = new AbortController();
  const texts: string[] = [];
  const faults: Fault[] = [];
  const recoveries: unknown[] = [];
  const pages: number[] = [];
  const state: { outcome: ShardOutcome | undefined } = { outcome: undefined };
  const all = {
    api: service.createApi(),
    shardId,
    start: { type: 'beginning' } as const,
    responseBudget: new ByteBudget(maxResponseBytes),
    maxIdleMs: 1000,
    clock: service.clock,
    random: () => 0.5,
    handOn: async ({ data }: FetchedRecord) => void texts.push(Buffer.from(data).toString()),
    onResponse: ({ records }: ResponseSummary) => pages.push(records),
    onFault: ({ operation: _, ...fault }: ReportedFault) => faults.push(fault),
    onRecovery: ({ operation: _, ...what }: Recovery) => recoveries.push(what),
    signal: controller.signal,
    ...options,
  };
  const done = readShard({ ...all, responses: new Poller(all) }).then(
    (outcome) => {
      state.outcome = outcome;
    },
    () => {},
  );
  const stop = () => controller.abort();
  t.teardown(async () => {
    stop();
    await done;
  });
  return {
    texts,
    faults,
    recoveries,
    pages,
    get outcome() {
      return state.outcome;
    },
    stop,
    done,
  };
}

test('records come in order, the last ones of a closed shard included', async (t) => {
  for (const endsWithRecords of [true, false]) {
    const service = await startService(t);
    service.kinesis.rules.endsWithRecords = endsWithRecords;
    const texts = put(service, 25);
    service.kinesis.split(streamName, shardId);
    const reading = run(t, service);
    await service.clock.advanceUntil(() => reading.outcome !== undefined);
    t.is(reading.outcome, 'end');
    t.deepEqual(reading.texts, texts);
    t.deepEqual(reading.faults, []);
  }
});

test('an iterator that expires in mid-stream is replaced: nothing lost, nothing twice, no fault', async (t) => {
  const service = await startService(t);
  const texts = [...put(service, 3)];
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.texts.length === 3);
  service.kinesis.fail({ operation: 'GetRecords', error: { code: 'ExpiredIteratorException' } });
  texts.push(...put(service, 3, 3));
  await service.clock.advanceUntil(() => reading.texts.length === 6);
  t.deepEqual(reading.texts, texts);
  t.deepEqual(reading.faults, []);
});

test('an iterator that expires before the first record is asked for at the start again', async (t) => {
  const service = await startService(t);
  const texts = put(service, 3);
  service.kinesis.fail({ operation: 'GetRecords', times: 3, error: { code: 'ExpiredIteratorException' } });
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.texts.length === 3);
  t.deepEqual(reading.texts, texts);
  t.deepEqual(reading.faults, []);
  t.is(service.kinesis.requestsOf('GetShardIterator').length, 4);
});

test('a hundred expired iterators lose nothing, give nothing twice, are no fault and keep to the rate', async (t) => {
  const service = await startService(t);
  service.kinesis.rules.isThrottling = true;
  service.kinesis.fail({
    operation: 'GetRecords',
    times: 100,
    share: 0.5,
    error: { code: 'ExpiredIteratorException' },
  });
  const reading = run(t, service);
  const texts: string[] = [];
  const expired = () => service.kinesis.requestsOf('GetRecords').filter(({ outcome }) => outcome !== 'ok').length;
  while (expired() < 100) {
    texts.push(...put(service, 1, texts.length));
    await service.clock.advance(300);
  }
  await service.clock.advanceUntil(() => reading.texts.length >= texts.length);
  t.deepEqual(reading.texts, texts);
  t.deepEqual(reading.faults, []);
});

for (const code of ['ProvisionedThroughputExceededException', 'LimitExceededException', 'KMSThrottlingException']) {
  test(`${code}: the shard backs off, keeps its iterator and recovers`, async (t) => {
    const service = await startService(t);
    const texts = put(service, 2);
    service.kinesis.fail({ operation: 'GetRecords', times: 4, error: { code } });
    const reading = run(t, service);
    await service.clock.advanceUntil(() => reading.texts.length === 2);
    t.deepEqual(reading.texts, texts);
    t.is(service.kinesis.requestsOf('GetShardIterator').length, 1);
    const pauses = reading.faults.map(({ code: kind, shardId: id, attempt, retryMs }) => [kind, id, attempt, retryMs]);
    const steps = [250, 500, 1000, 2000];
    t.deepEqual(
      pauses,
      steps.map((stepMs, i) => ['throttled', shardId, i + 1, Math.round(stepMs * 0.75)]),
    );
    t.deepEqual(reading.recoveries, [{ stage: 'read', shardId }]);
    // The next fault is the first again.
    service.kinesis.fail({ operation: 'GetRecords', error: { code } });
    await service.clock.advanceUntil(() => reading.recoveries.length === 2);
    t.is(reading.faults.at(-1)?.attempt, 1);
    const times = service.kinesis.requestsOf('GetRecords').map(({ atMs }) => atMs);
    steps.forEach((stepMs, i) => {
      t.true((times[i + 1] ?? 0) - (times[i] ?? 0) >= stepMs / 2);
    });
  });
}

for (const code of [
  'AccessDeniedException',
  'KMSDisabledException',
  'KMSAccessDeniedException',
  'ExpiredTokenException',
]) {
  test(`${code} at run time: the shard keeps its place for as long as it takes and recovers by itself`, async (t) => {
    const service = await startService(t);
    const texts = [...put(service, 2)];
    const reading = run(t, service);
    await service.clock.advanceUntil(() => reading.texts.length === 2);
    for (const operation of ['GetRecords', 'GetShardIterator']) {
      service.kinesis.fail({ operation, times: Number.POSITIVE_INFINITY, error: { code } });
    }
    texts.push(...put(service, 2, 2));
    await service.clock.advance(1_200_000);
    t.is(reading.texts.length, 2);
    t.true(reading.faults.length > 20 && reading.faults.every(({ code: kind }) => kind === 'refused'));
    t.deepEqual(reading.recoveries, []);
    service.kinesis.mend();
    await service.clock.advanceUntil(() => reading.texts.length === 4, 60_000);
    t.deepEqual(reading.texts, texts);
    t.deepEqual(reading.recoveries, [{ stage: 'read', shardId }]);
  });
}

test('a service that is away for minutes costs time and nothing else', async (t) => {
  const service = await startService(t);
  const texts = [...put(service, 2)];
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.texts.length === 2);
  await service.kinesis.goAway();
  texts.push(...put(service, 2, 2));
  await service.clock.advance(600_000);
  t.is(reading.texts.length, 2);
  t.true(reading.faults.every(({ code }) => code === 'transient'));
  await service.kinesis.comeBack();
  await service.clock.advanceUntil(() => reading.texts.length === 4, 31_000);
  t.deepEqual(reading.texts, texts);
  t.is(reading.recoveries.length, 1);
});

for (const error of ['reset', 'not-json', { body: '{}' }] as const) {
  test(`a response that is ${typeof error === 'object' ? error.body : error} is asked for again, and none of its records is lost or doubled`, async (t) => {
    const service = await startService(t);
    service.kinesis.fail({ operation: 'GetRecords', times: 20, share: 0.3, error });
    service.kinesis.fail({ operation: 'GetShardIterator', times: 5, share: 0.5, error });
    const reading = run(t, service);
    const texts: string[] = [];
    for (let i = 0; i < 30; i++) {
      texts.push(...put(service, 1, i));
      await service.clock.advance(1500);
    }
    await service.clock.advanceUntil(() => reading.texts.length >= texts.length);
    t.deepEqual(reading.texts, texts);
    t.true(reading.faults.length > 5);
  });
}

for (const error of ['hang', 'stall'] as const) {
  test(`a connection that ${error === 'hang' ? 'never answers' : 'stops in mid-response'} is given up, and the place is kept`, async (t) => {
    const service = await startService(t);
    const texts = put(service, 3);
    service.kinesis.fail({ operation: 'GetRecords', error });
    const reading = run(t, service, { api: service.createApi({ requestTimeoutMs: 1000 }) });
    await service.clock.settle();
    while (reading.faults.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    t.is(reading.faults[0]?.code, 'transient');
    await service.clock.advanceUntil(() => reading.texts.length === 3);
    t.deepEqual(reading.texts, texts);
  });
}

test('a null iterator without children is no end while the shard is open, however often it comes', async (t) => {
  const service = await startService(t);
  const texts = [...put(service, 2)];
  service.kinesis.fail({ operation: 'GetRecords', times: 20, error: 'null-iterator' });
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.texts.length === 2);
  texts.push(...put(service, 2, 2));
  await service.clock.advanceUntil(() => reading.texts.length === 4);
  t.deepEqual(reading.texts, texts);
  // The first few are how AWS has answered now and then.
  t.true(reading.faults.length > 5 && reading.faults.length <= 20 - 4);
  t.true(reading.faults.every(({ message }) => message.includes('without NextShardIterator and ChildShards')));
  t.deepEqual(reading.recoveries, [{ stage: 'read', shardId }]);
  t.is(reading.outcome, undefined);
});

test('a few null iterators without children are no end of a closed shard that has more to give', async (t) => {
  const service = await startService(t);
  const texts = put(service, 2);
  service.kinesis.split(streamName, shardId);
  service.kinesis.fail({ operation: 'GetRecords', times: 4, error: 'null-iterator' });
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.outcome !== undefined);
  t.is(reading.outcome, 'end');
  t.deepEqual(reading.texts, texts);
});

test('a closed shard ends although its service never names children', async (t) => {
  const service = await startService(t);
  const texts = put(service, 2);
  service.kinesis.split(streamName, shardId);
  service.kinesis.rules.endsWithRecords = true;
  service.kinesis.fail({ operation: 'GetRecords', times: Number.POSITIVE_INFINITY, error: 'records-without-iterator' });
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.outcome !== undefined);
  t.is(reading.outcome, 'end');
  t.deepEqual(reading.texts, texts);
});

test('records beside a null iterator are handed on, and reading continues behind them', async (t) => {
  const service = await startService(t);
  const texts = [...put(service, 2)];
  service.kinesis.fail({ operation: 'GetRecords', error: 'records-without-iterator' });
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.texts.length === 2);
  texts.push(...put(service, 2, 2));
  await service.clock.advanceUntil(() => reading.texts.length === 4);
  t.deepEqual(reading.texts, texts);
  t.deepEqual(reading.faults, []);
});

test('hundreds of empty responses with lag are gone through without a pause, as fast as AWS allows', async (t) => {
  const service = await startService(t);
  service.kinesis.rules.isThrottling = true;
  service.kinesis.fail({ operation: 'GetRecords', times: 300, error: 'empty' });
  const texts = put(service, 1);
  const startMs = service.clock.now();
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.texts.length === 1);
  t.deepEqual(reading.texts, texts);
  t.is(service.clock.now() - startMs, 300 * 200);
  t.deepEqual(reading.faults, []);
});

test('reads at the tip come further and further apart, up to the limit, and close again with the first record', async (t) => {
  const service = await startService(t);
  const reading = run(t, service, { maxIdleMs: 2000 });
  await service.clock.advance(20_000);
  const times = () => service.kinesis.requestsOf('GetRecords').map(({ atMs }) => atMs);
  const gaps = times()
    .slice(1, 8)
    .map((atMs, i) => atMs - (times()[i] ?? 0));
  t.deepEqual(gaps, [250, 500, 1000, 2000, 2000, 2000, 2000]);
  put(service, 1);
  await service.clock.advanceUntil(() => reading.texts.length === 1);
  const [last = 0] = times().slice(-1);
  await service.clock.advance(200);
  t.is(times().at(-1), last + 200);
});

test('the iterator of an idle shard is handed on for hours', async (t) => {
  const service = await startService(t);
  const reading = run(t, service, { maxIdleMs: 180_000 });
  await service.clock.advance(3 * 3_600_000);
  const texts = put(service, 2);
  await service.clock.advanceUntil(() => reading.texts.length === 2);
  t.deepEqual(reading.texts, texts);
  t.is(service.kinesis.requestsOf('GetShardIterator').length, 1);
  t.deepEqual(reading.faults, []);
});

test('after a pause of more than five minutes the iterator is renewed before AWS refuses it', async (t) => {
  const service = await startService(t);
  const texts = [...put(service, 2)];
  const held: string[] = [];
  const gates = [1, 2, 3, 4].map(createGate);
  const reading = run(t, service, {
    handOn: async ({ data }) => {
      held.push(Buffer.from(data).toString());
      await gates[held.length - 1]?.promise;
    },
  });
  await service.clock.advanceUntil(() => held.length === 1);
  await service.clock.advance(6 * 60_000);
  texts.push(...put(service, 2, 2));
  for (const { release } of gates) {
    release();
    await service.clock.advance(5000);
  }
  t.deepEqual(held, texts);
  t.deepEqual(reading.faults, []);
  t.true(service.kinesis.requests.every(({ outcome }) => outcome === 'ok'));
  t.is(service.kinesis.requestsOf('GetShardIterator').length, 2);
});

test('while a record waits to be taken there is no read', async (t) => {
  const service = await startService(t);
  put(service, 3);
  const { promise, release } = createGate();
  run(t, service, { handOn: () => promise });
  await service.clock.advance(3_600_000);
  t.is(service.kinesis.requestsOf('GetRecords').length, 1);
  release();
});

test('the rates of AWS are kept to without one refusal: small records, large ones and a full response', async (t) => {
  const service = await startService(t);
  service.kinesis.rules.isThrottling = true;
  const mib = 1024 * 1024;
  for (let i = 0; i < 12; i++) service.kinesis.putTo(streamName, shardId, Buffer.alloc(mib));
  service.kinesis.putTo(streamName, shardId, Buffer.alloc(10 * mib));
  let records = 0;
  const reading = run(t, service, { handOn: async () => void records++ });
  await service.clock.advanceUntil(() => records === 13);
  for (let i = 0; i < 50; i++) {
    service.kinesis.putTo(streamName, shardId, Buffer.alloc(mib / 4));
    await service.clock.advance(100);
  }
  await service.clock.advanceUntil(() => records === 63);
  t.deepEqual(reading.faults, []);
  t.true(service.kinesis.requests.every(({ outcome }) => outcome === 'ok'));
});

test('a shard that takes in more than its reads ask for is asked for more, and read up', async (t) => {
  const service = await startService(t);
  const texts: string[] = [];
  const reading = run(t, service, { recordLimit: () => 2 });
  // Twenty records a second, where five reads of two let ten out.
  for (let i = 0; i < 200; i++) {
    texts.push(...put(service, 1, i));
    await service.clock.advance(50);
  }
  await service.clock.advance(1000);
  t.deepEqual(reading.texts, texts);
  t.true(Math.max(...reading.pages) > 2);
});

test('the pace is that of AWS while there is a backlog', async (t) => {
  const service = await startService(t);
  service.kinesis.rules.isThrottling = true;
  const mib = 1024 * 1024;
  for (let i = 0; i < 40; i++) service.kinesis.putTo(streamName, shardId, Buffer.alloc(mib));
  const startMs = service.clock.now();
  let records = 0;
  run(t, service, { handOn: async () => void records++ });
  await service.clock.advanceUntil(() => records === 40);
  t.is(service.clock.now() - startMs, 15_000);
});

test('a shard that AWS no longer has is distinguished from a fault', async (t) => {
  const service = await startService(t);
  put(service, 1);
  service.kinesis.split(streamName, shardId);
  await service.clock.advance(25 * 3_600_000);
  const reading = run(t, service);
  await service.clock.advanceUntil(() => reading.outcome !== undefined);
  t.is(reading.outcome, 'gone');
  t.deepEqual(reading.faults, []);
});

test('a stream that is gone is waited for', async (t) => {
  const service = await startService(t);
  service.kinesis.deleteStream(streamName);
  const reading = run(t, service);
  await service.clock.advance(600_000);
  t.is(reading.outcome, undefined);
  t.true(reading.faults.length > 5 && reading.faults.every(({ code }) => code === 'not-found'));
});

test('a record that is refused ends the reader with that error', async (t) => {
  const service = await startService(t);
  put(service, 1);
  const refusal = new Error('not this one');
  const responseBudget = new ByteBudget(maxResponseBytes);
  const { signal } = new AbortController();
  const polling = { api: service.createApi(), shardId, clock: service.clock, maxIdleMs: 1000, signal };
  const promise = readShard({
    ...polling,
    responses: new Poller({ ...polling, start: { type: 'beginning' } }),
    responseBudget,
    random: Math.random,
    handOn: () => Promise.reject(refusal),
    onResponse: () => {},
    onFault: () => t.fail(),
    onRecovery: () => t.fail(),
  });
  t.is(await t.throwsAsync(promise), refusal);
  // Nothing stays reserved.
  t.true(await responseBudget.reserve(maxResponseBytes, AbortSignal.timeout(1000)));
});

const stops: Readonly<Record<string, (service: Service) => RunOptions>> = {
  'at the tip': () => ({}),
  'while a request hangs': ({ kinesis }) => {
    kinesis.fail({ operation: 'GetRecords', error: 'hang' });
    return {};
  },
  'in mid-response': ({ kinesis }) => {
    kinesis.fail({ operation: 'GetRecords', error: 'stall' });
    return {};
  },
  'while a fault is waited for': ({ kinesis }) => {
    kinesis.fail({ operation: 'GetRecords', error: { code: 'AccessDeniedException' } });
    return {};
  },
  'while others hold all bytes': () => {
    const responseBudget = new ByteBudget(maxResponseBytes);
    void responseBudget.reserve(maxResponseBytes, new AbortController().signal);
    return { responseBudget };
  },
};

for (const [when, prepare] of Object.entries(stops)) {
  test(`a stop ${when} is done at once and gives no fault`, async (t) => {
    const service = await startService(t);
    const reading = run(t, service, prepare(service));
    await service.clock.advance(100);
    const faults = reading.faults.length;
    reading.stop();
    await reading.done;
    t.is(reading.outcome, 'stopped');
    t.is(reading.faults.length, faults);
    t.is(service.clock.sleeping, 0);
  });
}
