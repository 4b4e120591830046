/** Losses by the clock of AWS, whatever that of this machine says, and by the retention that the stream has now. */
import test from 'ava';
import type { Positions } from './memory-progress.js';
import {
  createGate,
  onWrongClock,
  type Reading,
  type Service,
  startReading,
  startService,
  streamName,
} from './reading.js';

const shardId = 'shardId-000000000000';
const hourMs = 3_600_000;

function losses({ events }: Reading) {
  return events.filter((event) => event.type === 'trimmed');
}

/** A record that was read, and then so many hours in which nobody read; another record each hour. */
async function startAfter(service: Service, hours: number) {
  const { clock, kinesis } = service;
  const { sequenceNumber } = kinesis.put(streamName, 'read', 'key');
  const readMs = clock.now();
  for (let hour = 1; hour <= hours; hour++) {
    await clock.advance(hourMs);
    kinesis.put(streamName, `after ${hour} h`, 'key');
  }
  const positions: Positions = new Map([[shardId, { type: 'after', sequenceNumber }]]);
  return { positions, ackedUntilMs: new Map([[shardId, readMs]]), readMs };
}

for (const hours of [-10, 10]) {
  test(`a loss is reported, and none that is not, on a machine whose clock is off by ${hours} h`, async (t) => {
    for (const downHours of [20, 30]) {
      const service = await startService(t, 1, 24);
      const { readMs, ...earlier } = await startAfter(service, downHours);
      const reading = startReading(t, service, { ...earlier, ...onWrongClock(service, { aheadMs: hours * hourMs }) });
      await service.clock.advanceUntil(() => reading.texts().includes(`after ${downHours} h`));
      const [loss, ...more] = losses(reading);
      t.deepEqual(more, []);
      t.is(loss !== undefined, downHours === 30);
      if (loss) t.true(Math.abs(loss.toMs - (service.clock.now() - 24 * hourMs)) < 5000);
      t.is(loss?.fromMs ?? readMs, readMs);
    }
  });
}

test('a clock of this machine that is set in mid-run is no loss, and no time of a tip is of it', async (t) => {
  const service = await startService(t, 1, 24);
  const { clock, kinesis } = service;
  const local = { aheadMs: 0 };
  const reading = startReading(t, service, onWrongClock(service, local));
  kinesis.put(streamName, 'one', 'key');
  await clock.advanceUntil(() => reading.taken.length === 1);
  for (const aheadMs of [100 * hourMs, -100 * hourMs]) {
    local.aheadMs = aheadMs;
    await clock.advance(5000);
    t.true(Math.abs((reading.progress.tips.get(shardId) ?? 0) - clock.now()) < 5000);
    // Another iterator, with which a loss is looked for.
    kinesis.fail({ operation: 'GetRecords', times: 2, error: 'reset' });
    await clock.advance(60_000);
  }
  t.is(reading.faults.length, 4);
  t.deepEqual(losses(reading), []);
});

test('a shard was at its tip when the response was asked for, not when it came', async (t) => {
  const service = await startService(t);
  const { clock, kinesis } = service;
  const reading = startReading(t, service);
  await clock.advance(10_000);
  kinesis.fail({ operation: 'GetRecords', error: 'late' });
  await clock.advanceUntil(() => kinesis.held === 1);
  const askedMs = clock.now();
  await clock.advance(120_000);
  kinesis.answerLate();
  while (kinesis.held > 0) await new Promise(setImmediate);
  await clock.settle();
  t.is(reading.progress.tips.get(shardId), askedMs);
});

/** A reader that a record holds up for so many hours. */
async function holdUp(t: Parameters<typeof startService>[0], service: Service, while_: () => Promise<void>) {
  const { clock, kinesis } = service;
  kinesis.put(streamName, 'one', 'key');
  const { promise, release } = createGate();
  const reading = startReading(t, service, { shardSyncMs: hourMs, handOn: () => promise });
  await clock.advance(1000);
  kinesis.put(streamName, 'two', 'key');
  await while_();
  kinesis.put(streamName, 'three', 'key');
  release();
  await clock.advanceUntil(() => reading.texts().includes('three'));
  return reading;
}

test('a retention that is raised in mid-run keeps what it keeps, and no loss is reported', async (t) => {
  const service = await startService(t, 1, 24);
  const { clock, kinesis } = service;
  const reading = await holdUp(t, service, async () => {
    await clock.advance(20 * hourMs);
    kinesis.stream(streamName).retentionMs = 168 * hourMs;
    await clock.advance(20 * hourMs);
  });
  t.deepEqual(reading.texts(), ['one', 'two', 'three']);
  t.deepEqual(losses(reading), []);
});

test('a retention that is raised after records were dropped does not hide their loss', async (t) => {
  const service = await startService(t, 1, 24);
  const { clock, kinesis } = service;
  const startMs = clock.now();
  const reading = await holdUp(t, service, async () => {
    await clock.advance(30 * hourMs);
    // The fake drops what is too old when it is asked.
    kinesis.stream(streamName).shard(shardId, clock.now());
    kinesis.stream(streamName).retentionMs = 168 * hourMs;
    await clock.advance(2 * hourMs);
  });
  t.deepEqual(reading.texts(), ['one', 'three']);
  const [loss] = losses(reading);
  t.is(loss?.fromMs, startMs);
  t.true(Math.abs((loss?.toMs ?? 0) - (startMs + 6 * hourMs)) <= hourMs);
});

