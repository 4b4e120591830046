import test from 'ava';
import { systemClock } from '../../src/clock.js';
import { ByteBudget } from '../../src/kinesis/byte-budget.js';
import { ResponseRoom } from '../../src/kinesis/response-room.js';
import { HandClock } from '../fakes/hand-clock.js';

const { signal } = new AbortController();

/** Whether it has resolved, once all that is due has happened. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}

test('a response within the share is admitted whatever the others hold', async (t) => {
  const budget = new ByteBudget(100);
  await budget.reserve(100, signal);
  const room = new ResponseRoom(budget, 10, signal, systemClock);
  t.true(await room.take(10));
  t.is(await room.admit(1, 10), 10);
  room.keep(10);
  room.leave();
});

test('of a larger response the share is admitted at once, and the rest when there is room for all of it', async (t) => {
  const budget = new ByteBudget(100);
  await budget.reserve(71, signal);
  const room = new ResponseRoom(budget, 10, signal, systemClock);
  t.is(await room.admit(1, 40), 10);
  const rest = room.admit(11, 40);
  t.false(await isDone(rest));
  budget.release(1);
  t.is(await rest, 40);
  t.false(await isDone(budget.reserve(1, signal)));
});

test('a response that needs less than was reserved releases the rest, and the share counts first', async (t) => {
  const budget = new ByteBudget(100);
  const room = new ResponseRoom(budget, 10, signal, systemClock);
  await room.admit(11, 110);
  room.keep(25);
  t.true(await isDone(budget.reserve(85, signal)));
  t.false(await isDone(budget.reserve(1, signal)));
  room.leave();
  t.true(await isDone(budget.reserve(14, signal)));
});

test('a response that is larger than the bound comes alone', async (t) => {
  const budget = new ByteBudget(100);
  const room = new ResponseRoom(budget, 10, signal, systemClock);
  t.is(await room.admit(11, 1000), 1000);
  const other = new ResponseRoom(budget, 10, signal, systemClock);
  t.false(await isDone(other.admit(11, 12)));
});

test('a request whose response may be large waits while one waits for room; a small one does not', async (t) => {
  const budget = new ByteBudget(100);
  await budget.reserve(100, signal);
  void budget.reserve(1, signal);
  const room = new ResponseRoom(budget, 10, signal, systemClock);
  t.false(await isDone(room.take(11)));
  t.true(await room.take(10));
});

test('an abort gives a response up, also one that waits', async (t) => {
  const controller = new AbortController();
  const budget = new ByteBudget(100);
  await budget.reserve(100, signal);
  const room = new ResponseRoom(budget, 10, controller.signal, systemClock);
  const waiting = room.admit(11, 40);
  controller.abort();
  t.is(await waiting, 0);
  t.is(await room.admit(1, 5), 0);
  t.false(await room.take(1));
});

test('the time without room is known while it lasts, and waits add up', async (t) => {
  const clock = new HandClock();
  const budget = new ByteBudget(100);
  const room = new ResponseRoom(budget, 10, signal, clock);
  const waited: number[] = [];
  for (const bytes of [60, 110]) {
    await budget.reserve(100 - budget.used, signal);
    const admitted = room.admit(11, bytes);
    await clock.advance(1000);
    waited.push(room.waitedMs);
    budget.release(100);
    await admitted;
    await clock.advance(500);
    waited.push(room.waitedMs);
    room.leave();
  }
  t.deepEqual(waited, [1000, 1000, 2000, 2000]);
});
