import test, { type ExecutionContext } from 'ava';
import { AwsError } from '../../src/aws/error.js';
import { ByteBudget } from '../../src/kinesis/byte-budget.js';
import type { FanOutApi } from '../../src/kinesis/fan-out-api.js';
import { FanOutConsumer } from '../../src/kinesis/fan-out-consumer.js';
import { ResponseRoom } from '../../src/kinesis/response-room.js';
import { Subscription } from '../../src/kinesis/subscription.js';
import type { FakeFault } from '../fakes/fake-kinesis-script.js';
import { HandClock } from '../fakes/hand-clock.js';
import {
  consumerName,
  createGate,
  putNumbered as put,
  type Reading,
  type Service,
  firstShard as shardId,
  startReading,
  startService,
  streamName,
} from './reading.js';

const startFanOut = (t: ExecutionContext, shards = 1) => startService(t, shards, 24, true);

/** Begins to read by enhanced fan-out. */
function read(t: ExecutionContext, service: Service, options: Parameters<typeof startReading>[2] = {}): Reading {
  return startReading(t, service, { fanOut: service.createFanOut(), ...options });
}

/** A subscription on its own. */
function createSubscription(
  clock: HandClock,
  subscribe: FanOutApi['subscribe'],
  onAccepted = async () => {},
): Subscription {
  const { signal } = new AbortController();
  const api = { findConsumer: async () => 'arn', subscribe };
  const consumer = new FanOutConsumer({ api, streamArn: 'arn', name: consumerName, signal });
  const start = { type: 'beginning' } as const;
  return new Subscription({ api, consumer, shardId, start, onAccepted, clock, random: () => 0.5, signal });
}

const emptyEvent = { records: [], continuation: '1', hasChildren: false, millisBehindLatest: 0 };

const subscribed = ({ kinesis }: Service) => kinesis.requestsOf('SubscribeToShard');

test('records come in order over one subscription, without a read', async (t) => {
  const service = await startFanOut(t);
  const texts = [...put(service, 3)];
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 3);
  texts.push(...put(service, 3, 3));
  await service.clock.advanceUntil(() => reading.taken.length === 6);
  t.deepEqual(reading.texts(), texts);
  t.deepEqual([reading.faults, subscribed(service).length], [[], 1]);
  for (const operation of ['GetShardIterator', 'GetRecords']) t.is(service.kinesis.requestsOf(operation).length, 0);
});

test('a shard is read to its end, and its children follow', async (t) => {
  for (const endsWithRecords of [true, false]) {
    const service = await startFanOut(t);
    service.kinesis.rules.endsWithRecords = endsWithRecords;
    const texts = [...put(service, 25)];
    const children = service.kinesis.split(streamName, shardId);
    for (const child of children) texts.push(...put(service, 2, 0, child));
    const reading = read(t, service);
    await service.clock.advanceUntil(() => reading.taken.length === texts.length);
    t.deepEqual(reading.texts(shardId), texts.slice(0, 25));
    t.deepEqual(reading.texts().toSorted(), texts.toSorted());
    t.deepEqual([reading.faults, subscribed(service).length], [[], 3]);
    t.is(reading.positions.get(shardId)?.type, 'end');
  }
});

test('a subscription ends after five minutes, and the next one continues: no fault, nothing twice', async (t) => {
  const service = await startFanOut(t);
  const reading = read(t, service);
  const texts: string[] = [];
  for (let minute = 0; minute < 21; minute++) {
    texts.push(...put(service, 2, texts.length));
    await service.clock.advance(60_000);
  }
  t.deepEqual(reading.texts(), texts);
  t.deepEqual([reading.faults, reading.recoveries], [[], []]);
  t.is(subscribed(service).length, 5);
});

test('an idle shard continues at the number that AWS sent, not where it once began', async (t) => {
  const service = await startFanOut(t);
  const reading = read(t, service, { startAt: { type: 'latest' } });
  await service.clock.advance(11 * 60_000);
  const types = subscribed(service).map(({ input }) => (input.StartingPosition as { Type: string }).Type);
  t.deepEqual(types, ['AT_TIMESTAMP', 'AFTER_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER']);
  const texts = put(service, 2);
  await service.clock.advanceUntil(() => reading.taken.length === 2);
  t.deepEqual([reading.texts(), reading.faults], [texts, []]);
});