test('a retention that is lowered in mid-run drops records, and their loss is reported at once', async (t) => {
  const service = await startService(t, 1, 168);
  const { clock, kinesis } = service;
  const startMs = clock.now();
  const reading = await holdUp(t, service, async () => {
    await clock.advance(40.5 * hourMs);
    // The list of shards, and the stream with it, is not looked at between this and the next read.
    kinesis.stream(streamName).retentionMs = 24 * hourMs;
  });
  t.deepEqual(reading.texts(), ['one', 'three']);
  const [loss, ...more] = losses(reading);
  t.deepEqual(more, []);
  t.is(loss?.fromMs, startMs);
  t.true(Math.abs((loss?.toMs ?? 0) - (startMs + 16.5 * hourMs)) < 60_000);
});

test('shards that all lag by more than a day ask for the stream once, not each', async (t) => {
  const service = await startService(t, 20, 168);
  const { clock, kinesis } = service;
  const shardIds = kinesis.stream(streamName).shards.map((shard) => shard.shardId);
  for (const id of shardIds) kinesis.putTo(streamName, id, 'a record');
  await clock.advance(48 * hourMs);
  const positions: Positions = new Map(shardIds.map((id) => [id, { type: 'beginning' }]));
  const ackedUntilMs = new Map(shardIds.map((id) => [id, clock.now() - 40 * hourMs]));
  const reading = startReading(t, service, { positions, ackedUntilMs, shardSyncMs: hourMs });
  await clock.advanceUntil(() => reading.taken.length === 20);
  t.is(kinesis.requestsOf('DescribeStreamSummary').length, 1);
  t.deepEqual(losses(reading), []);
});

test("a start in the future is waited for by AWS' clock, without a fault, and is nothing to read until then", async (t) => {
  const service = await startService(t, 2);
  const { clock, kinesis } = service;
  const startAt = { type: 'time', atMs: clock.now() + 3 * hourMs } as const;
  // By the clock of this machine that time is long past.
  const wrong = onWrongClock(service, { aheadMs: 100 * hourMs });
  const reading = startReading(t, service, { startAt, shardSyncMs: 600_000, ...wrong });
  t.true(await reading.started);
  t.true(await reading.reader.isCaughtUp());
  t.is(reading.reader.status.get(shardId)?.state, 'waiting');
  kinesis.putTo(streamName, shardId, 'too early');
  await clock.advance(3 * hourMs);
  kinesis.putTo(streamName, shardId, 'wanted');
  await clock.advanceUntil(() => reading.taken.length > 0, 60_000);
  t.deepEqual(reading.texts(), ['wanted']);
  t.deepEqual(reading.faults, []);
});

test('records that AWS drops under a kept iterator are a loss that is reported', async (t) => {
  const service = await startService(t, 1, 168);
  const { clock, kinesis } = service;
  const startMs = clock.now();
  // No two of them in one response.
  for (const text of ['one', 'lost']) kinesis.put(streamName, Buffer.alloc(6 * 1024 * 1024, text), 'key');
  await clock.advance(40 * hourMs);
  kinesis.put(streamName, 'kept', 'key');
  const { promise, release } = createGate();
  const reading = startReading(t, service, { shardSyncMs: hourMs, handOn: () => promise });
  await clock.advance(60_000);
  const iterators = kinesis.requestsOf('GetShardIterator').length;
  kinesis.stream(streamName).retentionMs = 24 * hourMs;
  release();
  await clock.advanceUntil(() => reading.texts().includes('kept'));
  t.is(reading.taken.length, 2);
  t.is(kinesis.requestsOf('GetShardIterator').length, iterators);
  const [loss, ...more] = losses(reading);
  t.deepEqual(more, []);
  t.is(loss?.fromMs, startMs);
  t.true(Math.abs((loss?.toMs ?? 0) - (clock.now() - 24 * hourMs)) < 60_000);
});

test('a shard that AWS drops from as fast as it is read reports all of it, about once a minute', async (t) => {
  const service = await startService(t, 1, 24);
  const { clock, kinesis } = service;
  const arrivals = new Map<string, number>();
  for (let i = 0; i < 60; i++) {
    arrivals.set(String(i), clock.now());
    kinesis.put(streamName, String(i), 'key');
    await clock.advance(10_000);
  }
  await clock.advance(24 * hourMs - 600_000);
  const api = service.createApi();
  const reading = startReading(t, service, {
    api: { ...api, getRecords: (iterator, signal, admit) => api.getRecords(iterator, signal, admit, 1) },
    handOn: () => clock.sleep(20_000, new AbortController().signal),
  });
  await clock.advance(720_000);
  const taken = new Set(reading.texts());
  const lost = [...arrivals].filter(([text]) => !taken.has(text)).map(([, atMs]) => atMs);
  t.true(lost.length > 10, `${lost.length}`);
  const told = losses(reading);
  for (const atMs of lost) t.true(told.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs));
  t.true(told.length >= 2 && told.length <= 12, `${told.length}`);
});
