import { getEventListeners } from 'node:events';
import test from 'ava';
import { joinPayloads } from '../../src/deliver/join-payloads.js';
import { Outbox, type OutboxLimits } from '../../src/deliver/outbox.js';
import type { Delivery, DeliveryOutcome, Origin } from '../../src/delivery.js';

test('deliveries are taken oldest first, as many as fit', (t) => {
  const { outbox, add } = createOutbox();
  add(1, 10);
  add(2, 10);
  add(3, 10);
  t.deepEqual(namesOf(outbox.take(20)), ['1', '2']);
  t.is(outbox.waiting, 1);
  t.deepEqual(namesOf(outbox.take(20)), ['3']);
  t.deepEqual(outbox.take(20), []);
});

test('a delivery larger than the limit is taken alone', (t) => {
  const { outbox, add } = createOutbox();
  add(1, 100);
  add(2, 1);
  t.deepEqual(namesOf(outbox.take(20)), ['1']);
});

test('what is in flight is known by its bytes', (t) => {
  const { outbox, add } = createOutbox();
  add(1, 10);
  add(2, 20);
  add(3, 30);
  outbox.take(30);
  t.is(outbox.inFlightBytes, 30);
  t.is(outbox.confirm(1), 10);
  t.is(outbox.inFlightBytes, 20);
  outbox.take(30);
  t.is(outbox.inFlightBytes, 50);
  outbox.putBack();
  t.is(outbox.inFlightBytes, 0);
  outbox.take(100);
  outbox.abandon();
  t.is(outbox.inFlightBytes, 0);
  // As a write does that ends after a close has given it up.
  t.is(outbox.confirm(1), 0);
});

test('what is put back is taken again in the same order, before what was added since', (t) => {
  const { outbox, add } = createOutbox();
  add(1, 10);
  add(2, 10);
  outbox.take(100);
  add(3, 10);
  t.deepEqual(outbox.putBack(), { lines: 2, bytes: 20 });
  t.deepEqual(namesOf(outbox.take(100)), ['1', '2', '3']);
});

test('what is confirmed is settled once and never put back', (t) => {
  const { outbox, add, settled } = createOutbox();
  add(1, 10);
  add(2, 10);
  outbox.take(100);
  outbox.confirm(1);
  t.deepEqual(outbox.putBack(), { lines: 1, bytes: 10 });
  outbox.take(100);
  outbox.confirm(1);
  outbox.abandon();
  t.deepEqual(settled, ['1 delivered', '2 delivered']);
  t.true(outbox.isEmpty);
  t.true(outbox.isConfirmed);
});

test('what is abandoned is settled oldest first, in flight or not', (t) => {
  const { outbox, add, settled } = createOutbox();
  add(1, 10);
  add(2, 10);
  outbox.take(10);
  outbox.abandon();
  t.deepEqual(settled, ['1 abandoned', '2 abandoned']);
  t.true(outbox.isEmpty);
  t.false(outbox.isConfirmed);
});

test('the size is that of everything not settled', (t) => {
  const { outbox, add } = createOutbox();
  add(1, 10);
  add(2, 5);
  outbox.take(10);
  t.deepEqual(outbox.size, { lines: 2, bytes: 15 });
  outbox.confirm(1);
  t.deepEqual(outbox.size, { lines: 1, bytes: 5 });
  t.deepEqual(outbox.delivered, { lines: 1, bytes: 10 });
  outbox.abandon();
  t.deepEqual(outbox.delivered, { lines: 1, bytes: 10 });
});

test('a settle function may add', (t) => {
  const outbox = new Outbox({ maxBytes: 100, maxLines: 100 }, () => 0);
  const settled: DeliveryOutcome[] = [];
  const again = { payload: 'b\n', bytes: 2, lines: 1, settle: () => {} };
  outbox.add({
    payload: 'a\n',
    bytes: 2,
    lines: 1,
    settle: (outcome) => {
      settled.push(outcome);
      outbox.add(again);
    },
  });
  outbox.take(10);
  outbox.confirm(1);
  t.deepEqual(settled, ['delivered']);
  t.deepEqual(outbox.take(10), [again]);
});