test('a subscription that AWS ends early is replaced, but not within the five seconds that AWS asks for', async (t) => {
  const service = await startFanOut(t);
  const texts = [...put(service, 2)];
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 2);
  service.kinesis.fail({ operation: 'SubscribeToShardEvent', error: 'null-iterator' });
  await service.clock.advance(2000);
  texts.push(...put(service, 2, 2));
  await service.clock.advanceUntil(() => reading.taken.length === 4);
  t.deepEqual([reading.texts(), reading.faults], [texts, []]);
  const [first, second] = subscribed(service).map(({ atMs }) => atMs);
  t.true((second ?? 0) - (first ?? 0) >= 5000);
  t.true(subscribed(service).every(({ outcome }) => outcome === 'ok'));
});

const refusals: Readonly<Record<string, string>> = {
  LimitExceededException: 'throttled',
  ResourceInUseException: 'transient',
  InternalFailureException: 'transient',
  AccessDeniedException: 'refused',
  KMSThrottlingException: 'throttled',
  KMSDisabledException: 'refused',
  ExpiredTokenException: 'refused',
};
const faults: readonly (readonly [FakeFault, string])[] = [
  ...Object.entries(refusals).map(([code, kind]) => [{ code }, kind] as const),
  ['reset', 'transient'],
  ['hang', 'transient'],
];

for (const operation of ['SubscribeToShard', 'SubscribeToShardEvent']) {
  for (const [error, kind] of faults) {
    const name = typeof error === 'object' && 'code' in error ? error.code : String(error);
    test(`${name} of ${operation} only delays the shard: it keeps its position, repeats no record, and reports the fault`, async (t) => {
      const service = await startFanOut(t);
      const texts = [...put(service, 2)];
      service.kinesis.fail({ operation: 'SubscribeToShardEvent', shardId, times: 0, error });
      const reading = read(t, service);
      await service.clock.advanceUntil(() => reading.taken.length === 2);
      if (operation === 'SubscribeToShard') service.kinesis.fanOut.cut();
      service.kinesis.fail({ operation, times: 3, error });
      await service.clock.advanceUntil(() => reading.faults.some(({ code }) => code === kind));
      texts.push(...put(service, 2, 2));
      await service.clock.advanceUntil(() => reading.taken.length === 4);
      t.deepEqual(reading.texts(), texts);
      t.true(reading.faults.every(({ stage, shardId: id }) => stage === 'read' && id === shardId));
      t.deepEqual(reading.recoveries.at(-1), { stage: 'read', shardId });
      // AWS refuses another one within five seconds, and says so.
      const attempts = subscribed(service);
      attempts.slice(1).forEach(({ atMs }, i) => {
        const before = attempts[i];
        const leastMs = before?.outcome === 'ok' || before?.outcome === 'ResourceInUseException' ? 5000 : 0;
        t.true(atMs - (before?.atMs ?? 0) >= leastMs);
      });
      for (const { message, retryMs = 0 } of reading.faults) {
        if (message.includes('ResourceInUseException')) t.true(retryMs >= 5000, `${retryMs} ms`);
      }
    });
  }
}

test('subscriptions that end early one after the other are a fault, since little or nothing arrives then', async (t) => {
  const service = await startFanOut(t);
  const texts = [...put(service, 2)];
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 2);
  service.kinesis.fail({ operation: 'SubscribeToShardEvent', times: 2, error: 'null-iterator' });
  await service.clock.advanceUntil(() => reading.faults.length > 0);
  t.regex(reading.faults[0]?.message ?? '', /a subscription that ended before its five minutes/);
  texts.push(...put(service, 2, 2));
  await service.clock.advanceUntil(() => reading.taken.length === 4);
  t.deepEqual(reading.texts(), texts);
});

test('without HTTP/2 on the way, the fault says so', async (t) => {
  const service = await startService(t);
  service.kinesis.stream(streamName).registerConsumer(consumerName, service.clock.now());
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.faults.length > 0);
  t.regex(reading.faults[0]?.message ?? '', /enhanced fan-out requires HTTP\/2 up to AWS/);
});

