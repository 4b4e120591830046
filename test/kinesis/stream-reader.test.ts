import { getEventListeners } from 'node:events';
import test from 'ava';
import type { KinesisApi } from '../../src/kinesis/api.js';
import { createGate, type Reading, type Service, startReading, startService, streamName } from './reading.js';

const shard = (number: number) => `shardId-${String(number).padStart(12, '0')}`;
const mib = 1024 * 1024;
/** For requests that hang: of this machine's clock, which the test does not move. */
const requestTimeoutMs = 3_600_000;

/** The order in which shards began and ended, in short. */
function story({ events }: Reading): readonly string[] {
  return events.map(({ type, shardId }) => `${type} ${Number(shardId.slice(-4))}`);
}

function put({ kinesis }: Service, shardNumber: number, ...texts: readonly string[]): void {
  for (const text of texts) kinesis.putTo(streamName, shard(shardNumber), text);
}

test('every shard is read, each in its order', async (t) => {
  const service = await startService(t, 4);
  const texts = Array.from({ length: 200 }, (_, i) => `record ${i}`);
  const expected = new Map<string, string[]>();
  for (const text of texts) {
    const { shardId } = service.kinesis.put(streamName, text, text);
    expected.set(shardId, [...(expected.get(shardId) ?? []), text]);
  }
  t.is(expected.size, 4);
  const reading = startReading(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 200);
  for (const [shardId, own] of expected) t.deepEqual(reading.texts(shardId), own);
});

test('children of a split begin when their parent is acknowledged, and not before', async (t) => {
  const service = await startService(t);
  put(service, 0, 'parent 1', 'parent 2');
  service.kinesis.split(streamName, shard(0));
  put(service, 1, 'left');
  put(service, 2, 'right');
  const reading = startReading(t, service, { isAcking: false });
  await service.clock.advance(300_000);
  t.deepEqual(reading.texts(), ['parent 1', 'parent 2']);
  for (const record of reading.taken) record.ack();
  await service.clock.advanceUntil(() => reading.taken.length === 4);
  t.deepEqual(story(reading), ['started 0', 'ended 0', 'started 1', 'started 2']);
});

test('the child of a merge begins when both parents are acknowledged', async (t) => {
  const service = await startService(t, 2);
  put(service, 0, 'a');
  put(service, 1, 'b');
  service.kinesis.merge(streamName, shard(0), shard(1));
  put(service, 2, 'child');
  const reading = startReading(t, service, { isAcking: false });
  await service.clock.advance(120_000);
  reading.taken.find(({ shardId }) => shardId === shard(0))?.ack();
  await service.clock.advance(120_000);
  t.deepEqual([...reading.texts()].sort(), ['a', 'b']);
  reading.taken.find(({ shardId }) => shardId === shard(1))?.ack();
  await service.clock.advanceUntil(() => reading.taken.length === 3);
  t.deepEqual(story(reading).slice(2), ['ended 0', 'ended 1', 'started 2']);
});

test('a split of a split, and a merge of what came of it, are read generation by generation', async (t) => {
  const service = await startService(t);
  const { kinesis } = service;
  put(service, 0, '0');
  kinesis.split(streamName, shard(0));
  put(service, 1, '1');
  put(service, 2, '2');
  kinesis.split(streamName, shard(1));
  put(service, 3, '3');
  put(service, 4, '4');
  kinesis.merge(streamName, shard(4), shard(2));
  put(service, 5, '5');
  const reading = startReading(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 6);
  const at = (text: string) => reading.texts().indexOf(text);
  for (const [parent, child] of ['01', '02', '13', '14', '45', '25']) t.true(at(parent ?? '') < at(child ?? ''));
  const place = (line: string) => story(reading).indexOf(line);
  for (const [parent, child] of ['01', '02', '13', '14', '45', '25']) {
    t.true(place(`ended ${parent}`) < place(`started ${child}`));
  }
});