test('order and size survive many thousands of deliveries', (t) => {
  const { outbox, add, settled } = createOutbox();
  let added = 0;
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 400; i++) add(added++, 1);
    outbox.take(300);
    if (round % 7 === 0) outbox.putBack();
    else outbox.confirm(300);
  }
  outbox.putBack();
  const left = outbox.take(Number.POSITIVE_INFINITY).length;
  t.is(outbox.size.lines, left);
  outbox.confirm(left);
  t.deepEqual(
    settled,
    Array.from({ length: added }, (_, index) => `${index} delivered`),
  );
});

for (const [name, limits] of [
  ['bytes', { maxBytes: 20, maxLines: 100 }],
  ['lines', { maxBytes: 1000, maxLines: 2 }],
] as const) {
  test(`whenRoom blocks at the limit of ${name} until something is confirmed`, async (t) => {
    const { outbox, add } = createOutbox(limits);
    add(1, 10);
    t.true(outbox.hasRoom);
    t.false(outbox.isPressed);
    add(2, 10);
    t.false(outbox.hasRoom);
    t.true(outbox.isPressed);
    let hasRoom = false;
    const room = outbox.whenRoom(new AbortController().signal).then(() => {
      hasRoom = true;
    });
    outbox.take(100);
    await turn();
    t.false(hasRoom);
    outbox.confirm(1);
    await room;
    t.false(outbox.isPressed);
  });
}

test('every sender that waits for room gets on, in the order of their coming', async (t) => {
  const { outbox, add } = createOutbox({ maxBytes: 10, maxLines: 100 });
  const { signal } = new AbortController();
  add(0, 10);
  const order: number[] = [];
  const send = async (sender: number) => {
    await outbox.whenRoom(signal);
    order.push(sender);
    add(sender, 10);
  };
  const senders = [send(1), send(2), send(3)];
  outbox.take(10);
  outbox.confirm(1);
  await Promise.all(senders);
  t.deepEqual(order, [1, 2, 3]);
});

test('abandoning makes room', async (t) => {
  const { outbox, add } = createOutbox({ maxBytes: 10, maxLines: 100 });
  add(1, 10);
  const room = outbox.whenRoom(new AbortController().signal);
  outbox.abandon();
  await room;
  t.true(outbox.hasRoom);
});

test('whenConfirmed is true once what was added before is confirmed, whatever comes later', async (t) => {
  const { outbox, add } = createOutbox();
  add(1, 10);
  const confirmed = outbox.whenConfirmed(new AbortController().signal);
  t.true(outbox.isPressed);
  add(2, 10);
  outbox.take(100);
  outbox.confirm(1);
  t.true(await confirmed);
  t.false(outbox.isPressed);
});

test('whenConfirmed is false when the signal aborts, also when everything was abandoned', async (t) => {
  const { outbox, add } = createOutbox();
  add(1, 10);
  const over = new AbortController();
  const confirmed = outbox.whenConfirmed(over.signal);
  outbox.abandon();
  over.abort();
  t.false(await confirmed);
  t.false(outbox.isPressed);
});

test('whenConfirmed of nothing is true at once and wakes nobody', async (t) => {
  const { outbox } = createOutbox();
  let isWoken = false;
  const over = new AbortController();
  const changed = outbox.whenChanged(over.signal).then(() => {
    isWoken = true;
  });
  t.true(await outbox.whenConfirmed(over.signal));
  await turn();
  t.false(isWoken);
  over.abort();
  await changed;
});

test('whenChanged resolves at an addition, a confirmation, a flush and an abort', async (t) => {
  const { outbox, add } = createOutbox();
  const over = new AbortController();
  const causes = [() => add(1, 10), () => void outbox.whenConfirmed(over.signal), () => outbox.confirm(1)];
  for (const cause of causes) {
    const changed = outbox.whenChanged(over.signal);
    cause();
    await changed;
  }
  const changed = outbox.whenChanged(over.signal);
  over.abort();
  await t.notThrowsAsync(changed);
  await t.notThrowsAsync(outbox.whenChanged(over.signal));
});