test('a subscription without an event for a minute is aborted, and replaced', async (t) => {
  const service = await startFanOut(t);
  const texts = [...put(service, 2)];
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 2);
  service.kinesis.fail({ operation: 'SubscribeToShardEvent', error: 'hang' });
  const fromMs = service.clock.now();
  texts.push(...put(service, 2, 2));
  await service.clock.advanceUntil(() => reading.faults.length > 0);
  t.true(service.clock.now() - fromMs <= 62_000);
  t.regex(reading.faults[0]?.message ?? '', /no event of the subscription within 60 s/);
  await service.clock.advanceUntil(() => reading.taken.length === 4);
  t.deepEqual(reading.texts(), texts);
  t.is(service.kinesis.fanOut.open.length, 1);
});

test('an event that looks like the end of a shard that is open is not the end, however often it comes', async (t) => {
  const service = await startFanOut(t);
  const texts = [...put(service, 2)];
  service.kinesis.fail({ operation: 'SubscribeToShardEvent', times: 8, error: 'records-without-iterator' });
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.faults.length > 0);
  t.regex(reading.faults[0]?.message ?? '', /as at the end of a shard that is open/);
  texts.push(...put(service, 2, 2));
  await service.clock.advanceUntil(() => reading.taken.length === 4);
  t.deepEqual(reading.texts(), texts);
});

test('a record that fails is handed on again, and a stop leaves no subscription open', async (t) => {
  const service = await startFanOut(t);
  const texts = put(service, 5);
  let attempts = 0;
  const reading = read(t, service, {
    handOn: async () => {
      if (++attempts === 3) throw new Error('not yet');
    },
  });
  await service.clock.advanceUntil(() => reading.taken.length === 5);
  t.deepEqual(reading.texts(), texts);
  t.is(service.kinesis.fanOut.open.length, 1);
  await reading.reader.stop();
  while (service.kinesis.fanOut.open.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const later = read(t, service, { positions: reading.positions });
  const more = put(service, 2, 5);
  await service.clock.advanceUntil(() => later.taken.length === 2);
  t.deepEqual(later.texts(), more);
});

test('while a record waits to be taken, AWS sends no more than the connection holds', async (t) => {
  const service = await startFanOut(t);
  const data = Buffer.alloc(100_000, 'x');
  for (let i = 0; i < 500; i++) service.kinesis.putTo(streamName, shardId, data);
  const { promise, release } = createGate();
  const reading = read(t, service, { handOn: () => promise });
  await service.clock.advance(20_000);
  // Events of 50 MB in all; 500 records are one event.
  const socket = service.kinesis.fanOut.open[0]?.stream.session?.socket;
  const sentBytes = socket?.bytesWritten ?? 0;
  t.true(sentBytes < 20_000_000, `${sentBytes} bytes`);
  // With the default window of HTTP/2, 64 KB a round trip, a shard far away would fall behind.
  t.true(sentBytes > 500_000, `${sentBytes} bytes`);
  release();
  await service.clock.advanceUntil(() => reading.taken.length === 500);
  t.deepEqual(reading.faults, []);
});

test('a position that AWS has dropped is a loss that is reported, as with reads', async (t) => {
  for (const onTrimmed of ['error', 'jump'] as const) {
    const service = await startFanOut(t);
    service.kinesis.rules.onTrimmed = onTrimmed;
    put(service, 2);
    const first = read(t, service);
    await service.clock.advanceUntil(() => first.taken.length === 2);
    await first.reader.stop();
    put(service, 2, 2);
    await service.clock.advance(25 * 3_600_000);
    const texts = put(service, 2, 4);
    const ackedUntilMs = new Map([[shardId, first.taken[1]?.arrivalMs ?? 0]]);
    const reading = read(t, service, { positions: first.positions, ackedUntilMs });
    await service.clock.advanceUntil(() => reading.taken.length === 2);
    t.deepEqual(reading.texts(), texts);
    t.is(reading.events.filter(({ type }) => type === 'trimmed').length, 1);
  }
});

test('the check of a refused position that takes longer than a request may take resets no newer position: nothing is read twice', async (t) => {
  const service = await startFanOut(t);
  service.kinesis.rules.onTrimmed = 'error';
  put(service, 2);
  const first = read(t, service);
  await service.clock.advanceUntil(() => first.taken.length === 2);
  await first.reader.stop();
  await service.clock.advance(25 * 3_600_000);
  const texts = [...put(service, 2, 2)];
  const api = service.createApi();
  const { promise, release } = createGate();
  let described = 0;
  const describeStream: typeof api.describeStream = async (signal) => {
    // The first description is that of the start.
    if (++described === 2) await promise;
    return api.describeStream(signal);
  };
  const reading = read(t, service, { positions: first.positions, api: { ...api, describeStream } });
  await service.clock.advance(40_000);
  // If the limit ended the check too, another attempt has read the records by now, and the check resets its position.
  release();
  await service.clock.settle();
  service.kinesis.fanOut.cut();
  texts.push(...put(service, 2, 4));
  await service.clock.advance(60_000);
  t.deepEqual([reading.texts(), reading.faults], [texts, []]);
});

test('a shard at its tip is caught up', async (t) => {
  const service = await startFanOut(t, 2);
  put(service, 2);
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 2);
  await service.clock.advance(2000);
  t.true(await reading.reader.isCaughtUp());
  t.is(reading.reader.status.get(shardId)?.millisBehindLatest, 0);
});