test('a shard that is split while it is read gives all of itself, then its children from their beginning', async (t) => {
  const service = await startService(t);
  const reading = startReading(t, service, { startAt: { type: 'latest' } });
  await service.clock.advance(10_000);
  put(service, 0, 'before');
  service.kinesis.split(streamName, shard(0));
  put(service, 1, 'left');
  put(service, 2, 'right');
  const splitMs = service.clock.now();
  await service.clock.advanceUntil(() => reading.taken.length === 3);
  t.deepEqual([...reading.texts()].sort(), ['before', 'left', 'right']);
  t.is(reading.texts()[0], 'before');
  // The end of the parent tells of the children; nobody waits for the next look at the list.
  t.true(service.clock.now() - splitMs < 5000);
  t.deepEqual(
    reading.events.filter(({ type }) => type === 'started').map((event) => 'position' in event && event.position?.type),
    ['time', 'beginning', 'beginning'],
  );
});

test('a shard that was split while the program was down is read to its end, then its children', async (t) => {
  const service = await startService(t);
  put(service, 0, 'one');
  const first = startReading(t, service);
  await service.clock.advanceUntil(() => first.taken.length === 1);
  await first.reader.stop();
  put(service, 0, 'two');
  service.kinesis.split(streamName, shard(0));
  put(service, 1, 'left');
  put(service, 2, 'right');
  const second = startReading(t, service, { positions: first.positions, startAt: { type: 'latest' } });
  await service.clock.advanceUntil(() => second.taken.length === 3);
  t.deepEqual([second.texts()[0], ...second.texts().slice(1).sort()], ['two', 'left', 'right']);
});

test('a start at latest skips nothing over a restart before the first acknowledgement', async (t) => {
  const service = await startService(t);
  put(service, 0, 'too old');
  await service.clock.advance(1500);
  const first = startReading(t, service, {
    startAt: { type: 'latest' },
    handOn: () => Promise.reject(new Error('no')),
  });
  await service.clock.settle();
  t.true(await first.started);
  put(service, 0, 'one');
  await service.clock.advance(5000);
  await first.reader.stop();
  put(service, 0, 'two');
  await service.clock.advance(60_000);
  const second = startReading(t, service, { positions: first.positions, startAt: { type: 'latest' } });
  await service.clock.advance(5000);
  t.false(await second.started);
  t.deepEqual(second.texts(), ['one', 'two']);
});

test('a start at latest skips nothing over a restart and a reshard before the first acknowledgement', async (t) => {
  const service = await startService(t, 2);
  const first = startReading(t, service, { startAt: { type: 'latest' } });
  await service.clock.settle();
  await first.reader.stop();
  await service.clock.advance(2000);
  put(service, 0, 'a');
  put(service, 1, 'b');
  service.kinesis.merge(streamName, shard(0), shard(1));
  put(service, 2, 'c');
  service.kinesis.split(streamName, shard(2));
  put(service, 3, 'd');
  put(service, 4, 'e');
  await service.clock.advance(2000);
  const second = startReading(t, service, { positions: first.positions, startAt: { type: 'latest' } });
  await service.clock.advanceUntil(() => second.taken.length === 5);
  t.deepEqual([...second.texts()].sort(), ['a', 'b', 'c', 'd', 'e']);
  t.is(second.texts()[2], 'c');
});

