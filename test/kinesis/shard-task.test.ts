import test from 'ava';
import { type Reading, startReading, startService, streamName } from './reading.js';

const shardId = 'shardId-000000000000';

test('a record that is not taken is handed on again until it is, and the next one waits', async (t) => {
  const service = await startService(t);
  for (const text of ['one', 'two', 'three']) service.kinesis.put(streamName, text, 'key');
  const offered: string[] = [];
  const reading = startReading(t, service, {
    handOn: async ({ data }) => {
      const text = Buffer.from(data).toString();
      offered.push(text);
      if (text === 'two' && offered.length < 6) throw new Error('not now');
    },
  });
  await service.clock.advanceUntil(() => reading.taken.length === 3);
  t.deepEqual(offered, ['one', 'two', 'two', 'two', 'two', 'two', 'three']);
  t.deepEqual(reading.texts(), ['one', 'two', 'three']);
  t.deepEqual(
    reading.faults.map(({ code, attempt }) => [code, attempt]),
    [1, 2, 3, 4].map((attempt) => ['record-failed', attempt]),
  );
  t.deepEqual(reading.recoveries, [{ stage: 'read', shardId }]);
});

test('a reader that fails is started again behind the last record that was taken', async (t) => {
  const service = await startService(t);
  const texts = Array.from({ length: 20 }, (_, i) => `record ${i}`);
  for (const text of texts) service.kinesis.put(streamName, text, 'key');
  // Not acknowledged, so that the stored position stays at the beginning.
  const reading = startReading(t, service, { isAcking: false });
  const track = reading.progress.track.bind(reading.progress);
  let failures = 0;
  reading.progress.track = (id, sequenceNumber) => {
    if (reading.taken.length % 5 === 2 && failures++ % 3 !== 2) throw new Error('no room');
    return track(id, sequenceNumber);
  };
  await service.clock.advanceUntil(() => reading.taken.length === 20);
  t.deepEqual(reading.texts(), texts);
  t.deepEqual([...new Set(reading.faults.map(({ code }) => code))], ['reader-failed']);
  t.is(reading.faults.length, 8);
  t.is(reading.events.length, 9);
});

test('a reader that fails again and again is started less and less often', async (t) => {
  const service = await startService(t);
  service.kinesis.put(streamName, 'a record', 'key');
  const reading = startReading(t, service);
  reading.progress.track = () => {
    throw new Error('no room');
  };
  await service.clock.advance(600_000);
  const pauses = reading.faults.map(({ retryMs = 0 }) => retryMs);
  t.true(pauses.length > 10 && pauses.length < 60, `${pauses.length}`);
  t.true(Math.max(...pauses) > 15_000);
});

test('a closed shard counts as ended only once all of it is acknowledged', async (t) => {
  const service = await startService(t);
  for (const text of ['one', 'two']) service.kinesis.put(streamName, text, 'key');
  service.kinesis.split(streamName, shardId);
  const reading = startReading(t, service, { isAcking: false });
  await service.clock.advance(60_000);
  t.is(reading.reader.status.get(shardId)?.state, 'draining');
  t.is(reading.reader.status.size, 1);
  reading.taken[1]?.ack();
  await service.clock.advance(60_000);
  t.is(reading.reader.status.get(shardId)?.state, 'draining');
  t.deepEqual(reading.positions.get(shardId), { type: 'beginning' });
  reading.taken[0]?.ack();
  await service.clock.advance(1000);
  t.is(reading.reader.status.get(shardId)?.state, 'ended');
  t.deepEqual(reading.positions.get(shardId), { type: 'end' });
  t.is(reading.reader.status.size, 3);
});

test('the status tells the last response, the lag and the last acknowledgement', async (t) => {
  const service = await startService(t);
  const { clock, kinesis } = service;
  kinesis.put(streamName, 'one', 'key');
  const firstMs = clock.now();
  await clock.advance(1000);
  kinesis.put(streamName, 'two', 'key');
  const reading = startReading(t, service, { isAcking: false });
  await clock.settle();
  const status = () => reading.reader.status.get(shardId);
  t.like(status(), {
    state: 'reading',
    millisBehindLatest: 0,
    lastReadMs: clock.monotonic(),
    ackedArrivalMs: undefined,
  });
  reading.taken[1]?.ack();
  t.is(status()?.ackedArrivalMs, firstMs + 1000);
  reading.taken[0]?.ack();
  t.is(status()?.ackedArrivalMs, firstMs + 1000);
  const readMs = clock.monotonic();
  kinesis.fail({ operation: 'GetRecords', times: 5, error: 'empty' });
  await clock.advance(300);
  t.like(status(), { millisBehindLatest: 60_000 });
  t.true((status()?.lastReadMs ?? 0) > readMs);
});