test('the time of the tip never goes back, even if the clock of AWS turns out to be behind', async (t) => {
  const service = await startFanOut(t);
  const reading = read(t, service);
  const tips: number[] = [];
  reading.progress.caughtUp = (_shardId, atMs) => void tips.push(atMs);
  await service.clock.advance(4 * 60_000);
  service.clock.stepWallTime(-150_000);
  service.kinesis.fanOut.cut();
  await service.clock.advance(4 * 60_000);
  t.is(subscribed(service).length, 2);
  t.deepEqual(
    tips,
    tips.toSorted((a, b) => a - b),
  );
  t.is(new Set(tips.slice(-60)).size, 60);
});

test('events that were held up while nothing was taken say nothing about the time since they were made', async (t) => {
  const clock = new HandClock();
  const { signal } = new AbortController();
  const hold = () => clock.sleep(3 * 60_000, signal);
  const startMs = clock.now();
  const made: number[] = [];
  // AWS makes an event every five seconds. The way of each takes one second, and begins when the one before it was taken.
  const subscribe: FanOutApi['subscribe'] = async (_arn, _shard, _position, _end, admit) => ({
    next: async () => {
      const madeMs = startMs + 5000 * made.length;
      made.push(madeMs);
      await clock.sleep(Math.max(0, madeMs - clock.now()) + 1000, signal);
      await admit(1);
      return { value: emptyEvent };
    },
  });
  const subscription = createSubscription(clock, subscribe, hold);
  const budget = new ByteBudget(1);
  const asked: number[] = [];
  const run = async () => {
    while (asked.length < 200) {
      const room = new ResponseRoom(budget, 0, signal, clock);
      asked.push((await subscription.next(room)).askedMs);
      room.leave();
      // The record of an event waits to be taken.
      if (asked.length === 10) await hold();
      // There is no room for an event.
      if (asked.length === 100) {
        await budget.reserve(1, signal);
        void clock.sleep(10 * 60_000, signal).then(() => budget.release(1));
      }
    }
  };
  const running = run();
  await clock.advance(10 * 60_000);
  await clock.advanceUntil(() => asked.length === 200);
  await running;
  t.deepEqual(
    asked.filter((askedMs, i) => askedMs > (made[i] ?? 0)),
    [],
  );
  t.true((asked.at(-1) ?? 0) > startMs);
});

test('an event that waits for room for hours ends no subscription, and does not count as fresh', async (t) => {
  const clock = new HandClock();
  const { signal } = new AbortController();
  const budget = new ByteBudget(1000);
  const startMs = clock.now();
  let ended: AbortSignal | undefined;
  const subscription = createSubscription(clock, async (_arn, _shard, _position, end, admit) => {
    ended = end;
    return {
      next: async () => {
        await clock.sleep(1000, signal);
        t.true(await admit(500));
        return { value: emptyEvent };
      },
    };
  });
  await budget.reserve(600, signal);
  let askedMs: number | undefined;
  const next = async () => {
    ({ askedMs } = await subscription.next(new ResponseRoom(budget, 0, signal, clock)));
  };
  const coming = next();
  await clock.advance(3 * 3_600_000);
  t.deepEqual([askedMs, ended?.aborted, budget.used], [undefined, false, 600]);
  budget.release(600);
  await coming;
  t.deepEqual([askedMs, budget.used], [startMs, 500]);
});