for (const error of [
  'hang',
  'stall',
  'reset',
  { code: 'ProvisionedThroughputExceededException' },
  { code: 'KMSThrottlingException' },
  { code: 'AccessDeniedException' },
] as const) {
  const name = typeof error === 'object' ? error.code : error;
  test(`a shard with a fault does not slow the others: ${name}`, async (t) => {
    const service = await startService(t, 3);
    const { clock, kinesis } = service;
    const reading = startReading(t, service, { api: service.createApi({ requestTimeoutMs }), maxReadBytes: 10 * mib });
    await clock.advance(1000);
    for (const operation of ['GetRecords', 'GetShardIterator']) {
      kinesis.fail({ operation, shardId: shard(0), times: Number.POSITIVE_INFINITY, error });
    }
    // A request that hangs holds the only room for a moment, and never again.
    await clock.advance(2000);
    for (let i = 0; i < 8; i++) {
      for (const number of [0, 1, 2]) put(service, number, `${i}`);
      // No shard that is well takes longer than an idle pause.
      await clock.advance(1000);
      for (const number of [1, 2]) t.is(reading.texts(shard(number)).length, i + 1);
    }
    t.is(reading.texts(shard(0)).length, 0);
    t.true(reading.faults.every(({ shardId }) => shardId === shard(0)));
    kinesis.mend();
    kinesis.cutConnections();
    await clock.advanceUntil(() => reading.taken.length === 24);
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`);
    for (const number of [0, 1, 2]) t.deepEqual(reading.texts(shard(number)), texts);
  });
}

test('shards whose records are not taken do not stop the others, as long as what waits is small', async (t) => {
  const service = await startService(t, 4);
  const { promise, release } = createGate();
  const reading = startReading(t, service, {
    maxReadBytes: 11 * mib,
    handOn: async ({ shardId }) => {
      if (shardId !== shard(3)) await promise;
    },
  });
  await service.clock.settle();
  for (let i = 0; i < 10; i++) {
    for (const number of [0, 1, 2, 3]) put(service, number, `${i}`);
    await service.clock.advance(1000);
  }
  t.is(reading.texts(shard(3)).length, 10);
  t.is(reading.taken.length, 10);
  release();
  await service.clock.advanceUntil(() => reading.taken.length === 40);
});

for (const responses of [1, 3]) {
  test.serial(
    `a bound of ${responses * 10} MiB lets ${responses} large responses come at a time, and every shard has its turn`,
    async (t) => {
      const service = await startService(t, 4);
      const shards = Array.from({ length: 4 }, (_, number) => shard(number));
      for (const shardId of shards) service.kinesis.putTo(streamName, shardId, Buffer.alloc(8.5 * mib));
      const { promise, release } = createGate();
      let waiting = 0;
      const reading = startReading(t, service, {
        maxReadBytes: responses * 10 * mib,
        handOn: () => {
          waiting++;
          return promise;
        },
      });
      await service.clock.advance(5000);
      t.is(waiting, responses);
      release();
      await service.clock.advanceUntil(() => reading.taken.length === 4);
      t.deepEqual(reading.taken.map(({ shardId }) => shardId).sort(), shards);
    },
  );
}

test('as many requests that hang as there is room for responses do not keep the other shards from reading', async (t) => {
  const service = await startService(t, 6);
  const { clock, kinesis } = service;
  const reading = startReading(t, service, { api: service.createApi({ requestTimeoutMs }), maxReadBytes: 10 * mib });
  await clock.advance(1000);
  const hanging = [0, 1, 2, 3].map(shard);
  for (const shardId of hanging) kinesis.fail({ operation: 'GetRecords', shardId, error: 'hang' });
  await clock.advance(2500);
  t.is(kinesis.held, 4);
  for (let i = 0; i < 10; i++) {
    for (const number of [4, 5]) put(service, number, `${i}`);
    await clock.advance(1000);
    for (const number of [4, 5]) t.is(reading.texts(shard(number)).length, i + 1);
  }
  t.is(kinesis.held, 4);
  t.deepEqual(reading.faults, []);
});

test.serial('three shards whose responses of 13 MB crawl do not keep a fourth from reading large ones', async (t) => {
  const service = await startService(t, 4);
  const { clock, kinesis } = service;
  const api = service.createApi({ requestTimeoutMs, clock });
  const slow = [0, 1, 2].map(shard);
  const reading = startReading(t, service, { api, maxReadBytes: 20 * mib });
  await clock.advance(1000);
  const times = Number.POSITIVE_INFINITY;
  for (const shardId of slow) {
    kinesis.putTo(streamName, shardId, Buffer.alloc(9.75 * mib));
    kinesis.fail({ operation: 'GetRecords', shardId, times, error: 'crawl' });
  }
  await clock.advanceUntil(() => kinesis.held === 3);
  for (let second = 1; second <= 45; second++) {
    kinesis.sendMore(2048);
    kinesis.putTo(streamName, shard(3), Buffer.alloc(mib));
    await clock.advance(1000);
    t.is(reading.taken.filter(({ shardId }) => shardId === shard(3)).length, second);
  }
  // A slow response is given up and asked for again, with fewer records.
  t.deepEqual(new Set(reading.faults.map(({ shardId }) => shardId)), new Set(slow));
  for (const { code, message } of reading.faults) {
    t.is(code, 'transient');
    t.regex(message, /ResponseTooSlow: the response to GetRecords came at 2\d{3} bytes a second/);
  }
  const limits = kinesis.requestsOf('GetRecords', shard(0)).map(({ input }) => Number(input.Limit));
  t.deepEqual(limits.slice(-2), [1500, 750]);
  kinesis.mend();
  kinesis.cutConnections();
  await clock.advanceUntil(() => slow.every((shardId) => reading.texts(shardId).length === 1));
});

for (const isCut of [false, true]) {
  test(`a late response is read once there is room for it${isCut ? ', and asked for again when it was lost meanwhile' : ''}`, async (t) => {
    const service = await startService(t, 2);
    const { clock, kinesis } = service;
    const { promise, release } = createGate();
    const reading = startReading(t, service, {
      api: service.createApi({ requestTimeoutMs }),
      maxReadBytes: 10 * mib,
      handOn: ({ shardId }) => (shardId === shard(1) ? promise : Promise.resolve()),
    });
    await clock.advance(1000);
    kinesis.putTo(streamName, shard(0), Buffer.alloc(mib, 'a'));
    kinesis.fail({ operation: 'GetRecords', shardId: shard(0), error: 'late' });
    await clock.advance(3000);
    t.is(kinesis.held, 1);
    kinesis.putTo(streamName, shard(1), Buffer.alloc(9.5 * mib, 'takes the room'));
    await clock.advance(2000);
    kinesis.answerLate({ isHalf: isCut });
    await clock.advance(2000);
    t.is(kinesis.held, isCut ? 1 : 0);
    t.is(reading.taken.length, 0);
    if (isCut) kinesis.cutConnections();
    await clock.settle();
    release();
    await clock.advanceUntil(() => reading.taken.length === 2);
    t.is(reading.texts(shard(0))[0]?.length, mib);
    t.is(reading.faults.length, isCut ? 1 : 0);
  });
}

test('small records that wait to be taken count with what they take up beside their bytes', async (t) => {
  const service = await startService(t, 2);
  for (const number of [0, 1]) for (let i = 0; i < 1000; i++) put(service, number, 'a');
  const { promise, release } = createGate();
  const waiting = new Set<string>();
  const reading = startReading(t, service, {
    // Room for both responses by the bytes of their records alone, once the first is read.
    maxReadBytes: 200 * 1024,
    handOn: ({ shardId }) => {
      waiting.add(shardId);
      return promise;
    },
  });
  t.teardown(release);
  await service.clock.advance(10_000);
  t.is(waiting.size, 1);
  release();
  await service.clock.advanceUntil(() => reading.taken.length === 2000);
});

test.serial('bytes that wait to be taken count against the bound until they are', async (t) => {
  const service = await startService(t, 3);
  for (const number of [0, 1, 2]) service.kinesis.putTo(streamName, shard(number), Buffer.alloc(8 * mib));
  const { promise, release } = createGate();
  let waiting = 0;
  const reading = startReading(t, service, {
    maxReadBytes: 20 * mib,
    handOn: () => {
      waiting++;
      return promise;
    },
  });
  await service.clock.advance(10_000);
  // After two responses of 8 MiB there is no room for a third.
  t.is(waiting, 2);
  release();
  await service.clock.advanceUntil(() => reading.taken.length === 3);
});

test('the rates of AWS are kept to for every shard, without one refusal', async (t) => {
  const service = await startService(t, 4);
  service.kinesis.rules.isThrottling = true;
  const reading = startReading(t, service);
  await service.clock.advance(1000);
  for (let i = 0; i < 10; i++) {
    for (let number = 0; number < 4; number++) service.kinesis.putTo(streamName, shard(number), Buffer.alloc(200_000));
    await service.clock.advance(500);
  }
  await service.clock.advanceUntil(() => reading.taken.length === 40);
  t.deepEqual(reading.faults, []);
  t.true(service.kinesis.requests.every(({ outcome }) => outcome === 'ok'));
});

test('all is read up once every shard was at its tip', async (t) => {
  const service = await startService(t, 2);
  const reading = startReading(t, service, { handOn: () => promise });
  const { promise, release } = createGate();
  put(service, 0, 'one');
  t.false(await reading.reader.isCaughtUp());
  await service.clock.advance(2000);
  t.false(await reading.reader.isCaughtUp());
  release();
  await service.clock.advance(2000);
  t.true(await reading.reader.isCaughtUp());
});

test('all is read up once a record newer than the start was handed on, though more keep coming', async (t) => {
  const service = await startService(t);
  put(service, 0, 'old');
  await service.clock.advance(1);
  const reading = startReading(t, service);
  await service.clock.settle();
  for (let i = 0; i < 10; i++) {
    put(service, 0, `${i}`);
    await service.clock.advance(200);
    t.is(reading.progress.tips.size, 0);
  }
  t.true(await reading.reader.isCaughtUp());
});

test("a record of the start's own second is no sign that all is read up, since AWS tells the time in seconds", async (t) => {
  const service = await startService(t);
  await service.clock.advance(300);
  put(service, 0, 'one');
  await service.clock.advance(100);
  put(service, 0, 'two');
  await service.clock.advance(400);
  const { promise, release } = createGate();
  const reading = startReading(t, service, {
    handOn: ({ data }) => (Buffer.from(data).toString() === 'two' ? promise : Promise.resolve()),
  });
  await service.clock.settle();
  t.deepEqual(reading.texts(), ['one']);
  t.false(await reading.reader.isCaughtUp());
  release();
});

test('all is not read up while a child of a split is unread, at no moment of the split', async (t) => {
  const service = await startService(t);
  const { clock, kinesis } = service;
  const reading = startReading(t, service);
  await clock.advance(1000);
  t.true(await reading.reader.isCaughtUp());
  kinesis.split(streamName, shard(0));
  put(service, 1, 'left');
  put(service, 2, 'right');
  let answers = 0;
  while (reading.taken.length < 2) {
    const isCaughtUp = await reading.reader.isCaughtUp();
    if (reading.taken.length < 2) t.false(isCaughtUp, story(reading).join());
    answers++;
    await clock.advance(10);
  }
  t.true(answers > 5);
  await clock.advance(2000);
  t.true(await reading.reader.isCaughtUp());
});

test('all is not read up while an ended shard waits for its acknowledgements', async (t) => {
  const service = await startService(t);
  put(service, 0, 'one');
  service.kinesis.split(streamName, shard(0));
  const reading = startReading(t, service, { isAcking: false });
  await service.clock.advance(10_000);
  t.false(await reading.reader.isCaughtUp());
  reading.taken[0]?.ack();
  await service.clock.advance(10_000);
  t.true(await reading.reader.isCaughtUp());
});

test('all is not read up when the list of shards cannot be had', async (t) => {
  const service = await startService(t);
  const reading = startReading(t, service);
  await service.clock.advance(1000);
  service.kinesis.fail({ operation: 'ListShards', error: { code: 'LimitExceededException' } });
  t.false(await reading.reader.isCaughtUp());
  t.true(await reading.reader.isCaughtUp());
});

test('a list of shards that cannot be had is asked for again, reported, and its return reported', async (t) => {
  const service = await startService(t);
  const reading = startReading(t, service);
  await service.clock.advance(1000);
  service.kinesis.split(streamName, shard(0));
  put(service, 1, 'left');
  put(service, 2, 'right');
  service.kinesis.fail({ operation: 'ListShards', times: 3, error: { code: 'LimitExceededException' } });
  await service.clock.advanceUntil(() => reading.taken.length === 2, 10_000);
  t.deepEqual(
    reading.faults.map(({ code, attempt, shardId }) => [code, attempt, shardId]),
    [1, 2, 3].map((attempt) => ['throttled', attempt, undefined]),
  );
  t.deepEqual(reading.recoveries, [{ stage: 'read' }]);
});

test('shards that the list does not show at once are found by a later look at it', async (t) => {
  const service = await startService(t);
  const api = service.createApi();
  let isShown = false;
  const late: KinesisApi = {
    ...api,
    listShards: async (signal) =>
      (await api.listShards(signal)).filter(({ parentIds: [parent] }) => isShown || !parent),
  };
  const reading = startReading(t, service, { api: late, shardSyncMs: 60_000 });
  await service.clock.advance(1000);
  service.kinesis.split(streamName, shard(0));
  put(service, 1, 'left');
  put(service, 2, 'right');
  // Closed, and nothing to be seen that takes its place.
  t.false(await reading.reader.isCaughtUp());
  await service.clock.advance(10_000);
  t.is(reading.taken.length, 0);
  isShown = true;
  await service.clock.advanceUntil(() => reading.taken.length === 2, 60_000);
  t.deepEqual(reading.faults, []);
});

test('a shard that AWS dropped while the program was down is lost, reported, forgotten, and its children are read', async (t) => {
  const service = await startService(t);
  const first = startReading(t, service);
  await service.clock.settle();
  await first.reader.stop();
  put(service, 0, 'never read');
  service.kinesis.split(streamName, shard(0));
  await service.clock.advance(25 * 3_600_000);
  put(service, 1, 'left');
  put(service, 2, 'right');
  const second = startReading(t, service, { positions: first.positions });
  const toMs = service.clock.now() - 24 * 3_600_000;
  await service.clock.advanceUntil(() => second.taken.length === 2);
  // All that the shard had is older than the retention; since when, nobody knows who had read nothing of it.
  t.deepEqual(second.events[2], { type: 'lost', shardId: shard(0), fromMs: undefined, toMs });
  t.deepEqual(second.progress.forgotten, [shard(0)]);
  t.deepEqual([...second.texts()].sort(), ['left', 'right']);
});

test('a shard that AWS drops while it is read, or cannot be, is lost, and its children are not held up for ever', async (t) => {
  const service = await startService(t, 1, 1);
  const { clock, kinesis } = service;
  const reading = startReading(t, service, { shardSyncMs: 600_000 });
  await clock.advance(1000);
  put(service, 0, 'never read');
  kinesis.split(streamName, shard(0));
  for (const operation of ['GetRecords', 'GetShardIterator']) {
    kinesis.fail({
      operation,
      shardId: shard(0),
      times: Number.POSITIVE_INFINITY,
      error: { code: 'KMSDisabledException' },
    });
  }
  await clock.advance(61 * 60_000);
  put(service, 1, 'left');
  put(service, 2, 'right');
  t.deepEqual(story(reading), ['started 0']);
  kinesis.mend();
  await clock.advanceUntil(() => reading.taken.length === 2);
  t.deepEqual([...reading.texts()].sort(), ['left', 'right']);
  t.deepEqual([...story(reading)].sort(), ['lost 0', 'started 0', 'started 1', 'started 2']);
  t.false(reading.positions.has(shard(0)));
});

test('an ended shard is forgotten when AWS has dropped it and nothing listed descends from it', async (t) => {
  const service = await startService(t, 1, 1);
  const { clock, kinesis } = service;
  kinesis.split(streamName, shard(0));
  const reading = startReading(t, service, { shardSyncMs: 600_000, maxIdleMs: 180_000 });
  await clock.advance(1000);
  t.is(reading.positions.get(shard(0))?.type, 'end');
  await clock.advance(75 * 60_000);
  // Its children still name it.
  t.is(reading.positions.get(shard(0))?.type, 'end');
  kinesis.merge(streamName, shard(1), shard(2));
  await clock.advance(75 * 60_000);
  t.deepEqual(reading.progress.forgotten, [shard(0)]);
  t.false(reading.reader.status.has(shard(0)));
  t.false(reading.events.some(({ type }) => type === 'lost'));
});

test('a stream that is created again while it is read is reported, and nothing of the old one is forgotten or of the new one begun', async (t) => {
  const service = await startService(t, 2);
  const { clock, kinesis } = service;
  put(service, 0, 'one');
  put(service, 1, 'two');
  const reading = startReading(t, service);
  await clock.advanceUntil(() => reading.taken.length === 2);
  const positions = new Map(reading.positions);
  await clock.advance(1000);
  kinesis.createStream(streamName, { shards: 1 });
  kinesis.split(streamName, shard(0));
  kinesis.split(streamName, shard(1));
  put(service, 2, 'of the new stream');
  await clock.advance(120_000);
  t.true(reading.faults.some(({ code }) => code === 'stream-recreated'));
  t.deepEqual(reading.positions, positions);
  t.is(reading.taken.length, 2);
  t.deepEqual(
    story(reading).filter((line) => !/^started [01]$/.test(line)),
    [],
  );
});

test('the more shards are read, the fewer records each is asked for', async (t) => {
  for (const [shards, limit] of [
    [1, 2000],
    [20, 300],
  ] as const) {
    const service = await startService(t, shards);
    const api = service.createApi();
    const asked: (number | undefined)[] = [];
    const watched: KinesisApi = {
      ...api,
      getRecords: (...call) => {
        asked.push(call[3]);
        return api.getRecords(...call);
      },
    };
    startReading(t, service, { api: watched });
    await service.clock.advance(3000);
    t.true(asked.length > shards);
    // A start asks for one record, to see whether it may read.
    t.deepEqual([...new Set(asked)], [1, limit]);
  }
});

test('many shards are read without a warning of Node', async (t) => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const service = await startService(t, 15);
  for (let number = 0; number < 15; number++) put(service, number, `${number}`);
  const reading = startReading(t, service);
  await service.clock.advanceUntil(() => reading.taken.length === 15);
  await service.clock.advance(5000);
  process.off('warning', onWarning);
  t.deepEqual(
    warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
    [],
  );
});

test('a run of hours leaves no listener behind on the signal of its stop', async (t) => {
  const service = await startService(t, 2);
  const api = service.createApi();
  let signal: AbortSignal | undefined;
  const watched: KinesisApi = {
    ...api,
    getRecords: (iterator, given, admit) => {
      signal = given;
      return api.getRecords(iterator, given, admit);
    },
  };
  service.kinesis.fail({ operation: 'GetRecords', times: 30, share: 0.1, error: 'reset' });
  const reading = startReading(t, service, { api: watched, maxIdleMs: 20_000 });
  const listeners = () => (signal ? getEventListeners(signal, 'abort').length : 0);
  await service.clock.advance(60_000);
  const early = listeners();
  for (let i = 0; i < 10; i++) {
    put(service, 0, `${i}`);
    await service.clock.advance(100_000);
  }
  t.true(early > 0);
  t.is(listeners(), early);
  t.is(reading.texts(shard(0)).length, 10);
});

test('a stop is done at once, closes the connections, and may come twice', async (t) => {
  const service = await startService(t, 3);
  const api = service.createApi();
  let closed = 0;
  const reading = startReading(t, service, {
    api: {
      ...api,
      close: () => {
        closed++;
        api.close();
      },
    },
  });
  await service.clock.advance(1000);
  service.kinesis.fail({ operation: 'GetRecords', times: 2, error: 'hang' });
  await service.clock.advance(1000);
  t.is(service.kinesis.held, 2);
  await Promise.all([reading.reader.stop(), reading.reader.stop()]);
  t.true(closed > 0);
  t.is(service.clock.sleeping, 0);
  t.deepEqual(reading.faults, []);
});

test('a stop while the list of shards is asked for begins no shard', async (t) => {
  const service = await startService(t);
  const reading = startReading(t, service);
  await service.clock.advance(1000);
  service.kinesis.split(streamName, shard(0));
  service.kinesis.fail({ operation: 'ListShards', error: 'hang' });
  await service.clock.advanceUntil(() => service.kinesis.held === 1);
  await reading.reader.stop();
  t.deepEqual(story(reading), ['started 0', 'ended 0']);
});
