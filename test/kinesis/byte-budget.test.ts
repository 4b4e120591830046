import { getEventListeners } from 'node:events';
import test from 'ava';
import { ByteBudget } from '../../src/kinesis/byte-budget.js';

const { signal } = new AbortController();

/** Whether a reservation has been granted, once all that is due has happened. */
async function isGranted(reservation: Promise<boolean>): Promise<boolean> {
  return Promise.race([reservation, new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}

test('bytes are reserved at once while there are enough', async (t) => {
  const budget = new ByteBudget(10);
  t.true(await budget.reserve(6, signal));
  t.true(await budget.reserve(4, signal));
  t.false(await isGranted(budget.reserve(1, signal)));
});

test('a reservation waits until enough bytes are released', async (t) => {
  const budget = new ByteBudget(10);
  await budget.reserve(10, signal);
  const waiting = budget.reserve(8, signal);
  budget.release(7);
  t.false(await isGranted(waiting));
  budget.release(1);
  t.true(await isGranted(waiting));
});

test('a small reservation does not pass a large one that came first', async (t) => {
  const budget = new ByteBudget(10);
  await budget.reserve(5, signal);
  const large = budget.reserve(10, signal);
  const small = budget.reserve(1, signal);
  t.false(await isGranted(small));
  budget.release(5);
  t.true(await isGranted(large));
  t.false(await isGranted(small));
  budget.release(10);
  t.true(await isGranted(small));
});

test('an abort ends the wait, takes no bytes and lets the next in line through', async (t) => {
  const budget = new ByteBudget(10);
  const controller = new AbortController();
  await budget.reserve(4, signal);
  const large = budget.reserve(10, controller.signal);
  const next = budget.reserve(6, signal);
  controller.abort();
  t.false(await large);
  t.true(await isGranted(next));
  budget.release(10);
  t.true(await budget.reserve(10, signal));
});

test('an aborted signal reserves nothing', async (t) => {
  const budget = new ByteBudget(10);
  t.false(await budget.reserve(10, AbortSignal.abort()));
  t.true(await budget.reserve(10, signal));
});

test('all who wait on one signal give up together, and nothing is taken for them', async (t) => {
  const budget = new ByteBudget(10);
  const controller = new AbortController();
  await budget.reserve(10, signal);
  const waiting = [1, 2, 3].map((bytes) => budget.reserve(bytes, controller.signal));
  controller.abort();
  t.deepEqual(await Promise.all(waiting), [false, false, false]);
  budget.release(10);
  t.true(await budget.reserve(10, signal));
});

test('a signal that lives on keeps no listener of a wait that is over', async (t) => {
  const budget = new ByteBudget(10);
  const controller = new AbortController();
  for (let i = 0; i < 100; i++) {
    await budget.reserve(10, controller.signal);
    const waiting = budget.reserve(10, controller.signal);
    budget.release(10);
    await waiting;
    budget.release(10);
  }
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test('a reservation that could never be granted is refused', async (t) => {
  await t.throwsAsync(new ByteBudget(10).reserve(11, signal), { instanceOf: RangeError });
});
