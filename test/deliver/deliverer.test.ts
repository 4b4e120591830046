import { getEventListeners } from 'node:events';
import test from 'ava';
import { startFullBacklog } from '../fakes/full-backlog.js';
import { HandClock } from '../fakes/hand-clock.js';
import { startReceiver } from '../fakes/receiver.js';
import { deliverTo, isInOrder, rotation, startDelivering } from './recorded-deliverer.js';

const warnings: Error[] = [];
process.on('warning', (warning) => warnings.push(warning));

test.after('nothing warned of a leak', (t) => {
  t.deepEqual(warnings, []);
});

test('every line is delivered once, in order, and settled once', async (t) => {
  const { receiver, output } = await startDelivering(t);
  output.send(5000);
  t.true(await output.deliverer.flush(10_000));
  t.deepEqual(receiver.lines, output.sent);
  t.deepEqual(output.delivered, output.sent);
  t.true(await output.deliverer.close(10_000));
  t.is(output.settled.length, 5000);
  t.deepEqual(output.faults, []);
  t.is(output.recoveries, 0);
});

test('what is delivered is confirmed by a connection that ended at least the hold after its own', async (t) => {
  const { receiver, output } = await startDelivering(t);
  output.send(10);
  t.true(await output.deliverer.flush(10_000));
  const [first, second] = receiver.connections;
  t.true((output.settled[0]?.atMs ?? 0) >= (first?.halfClosedMs ?? Number.NaN) + rotation.confirmHoldMs);
  t.true((second?.halfClosedMs ?? 0) > (first?.closedMs ?? Number.NaN));
  t.true((second?.openedMs ?? Number.NaN) < (first?.halfClosedMs ?? 0));
});

test('lines are confirmed without anybody asking, when they stop coming and while they go on', async (t) => {
  const { output } = await startDelivering(t);
  output.send(1);
  await output.whenDelivered(1);
  const timer = setInterval(() => output.send(1), 10);
  await output.whenDelivered(20);
  clearInterval(timer);
  t.deepEqual(output.faults, []);
});

test('the statistics tell what is connected, delivered and buffered', async (t) => {
  const { output } = await startDelivering(t);
  const { deliverer } = output;
  output.send(3, 9);
  const { buffered, memory, oldestAgeMs, confirmedAgeMs: notYet } = deliverer.stats;
  t.deepEqual(buffered, { lines: 3, bytes: 30 });
  t.true(memory.bytes >= 30 && Number(oldestAgeMs) >= 0);
  t.is(notYet, undefined);
  t.true(await deliverer.flush(10_000));
  const none = { lines: 0, bytes: 0 };
  const { confirmedAgeMs, maxBufferedLines, memory: released, ...stats } = deliverer.stats;
  t.true(Number(confirmedAgeMs) >= 0 && maxBufferedLines > 0);
  t.is(released.bytes, 0);
  t.deepEqual(stats, {
    isConnected: true,
    oldestAgeMs: undefined,
    delivered: { lines: 3, bytes: 30 },
    resent: none,
    buffered: none,
  });
  await deliverer.close(1000);
  t.false(deliverer.stats.isConnected);
});

test('what is sent before the start waits for it', async (t) => {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const output = deliverTo(receiver);
  output.send(2);
  t.false(await output.deliverer.flush(50));
  t.is(receiver.connections.length, 0);
  output.deliverer.start();
  output.deliverer.start();
  t.true(await output.deliverer.close(10_000));
  t.deepEqual(receiver.lines, output.sent);
});

