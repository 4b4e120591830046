import test from 'ava';
import { Checkpointer } from '../../src/checkpoint/checkpointer.js';
import type { ShardCheckpoint } from '../../src/checkpoint/store.js';
import type { Fault } from '../../src/faults.js';
import type { ShardPosition } from '../../src/shard-position.js';
import { HandClock } from '../fakes/hand-clock.js';
import { createRandom, seed } from '../fixtures/random.js';
import { ScriptedStore } from './scripted-store.js';

const intervalMs = 1000;
const beginning: ShardPosition = { type: 'beginning' };
const never = new AbortController().signal;
const behind = (sequenceNumber: string): ShardPosition => ({ type: 'after', sequenceNumber });

interface Setup {
  readonly store: ScriptedStore;
  readonly clock: HandClock;
  readonly progress: Checkpointer;
  readonly faults: Fault[];
  /** Number of recoveries so far. */
  readonly recoveries: () => number;
}

function setUp(stored: ReadonlyMap<string, ShardCheckpoint> = new Map()): Setup {
  const store = new ScriptedStore();
  for (const [shardId, checkpoint] of stored) store.content.set(shardId, checkpoint);
  const clock = new HandClock();
  const faults: Fault[] = [];
  let recoveries = 0;
  const progress = new Checkpointer({
    store,
    stored,
    intervalMs,
    clock,
    random: () => 0.5,
    onFault: (fault) => faults.push(fault),
    onRecovery: () => recoveries++,
  });
  return { store, clock, progress, faults, recoveries: () => recoveries };
}

/** Whether the promise is settled once everything is quiet. */
function watch(promise: Promise<unknown>): () => boolean {
  let isDone = false;
  promise.then(() => {
    isDone = true;
  });
  return () => isDone;
}

test('acknowledgements are gathered over the interval and written once', async (t) => {
  const { store, clock, progress } = setUp();
  for (let count = 1; count <= 500; count++) progress.track('a', String(count)).ack();
  progress.track('b', '7').ack();
  await clock.advance(intervalMs - 1);
  t.deepEqual(store.calls, []);
  await clock.advance(1);
  t.deepEqual(store.calls, [['a', 'b']]);
  t.deepEqual(store.content.get('a'), { position: behind('500'), updatedMs: clock.now() - intervalMs });
  await clock.advance(10 * intervalMs);
  t.is(store.calls.length, 1, 'nothing changed, nothing written');
  progress.track('a', '501').ack();
  await clock.advance(intervalMs);
  t.deepEqual(store.calls.slice(1), [['a']], 'only what changed is written');
});

test('a record that is not acknowledged holds back all behind it', async (t) => {
  const { store, clock, progress } = setUp();
  progress.track('a', '1').ack();
  const second = progress.track('a', '2');
  progress.track('a', '3').ack();
  await clock.advance(intervalMs);
  t.deepEqual(store.content.get('a')?.position, behind('1'));
  t.is(progress.pending, 2);
  second.ack();
  await clock.advance(intervalMs);
  t.deepEqual(store.content.get('a')?.position, behind('3'));
  t.is(progress.pending, 0);
});

test('a beginning is written at once, and stands only once it is durable', async (t) => {
  const { store, clock, progress } = setUp();
  const open = store.hold();
  const isBegun = watch(progress.begin(new Map([['a', beginning]])));
  await clock.settle();
  t.deepEqual(store.calls, [['a']]);
  t.false(isBegun());
  t.is(progress.positions().size, 0);
  open();
  await clock.settle();
  t.true(isBegun());
  t.deepEqual(progress.positions(), new Map([['a', beginning]]));
});

test('an end is written at once, and stands only once it is durable', async (t) => {
  const { store, clock, progress } = setUp();
  progress.track('a', '1').ack();
  const open = store.hold();
  const isEnded = watch(progress.end('a'));
  await clock.settle();
  t.false(isEnded());
  open();
  await clock.settle();
  t.true(isEnded());
  t.deepEqual(progress.positions(), new Map([['a', { type: 'end' }]]));
  await clock.advance(10 * intervalMs);
  t.deepEqual(store.content.get('a')?.position, { type: 'end' });
});

