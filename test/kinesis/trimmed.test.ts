/** A position older than the retention, in both forms in which AWS may answer it: an error, or a silent jump. */
import test from 'ava';
import type { ShardEvent } from '../../src/kinesis/stream-reader.js';
import type { Positions } from './memory-progress.js';
import { createGate, type Reading, type Service, startReading, startService, streamName } from './reading.js';

const shardId = 'shardId-000000000000';
const hourMs = 3_600_000;

/** A stream that was read an hour ago for the last time but one, and not since; its retention is an hour. */
async function startLate(t: Parameters<typeof startService>[0], onTrimmed: 'error' | 'jump') {
  const service = await startService(t, 1, 1);
  const { clock, kinesis } = service;
  kinesis.rules.onTrimmed = onTrimmed;
  const { sequenceNumber } = kinesis.put(streamName, 'read', 'key');
  const readMs = clock.now();
  await clock.advance(600_000);
  kinesis.put(streamName, 'lost', 'key');
  await clock.advance(hourMs + 1);
  kinesis.put(streamName, 'kept', 'key');
  const positions: Positions = new Map([[shardId, { type: 'after', sequenceNumber }]]);
  return { service, positions, readMs };
}

function losses({ events }: Reading): readonly ShardEvent[] {
  return events.filter(({ type }) => type === 'trimmed');
}

for (const onTrimmed of ['error', 'jump'] as const) {
  test(`a loss is reported once, with its times, and reading continues at the oldest record: ${onTrimmed}`, async (t) => {
    const { service, positions, readMs } = await startLate(t, onTrimmed);
    const { clock } = service;
    const startMs = clock.now();
    const reading = startReading(t, service, { positions, ackedUntilMs: new Map([[shardId, readMs]]) });
    await clock.advanceUntil(() => reading.taken.length === 1);
    await clock.advance(60_000);
    t.deepEqual(reading.texts(), ['kept']);
    t.deepEqual(losses(reading), [{ type: 'trimmed', shardId, fromMs: readMs, toMs: startMs - hourMs }]);
    t.deepEqual(reading.faults, []);
  });

  test(`a loss is reported once, however often the first read behind it fails: ${onTrimmed}`, async (t) => {
    const { service, positions, readMs } = await startLate(t, onTrimmed);
    const { clock, kinesis } = service;
    const reading = startReading(t, service, { positions, ackedUntilMs: new Map([[shardId, readMs]]) });
    reading.progress.positions = () => {
      // The rights were tried; what follows are the reads of the shard.
      kinesis.fail({ operation: 'GetRecords', times: 5, error: 'reset' });
      reading.progress.positions = () => positions;
      return positions;
    };
    await clock.advanceUntil(() => reading.taken.length === 1);
    t.is(reading.faults.length, 5);
    t.is(losses(reading).length, 1);
  });

  test(`a shard that was at its tip within the retention has lost nothing: ${onTrimmed}`, async (t) => {
    const service = await startService(t, 1, 1);
    const { clock, kinesis } = service;
    const { sequenceNumber } = kinesis.put(streamName, 'read', 'key');
    await clock.advance(1.5 * hourMs);
    kinesis.rules.onTrimmed = 'jump';
    const ackedUntilMs = new Map([[shardId, clock.now() - hourMs / 2]]);
    const positions: Positions = new Map([[shardId, { type: 'after', sequenceNumber }]]);
    const reading = startReading(t, service, { positions, ackedUntilMs });
    await clock.advance(10_000);
    kinesis.put(streamName, 'new', 'key');
    await clock.advanceUntil(() => reading.taken.length === 1);
    t.deepEqual(losses(reading), []);
  });

  test(`while AWS refuses to be read no loss is reported, and one when it lets in again: ${onTrimmed}`, async (t) => {
    const service = await startService(t, 1, 1);
    const { clock, kinesis } = service;
    kinesis.rules.onTrimmed = onTrimmed;
    kinesis.put(streamName, 'read', 'key');
    const reading = startReading(t, service, { shardSyncMs: hourMs });
    await clock.advance(10_000);
    const refuse = (service: Service) => {
      for (const operation of ['GetRecords', 'GetShardIterator']) {
        const error = { code: 'KMSDisabledException' };
        service.kinesis.fail({ operation, times: Number.POSITIVE_INFINITY, error });
      }
    };
    refuse(service);
    await clock.advance(1000);
    kinesis.put(streamName, 'lost', 'key');
    await clock.advance(1.1 * hourMs);
    kinesis.put(streamName, 'kept', 'key');
    t.deepEqual(losses(reading), []);
    kinesis.mend();
    await clock.advanceUntil(() => reading.taken.length === 2);
    await clock.advance(60_000);
    t.deepEqual(reading.texts(), ['read', 'kept']);
    t.is(losses(reading).length, 1);
  });

  test(`records held back for longer than the retention cost what AWS dropped meanwhile, and that is reported: ${onTrimmed}`, async (t) => {
    const service = await startService(t, 1, 1);
    const { clock, kinesis } = service;
    kinesis.rules.onTrimmed = onTrimmed;
    kinesis.put(streamName, 'one', 'key');
    const { promise, release } = createGate();
    const reading = startReading(t, service, { shardSyncMs: hourMs, handOn: () => promise });
    await clock.advance(1000);
    kinesis.put(streamName, 'lost', 'key');
    await clock.advance(2 * hourMs);
    kinesis.put(streamName, 'kept', 'key');
    release();
    await clock.advanceUntil(() => reading.taken.length === 2);
    t.deepEqual(reading.texts(), ['one', 'kept']);
    t.is(losses(reading).length, 1);
  });
}

test('an iterator that AWS finds invalid is no loss and no reason to leave the place', async (t) => {
  const service = await startService(t);
  const { clock, kinesis } = service;
  kinesis.put(streamName, 'one', 'key');
  const reading = startReading(t, service);
  await clock.advanceUntil(() => reading.taken.length === 1);
  kinesis.fail({ operation: 'GetRecords', times: 3, error: { code: 'InvalidArgumentException' } });
  kinesis.put(streamName, 'two', 'key');
  await clock.advanceUntil(() => reading.taken.length === 2);
  t.deepEqual(reading.texts(), ['one', 'two']);
  t.deepEqual(losses(reading), []);
  t.is(reading.faults.length, 3);
});

test('a position of a stream that was created again is kept and reported, not taken for a trimmed one', async (t) => {
  const service = await startService(t);
  const { clock, kinesis } = service;
  kinesis.put(streamName, 'old', 'key');
  const reading = startReading(t, service);
  await clock.advanceUntil(() => reading.taken.length === 1);
  const position = reading.positions.get(shardId);
  await clock.advance(1000);
  kinesis.createStream(streamName);
  kinesis.put(streamName, 'of the new stream', 'key');
  await clock.advance(120_000);
  t.deepEqual(reading.texts(), ['old']);
  t.deepEqual(reading.positions.get(shardId), position);
  t.deepEqual(losses(reading), []);
  t.true(reading.faults.some(({ code }) => code === 'stream-recreated'));
});