test('a full outbox makes senders wait, and is confirmed at once', async (t) => {
  const slowRotation = { rotateMs: 600_000, rotateBytes: 1_000_000_000, confirmHoldMs: 0 };
  const { receiver, output } = await startDelivering(t, undefined, {
    limits: { maxBytes: 4000, maxLines: 1000 },
    confirm: { by: 'closed', limits: slowRotation },
  });
  const { signal } = new AbortController();
  let most = 0;
  while (output.sent.length < 1000) {
    await output.deliverer.whenRoom(signal);
    output.send(1, 39, { isRestorable: false });
    most = Math.max(most, output.deliverer.stats.buffered.bytes);
  }
  t.is(most, 4000);
  t.true(await output.deliverer.close(10_000));
  t.deepEqual(receiver.lines, output.sent);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('a sender that waits for room is released by its signal', async (t) => {
  const { output } = await startDelivering(t, { type: 'stalls' }, { limits: { maxBytes: 10, maxLines: 10 } });
  output.send(1);
  const over = new AbortController();
  const room = output.deliverer.whenRoom(over.signal);
  over.abort();
  await t.notThrowsAsync(room);
});

test('a sender that waits for room is released by the end', async (t) => {
  const { output } = await startDelivering(t, { type: 'stalls' }, { limits: { maxBytes: 10, maxLines: 10 } });
  output.send(1);
  const room = output.deliverer.whenRoom(new AbortController().signal);
  t.false(await output.deliverer.close(50));
  await t.notThrowsAsync(room);
});

test('a flush is true once what was sent before is confirmed, while more keeps coming', async (t) => {
  const { output } = await startDelivering(t);
  output.send(10);
  const timer = setInterval(() => output.send(1), 5);
  t.true(await output.deliverer.flush(10_000));
  clearInterval(timer);
  t.true(output.delivered.length >= 10);
});

test('a flush of nothing is true at once, connected or not', async (t) => {
  const { output } = await startDelivering(t, { type: 'stalls' });
  t.true(await output.deliverer.flush(0));
});

test('a flush that nobody confirms is false when time runs out, however many wait', async (t) => {
  const { output } = await startDelivering(t, { type: 'never-closes' });
  output.send(1);
  const flushes = await Promise.all(Array.from({ length: 20 }, () => output.deliverer.flush(100)));
  t.true(flushes.every((isFlushed) => !isFlushed));
  t.deepEqual(output.settled, []);
});

test('a close waits for confirmations, and more calls give the same promise', async (t) => {
  const { receiver, output } = await startDelivering(t);
  output.send(100);
  const closing = output.deliverer.close(10_000);
  t.is(output.deliverer.close(0), closing);
  t.true(await closing);
  t.deepEqual(receiver.lines, output.sent);
  output.send(1);
  t.deepEqual(output.abandoned, output.sent.slice(-1));
  output.deliverer.start();
  t.true(await output.deliverer.close(0));
});

test('a close before the start abandons what was sent, and a start after it does nothing', async (t) => {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const output = deliverTo(receiver);
  output.send(2);
  t.false(await output.deliverer.close(10_000));
  output.deliverer.start();
  t.deepEqual(output.abandoned, output.sent);
  t.is(output.settled.length, 2);
  t.is(receiver.connections.length, 0);
});

test('a close of nothing is true', async (t) => {
  const { output } = await startDelivering(t);
  t.true(await output.deliverer.close(10_000));
});

test('a close during an outage ends with its time limit, abandons, and reports no fault of its own', async (t) => {
  const { receiver, output } = await startDelivering(t);
  await receiver.kill();
  output.send(3);
  await output.when(() => output.faults.length > 0);
  const closing = output.deliverer.close(200);
  await closing;
  const faults = output.faults.length;
  t.false(await closing);
  t.deepEqual(output.abandoned, output.sent);
  await new Promise((resolve) => setTimeout(resolve, 250));
  t.is(output.faults.length, faults);
});

for (const by of ['closed', 'written'] as const) {
  test(`confirm ${by}: a close with a stalled receiver ends with its time limit and abandons`, async (t) => {
    const { output } = await startDelivering(
      t,
      { type: 'stalls' },
      {
        ...(by === 'written' && { confirm: { by } }),
        limits: { maxBytes: 1e9, maxLines: 1e9 },
        confirmTimeoutMs: 60_000,
      },
    );
    output.send(32, 1024 * 1024);
    const startedMs = performance.now();
    t.false(await output.deliverer.close(300));
    t.true(performance.now() - startedMs < 10_000);
    t.true(output.abandoned.length > 0);
    t.is(output.settled.length, 32);
    t.deepEqual(output.faults, []);
  });
}

test('a close does not sit out a long pause: a receiver that is back in time gets everything', async (t) => {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  await receiver.kill();
  const output = deliverTo(receiver, { backoff: { baseMs: 60_000, maxMs: 60_000 } });
  output.deliverer.start();
  output.send(5);
  await output.when(() => output.faults.length === 1);
  await receiver.restart();
  t.true(await output.deliverer.close(10_000));
  t.deepEqual(output.delivered, output.sent);
});

test('a reopening does not wait for the end of a long pause', async (t) => {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  await receiver.kill();
  const clock = new HandClock();
  const output = deliverTo(receiver, { clock });
  output.deliverer.reopen();
  output.deliverer.start();
  output.send(5);
  for (let count = 1; count <= 3; count++) {
    await output.when(() => output.faults.length === count);
    if (count === 3) await receiver.restart();
    output.deliverer.reopen();
  }
  await receiver.whenLines(5);
  const closed = output.deliverer.close(0);
  await clock.advance(0);
  t.false(await closed);
});

test('confirm written: a write is enough, also for a receiver that never closes', async (t) => {
  const { receiver, output } = await startDelivering(
    t,
    { type: 'never-closes' },
    { confirm: { by: 'written' }, confirmTimeoutMs: 60_000 },
  );
  output.send(10);
  await output.whenDelivered(10);
  t.is(receiver.connections.length, 1);
  const startedMs = performance.now();
  t.true(await output.deliverer.close(10_000));
  t.true(performance.now() - startedMs < 10_000);
  await receiver.whenLines(10);
  t.deepEqual(receiver.lines, output.sent);
});

test('confirm written: a close while connecting is no fault', async (t) => {
  const backlog = await startFullBacklog();
  t.teardown(() => backlog.close());
  const output = deliverTo(backlog, { confirm: { by: 'written' } });
  output.deliverer.start();
  t.true(await output.deliverer.close(1000));
  t.deepEqual(output.faults, []);
});

for (const by of ['closed', 'written'] as const) {
  test(`confirm ${by}: an idle receiver that closes is no fault, and is connected again for the next line`, async (t) => {
    const { receiver, output } = await startDelivering(t, undefined, by === 'written' ? { confirm: { by } } : {});
    await receiver.when(({ connections }) => connections.length === 1);
    for (let round = 1; round <= 3; round++) {
      receiver.endAll();
      await receiver.when(({ connections }) => connections.every(({ closedMs }) => closedMs !== undefined));
      output.send(1);
      await output.whenDelivered(round);
    }
    t.deepEqual(output.faults, []);
    t.deepEqual(output.deliverer.stats.resent, { lines: 0, bytes: 0 });
    await receiver.whenLines(3);
    t.true(isInOrder(receiver.lines, output.sent));
  });
}