test('positions are those that the store had, and then those that it has taken', async (t) => {
  const { store, clock, progress } = setUp(new Map([['a', { position: behind('1'), updatedMs: 1 }]]));
  t.deepEqual(progress.positions(), new Map([['a', behind('1')]]));
  const open = store.hold();
  progress.track('a', '2').ack();
  await clock.advance(intervalMs);
  t.is(store.calls.length, 1);
  t.deepEqual(progress.positions(), new Map([['a', behind('1')]]), 'the write is under way');
  progress.track('a', '3').ack();
  open();
  await clock.settle();
  t.deepEqual(progress.positions(), new Map([['a', behind('2')]]), 'what came during the write waits for the next');
  await clock.advance(intervalMs);
  t.deepEqual(progress.positions(), new Map([['a', behind('3')]]));
});

test('whoever waits for the acknowledgements of a shard hears of the last, or of the abort', async (t) => {
  const { clock, progress } = setUp();
  await progress.whenAcked('a', never);
  const acks = ['1', '2'].map((sequenceNumber) => progress.track('a', sequenceNumber));
  progress.track('b', '1');
  const stop = new AbortController();
  const isAcked = watch(progress.whenAcked('a', never));
  const isAborted = watch(progress.whenAcked('b', stop.signal));
  acks[1]?.ack();
  await clock.settle();
  t.false(isAcked());
  acks[0]?.ack();
  await clock.settle();
  t.true(isAcked());
  t.false(isAborted());
  stop.abort();
  await clock.settle();
  t.true(isAborted());
  await progress.whenAcked('b', stop.signal);
});

test('the time at the tip counts once all that was tracked by then is acknowledged', async (t) => {
  const { store, clock, progress } = setUp();
  await progress.begin(new Map([['a', beginning]]));
  const [first, second] = ['1', '2'].map((sequenceNumber) => progress.track('a', sequenceNumber));
  progress.caughtUp('a', 1000);
  await clock.advance(intervalMs);
  t.is(store.content.get('a')?.caughtUpMs, undefined);
  first?.ack();
  await clock.advance(intervalMs);
  t.is(store.content.get('a')?.caughtUpMs, undefined);
  second?.ack();
  await clock.advance(intervalMs);
  t.is(store.content.get('a')?.caughtUpMs, 1000);
  progress.track('a', '3').ack();
  await clock.advance(intervalMs);
  t.like(store.content.get('a'), { position: behind('3'), caughtUpMs: 1000 });
});

test('a shard that stays at its tip is written now and then, not at every look', async (t) => {
  const { store, clock, progress } = setUp();
  await progress.begin(new Map([['a', beginning]]));
  const startMs = clock.now();
  for (let second = 0; second < 300; second++) {
    progress.caughtUp('a', clock.now());
    await clock.advance(1000);
  }
  t.is(store.calls.length, 1 + 5);
  t.deepEqual(store.content.get('a')?.position, beginning);
  t.true((store.content.get('a')?.caughtUpMs ?? 0) >= startMs + 240_000);
});

test('a store that fails is retried, at growing distances, and the recovery is reported once', async (t) => {
  const { store, clock, progress, faults, recoveries } = setUp();
  store.isBroken = true;
  progress.track('a', '1').ack();
  await clock.advance(intervalMs + 60_000);
  t.deepEqual(
    faults.map(({ attempt }) => attempt),
    faults.map((_, index) => index + 1),
  );
  t.like(faults[0], { stage: 'checkpoint', code: 'not-written', message: 'no space left', retryMs: 375 });
  t.deepEqual(
    faults.slice(0, 8).map(({ retryMs }) => retryMs),
    [375, 750, 1500, 3000, 6000, 11_250, 11_250, 11_250],
  );
  t.is(progress.positions().size, 0);
  t.is(recoveries(), 0);
  progress.track('a', '2').ack();
  store.isBroken = false;
  await clock.advance(15_000);
  t.deepEqual(progress.positions(), new Map([['a', behind('2')]]), 'the retry takes what came meanwhile');
  t.is(recoveries(), 1);
  const before = faults.length;
  progress.track('a', '3').ack();
  await clock.advance(intervalMs);
  t.is(recoveries(), 1);
  t.is(faults.length, before);
});