test('nobody who waited is left behind on a signal that lives on', async (t) => {
  const { outbox, add } = createOutbox({ maxBytes: 10, maxLines: 100 });
  const { signal } = new AbortController();
  for (let i = 0; i < 20; i++) {
    const changed = outbox.whenChanged(signal);
    add(i, 10);
    const waits = [changed, outbox.whenRoom(signal), outbox.whenConfirmed(signal)];
    outbox.take(10);
    outbox.confirm(1);
    await Promise.all(waits);
  }
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('what was written and can be made again weighs only what it is made from, and makes room', async (t) => {
  const { outbox, settled } = createOutbox({ maxBytes: 260, maxLines: 100, deliveryBytes: 10 });
  const freed: string[] = [];
  const add = (name: string, origin?: Origin) =>
    outbox.add({
      payload: name.repeat(90),
      bytes: 90,
      lines: 1,
      origin,
      free: () => freed.push(name),
      settle: (outcome) => settled.push(`${name} ${outcome}`),
    });
  add('a', { bytes: 20, restore: async () => 'a'.repeat(90) });
  add('b');
  t.true(outbox.hasRoom);
  add('c', { bytes: 20, restore: async () => 'c'.repeat(90) });
  t.false(outbox.hasRoom);
  const room = outbox.whenRoom(new AbortController().signal);

  const written = outbox.take(200);
  t.deepEqual(namesOf(written), ['a'.repeat(90), 'b'.repeat(90)]);
  outbox.release(written);
  await room;
  // 30 for "a", 100 for "b", 120 for "c".
  t.true(outbox.hasRoom);
  t.deepEqual(outbox.size, { lines: 3, bytes: 270 });
  t.deepEqual(freed, ['a']);

  outbox.putBack();
  t.is(
    new TextDecoder().decode(await joinPayloads(outbox.take(300))),
    `${'a'.repeat(90)}${'b'.repeat(90)}${'c'.repeat(90)}`,
  );
  outbox.confirm(3);
  t.deepEqual(freed, ['a', 'b', 'c']);
  t.deepEqual(settled, ['a delivered', 'b delivered', 'c delivered']);
  t.deepEqual(outbox.size, { lines: 0, bytes: 0 });
});

test('the memory of what is abandoned is not used again, since a write of it may still be under way', (t) => {
  const { outbox } = createOutbox();
  let isFreed = false;
  const free = () => {
    isFreed = true;
  };
  outbox.add({ payload: 'a', bytes: 1, lines: 1, free, settle: () => {} });
  outbox.take(1);
  outbox.abandon();
  t.false(isFreed);
});

function createOutbox(limits: OutboxLimits = { maxBytes: 1000, maxLines: 100_000 }) {
  const outbox = new Outbox(limits, () => 0);
  const settled: string[] = [];
  const add = (name: number, bytes: number) =>
    outbox.add({ payload: String(name), bytes, lines: 1, settle: (outcome) => settled.push(`${name} ${outcome}`) });
  return { outbox, add, settled };
}

function namesOf(deliveries: readonly { readonly payload: Delivery['payload'] }[]): unknown[] {
  return deliveries.map(({ payload }) => payload);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('the age of the oldest delivery is known to a quarter of a second, with few marks for many deliveries', (t) => {
  let nowMs = 0;
  const outbox = new Outbox({ maxBytes: 1e9, maxLines: 1e9 }, () => nowMs);
  t.is(outbox.oldestAgeMs, undefined);
  t.is(outbox.confirmedAgeMs, undefined);
  const addedMs: number[] = [];
  for (; nowMs < 600_000; nowMs += 50) {
    addedMs.push(nowMs);
    outbox.add({ payload: 'x', bytes: 1, lines: 1, settle() {} });
  }
  for (let confirmed = 0; confirmed < addedMs.length; confirmed += 500) {
    const age = nowMs - (addedMs[confirmed] as number);
    // Marks are thinned out twice here.
    t.true(Math.abs(Number(outbox.oldestAgeMs) - age) <= 1000, `${outbox.oldestAgeMs} ms, not ${age}`);
    outbox.take(500);
    outbox.confirm(500);
    t.is(outbox.confirmedAgeMs, 0);
  }
  t.is(outbox.oldestAgeMs, undefined);
  outbox.add({ payload: 'x', bytes: 1, lines: 1, settle() {} });
  nowMs += 7000;
  t.is(outbox.oldestAgeMs, 7000);
  t.is(outbox.confirmedAgeMs, 7000);
});