test('the tip is reported only when there is nothing more to read', async (t) => {
  const service = await startService(t);
  service.kinesis.put(streamName, 'one', 'key');
  service.kinesis.fail({ operation: 'GetRecords', times: 4, error: 'empty' });
  const reading = startReading(t, service);
  // One response tries the rights; the next three come from the shard, then its record.
  await service.clock.advanceUntil(() => reading.taken.length === 1);
  t.deepEqual([...reading.progress.tips], []);
  await service.clock.advance(200);
  t.deepEqual([...reading.progress.tips], [[shardId, service.clock.now()]]);
});

test('a response without a next iterator is no tip of an open shard, so that nothing unread counts as caught up', async (t) => {
  const service = await startService(t);
  service.kinesis.put(streamName, 'a record', 'key');
  service.kinesis.fail({ operation: 'GetRecords', times: 10, error: 'null-iterator' });
  const reading = startReading(t, service);
  await service.clock.advanceUntil(() => reading.faults.length === 3);
  t.false(reading.reader.status.get(shardId)?.isCaughtUp);
  t.like(reading.faults[0], { code: 'transient', shardId });
  await service.clock.advanceUntil(() => reading.reader.status.get(shardId)?.isCaughtUp === true);
  t.deepEqual(reading.texts(), ['a record']);
  t.deepEqual(reading.recoveries, [{ stage: 'read', shardId }]);
});

test('an end that is refused is read again, and then stored', async (t) => {
  const service = await startService(t);
  service.kinesis.split(streamName, shardId);
  const states: unknown[] = [];
  const reading: Reading = startReading(t, service, {
    onShard: (event) => states.push(event.type, reading.reader.status.get(shardId)?.state),
  });
  const end = reading.progress.end.bind(reading.progress);
  let attempts = 0;
  reading.progress.end = async (id) => {
    if (id === shardId && ++attempts === 1) throw new Error('not now');
    await end(id);
  };
  await service.clock.advanceUntil(() => reading.progress.ended.length === 1);
  await service.clock.settle();
  t.deepEqual(states.slice(2, 6), ['started', 'reading', 'ended', 'ended']);
  t.deepEqual(
    reading.faults.map(({ code }) => code),
    ['reader-failed'],
  );
  t.deepEqual(reading.recoveries, [{ stage: 'read', shardId }]);
});

test('a stop does not wait for progress that cannot be written', async (t) => {
  const service = await startService(t);
  service.kinesis.split(streamName, shardId);
  const reading = startReading(t, service);
  let isEnding = false;
  reading.progress.end = () => {
    isEnding = true;
    return new Promise(() => {});
  };
  await service.clock.advanceUntil(() => isEnding);
  await reading.reader.stop();
  t.is(reading.reader.status.get(shardId)?.state, 'draining');
  t.false(reading.events.some(({ type }) => type === 'ended'));
});

test('a stop ends the wait for acknowledgements', async (t) => {
  const service = await startService(t);
  service.kinesis.put(streamName, 'one', 'key');
  service.kinesis.split(streamName, shardId);
  const reading = startReading(t, service, { isAcking: false });
  await service.clock.advanceUntil(() => reading.reader.status.get(shardId)?.state === 'draining');
  await reading.reader.stop();
  t.deepEqual(reading.progress.ended, []);
});

test('a stop does not wait for a record to be retried, and that record stays unacknowledged', async (t) => {
  const service = await startService(t);
  const { sequenceNumber } = service.kinesis.put(streamName, 'one', 'key');
  service.kinesis.put(streamName, 'two', 'key');
  const reading = startReading(t, service, {
    handOn: async ({ data }) => {
      if (Buffer.from(data).toString() === 'two') throw new Error('not now');
    },
  });
  await service.clock.advanceUntil(() => reading.faults.length > 2);
  await reading.reader.stop();
  t.deepEqual(reading.positions.get(shardId), { type: 'after', sequenceNumber });
});