test('however much is acknowledged while the store fails, the attempts do not multiply', async (t) => {
  const { store, clock, progress, faults } = setUp();
  store.isBroken = true;
  for (let second = 1; second <= 600; second++) {
    progress.track('a', String(second)).ack();
    await clock.advance(1000);
  }
  t.true(faults.length > 40 && faults.length < 70, `${faults.length} attempts in ten minutes`);
  t.true(clock.sleeping <= 2);
  store.isBroken = false;
  await clock.advance(15_000);
  t.deepEqual(store.content.get('a')?.position, behind('600'));
});

test('a beginning that failed waits for a write of its own, also while another write has taken it along', async (t) => {
  const { store, clock, progress } = setUp();
  store.isBroken = true;
  const isBegun = watch(progress.begin(new Map([['a', beginning]])));
  progress.track('b', '1').ack();
  // The next write is that of the interval, and the next attempt of the beginning comes while it is under way.
  await clock.advance(intervalMs - 1);
  const open = store.hold();
  await clock.advance(60_000);
  t.is(store.active, 1);
  t.false(isBegun(), 'the write that has it is still under way');
  open();
  await clock.settle();
  t.false(isBegun(), 'that write failed');
  store.isBroken = false;
  await clock.advance(15_000);
  t.true(isBegun());
  t.is(progress.positions().size, 2);
});

test('one write is under way at a time, and what comes meanwhile goes with the next', async (t) => {
  const { store, clock, progress } = setUp();
  const open = store.hold();
  progress.track('a', '1').ack();
  await clock.advance(intervalMs);
  const isDone = watch(
    Promise.all([
      progress.begin(new Map([['b', beginning]])),
      progress.end('a'),
      progress.begin(new Map([['c', beginning]])),
    ]),
  );
  progress.track('d', '1').ack();
  await clock.advance(intervalMs);
  t.is(store.calls.length, 1);
  open();
  await clock.settle();
  t.true(isDone());
  t.deepEqual(store.calls, [['a'], ['b', 'a', 'c', 'd']]);
  t.is(store.mostActive, 1);
  t.deepEqual(progress.positions().get('a'), { type: 'end' });
});

test('a forgotten shard is gone at once, from the store as soon as that works', async (t) => {
  const { store, clock, progress, faults } = setUp();
  await progress.begin(new Map(['a', 'b'].map((shardId) => [shardId, beginning])));
  store.isBroken = true;
  const isForgotten = watch(progress.forget(['a', 'unknown']));
  await clock.settle();
  t.deepEqual([...progress.positions().keys()], ['b']);
  t.false(isForgotten());
  t.is(faults.length, 1, 'and the fault is told');
  store.isBroken = false;
  await clock.advance(15_000);
  t.true(isForgotten());
  t.deepEqual([...store.content.keys()], ['b']);
});

test('neither a write under way nor a late acknowledgement brings a forgotten shard back', async (t) => {
  const { store, clock, progress } = setUp();
  const [first, second] = ['1', '2'].map((sequenceNumber) => progress.track('a', sequenceNumber));
  first?.ack();
  const open = store.hold();
  await clock.advance(intervalMs);
  t.is(store.active, 1);
  const forgotten = progress.forget(['a']);
  open();
  await forgotten;
  t.is(progress.positions().size, 0);
  second?.ack();
  await clock.advance(10 * intervalMs);
  t.is(progress.positions().size, 0);
  t.is(store.content.size, 0);
});

test('a close writes the last state, lets the store go, and takes nothing more', async (t) => {
  const { store, clock, progress } = setUp();
  progress.track('a', '1').ack();
  const second = progress.track('a', '2');
  t.true(await progress.close());
  t.deepEqual(store.content.get('a')?.position, behind('1'));
  t.is(store.closes, 1);
  t.is(clock.sleeping, 0);
  second.ack();
  await progress.end('a');
  await clock.advance(10 * intervalMs);
  t.is(store.calls.length, 1);
});

test('a close with nothing to write writes nothing', async (t) => {
  const { store, progress } = setUp();
  t.true(await progress.close());
  t.deepEqual(store.calls, []);
  t.is(store.closes, 1);
});