for (const [ended, next] of [
  [800, 300],
  [300, 800],
] as const) {
  test(`a subscription that ends while its event waits for room is replaced, without a fault; ${ended}, then ${next}`, async (t) => {
    const clock = new HandClock();
    const { signal } = new AbortController();
    const budget = new ByteBudget(1000);
    let subscriptions = 0;
    const subscription = createSubscription(clock, async (_arn, _shard, _position, _end, admit) => {
      const isFirst = ++subscriptions === 1;
      return {
        next: async () => {
          await admit(isFirst ? ended : next);
          if (isFirst) throw new AwsError('transient', 'ECONNRESET', 'the connection was cut', { cause: undefined });
          return { value: emptyEvent };
        },
      };
    });
    const room = new ResponseRoom(budget, 0, signal, clock);
    await budget.reserve(900, signal);
    const coming = subscription.next(room);
    await clock.advance(6 * 60_000);
    t.deepEqual([subscriptions, budget.used], [1, 900]);
    budget.release(900);
    await coming;
    t.deepEqual([subscriptions, budget.used], [2, next]);
    room.leave();
    t.is(budget.used, 0);
  });
}

test('a consumer that is not registered ends the start, and says what to do', async (t) => {
  const service = await startFanOut(t);
  service.kinesis.stream(streamName).consumers.pop();
  const reading = read(t, service);
  await t.throwsAsync(reading.started, {
    name: 'StartError',
    code: 'not-found',
    message: /has no consumer "snare"; register it with `npx kinesis-snare setup`, or correct input\.fanOut\.consumer/,
  });
});

test('without the permission to describe the consumer, the start ends and names all that are required', async (t) => {
  const service = await startFanOut(t);
  service.kinesis.fail({ operation: 'DescribeStreamConsumer', error: { code: 'AccessDeniedException' } });
  await t.throwsAsync(read(t, service).started, {
    name: 'StartError',
    code: 'access-refused',
    message: /kinesis:DescribeStreamConsumer, and kinesis:SubscribeToShard on its consumer/,
  });
});

test('a consumer that is still being created is waited for', async (t) => {
  const service = await startFanOut(t);
  const [consumer] = service.kinesis.stream(streamName).consumers;
  if (consumer) consumer.status = 'CREATING';
  const texts = put(service, 2);
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.faults.length > 0);
  t.regex(reading.faults[0]?.message ?? '', /consumer "snare" is CREATING/);
  if (consumer) consumer.status = 'ACTIVE';
  await service.clock.advanceUntil(() => reading.taken.length === 2);
  t.deepEqual(reading.texts(), texts);
});

test('a consumer that is deleted while reading costs time; registered again, reading continues behind the last record', async (t) => {
  const service = await startFanOut(t);
  const stream = service.kinesis.stream(streamName);
  const texts = [...put(service, 2)];
  const reading = read(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 2);
  stream.consumers.pop();
  service.kinesis.fanOut.cut();
  await service.clock.advanceUntil(() => reading.faults.some(({ code }) => code === 'not-found'));
  texts.push(...put(service, 2, 2));
  await service.clock.advance(120_000);
  t.is(reading.taken.length, 2);
  stream.registerConsumer(consumerName, service.clock.now());
  await service.clock.advanceUntil(() => reading.taken.length === 4);
  t.deepEqual(reading.texts(), texts);
});

test('two readers with one consumer take the shard from each other: it is reported, and nothing is lost', async (t) => {
  const service = await startFanOut(t);
  const one = read(t, service);
  const other = read(t, service);
  const texts: string[] = [];
  for (let i = 0; i < 10; i++) {
    texts.push(...put(service, 2, texts.length));
    await service.clock.advance(10_000);
  }
  for (const reading of [one, other]) {
    t.deepEqual(reading.texts(), texts);
    t.regex(reading.faults[0]?.message ?? '', /ResourceInUseException/);
  }
});