test('a close that finds what was saved gone, and cannot write it again, reports it', async (t) => {
  const { store, progress, faults } = setUp();
  store.isGone = true;
  t.false(await progress.close());
  t.deepEqual(
    faults.map(({ code }) => code),
    ['not-written'],
  );
});

test('a close while the store fails makes one attempt, says so, and lets the store and all who wait go', async (t) => {
  const { store, clock, progress } = setUp();
  store.isBroken = true;
  const isEnded = watch(progress.end('a'));
  await clock.advance(10 * intervalMs);
  const calls = store.calls.length;
  t.false(await progress.close());
  await clock.settle();
  t.is(store.calls.length, calls + 1);
  t.is(store.closes, 1);
  t.true(isEnded());
  t.is(progress.positions().size, 0);
  t.is(clock.sleeping, 0);
});

for (const isBroken of [false, true]) {
  test(`a close waits for the write under way, which ${isBroken ? 'fails and is made good' : 'succeeds'}`, async (t) => {
    const { store, clock, progress, faults } = setUp();
    progress.track('a', '1').ack();
    const open = store.hold();
    await clock.advance(intervalMs);
    t.is(store.active, 1);
    if (!isBroken) progress.track('a', '2').ack();
    const closing = progress.close();
    const isClosed = watch(closing);
    await clock.settle();
    t.false(isClosed());
    t.is(store.closes, 0, 'the store is not taken away from a write');
    store.isBroken = isBroken;
    open();
    await Promise.resolve();
    await Promise.resolve();
    store.isBroken = false;
    t.true(await closing);
    t.is(faults.length, isBroken ? 1 : 0);
    t.deepEqual(store.content.get('a')?.position, behind(isBroken ? '1' : '2'));
    t.is(store.mostActive, 1);
  });
}

test('whatever happens, what the store has is acknowledged without a gap and never goes back', async (t) => {
  const random = createRandom(seed);
  const shardIds = ['a', 'b', 'c'];
  for (let run = 0; run < 30; run++) {
    const given = `FUZZ_SEED=${seed} run ${run}`;
    const { store, clock, progress } = setUp();
    await progress.begin(new Map(shardIds.map((shardId) => [shardId, beginning])));
    const shards = new Map(
      shardIds.map((shardId) => [
        shardId,
        { total: 0, isAcked: new Set<number>(), waiting: [] as (() => void)[], seen: 0 },
      ]),
    );
    const check = () => {
      for (const [shardId, shard] of shards) {
        const position = store.content.get(shardId)?.position;
        const stored = position?.type === 'after' ? Number(position.sequenceNumber) : 0;
        const told = progress.positions().get(shardId);
        const durable = told?.type === 'after' ? Number(told.sequenceNumber) : 0;
        let contiguous = 0;
        while (shard.isAcked.has(contiguous + 1)) contiguous++;
        if (stored > contiguous || stored < shard.seen || durable > stored) {
          t.fail(
            `${given}: shard ${shardId} stored ${stored} told ${durable} acked ${contiguous} before ${shard.seen}`,
          );
        }
        shard.seen = stored;
      }
    };
    let open = () => {};
    for (let step = 0; step < 200; step++) {
      const shard = shards.get(shardIds[Math.floor(random() * 3)] ?? 'a');
      if (!shard) return;
      const chance = random();
      if (chance < 0.4) {
        const number = ++shard.total;
        const position = progress.track([...shards].find(([, value]) => value === shard)?.[0] ?? 'a', String(number));
        shard.waiting.push(() => {
          shard.isAcked.add(number);
          position.ack();
        });
      } else if (chance < 0.75) {
        shard.waiting.splice(Math.floor(random() * shard.waiting.length), 1)[0]?.();
      } else if (chance < 0.9) {
        await clock.advance(random() * 2 * intervalMs);
      } else if (chance < 0.95) {
        store.isBroken = !store.isBroken;
      } else {
        open();
        open = random() < 0.5 ? store.hold() : () => {};
      }
      check();
    }
    open();
    store.isBroken = false;
    for (const shard of shards.values()) for (const ack of shard.waiting.splice(0)) ack();
    t.true(await progress.close(), given);
    check();
    for (const [shardId, { total }] of shards) {
      const position = store.content.get(shardId)?.position;
      t.deepEqual(position, total === 0 ? beginning : behind(String(total)), given);
    }
  }
});
