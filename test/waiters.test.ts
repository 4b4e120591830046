import { getEventListeners } from 'node:events';
import test from 'ava';
import { abortable, orAtAbort, Waiters } from '../src/waiters.js';

const never = new Promise<string>(() => {});

test('work that a signal ends rejects, or gives what it has to give then', async (t) => {
  for (const isBefore of [true, false]) {
    const stop = new AbortController();
    if (isBefore) stop.abort();
    const rejects = t.throwsAsync(abortable(never, stop.signal), { name: 'AbortError' });
    const gives = orAtAbort(never, stop.signal, 'stopped');
    stop.abort();
    await rejects;
    t.is(await gives, 'stopped');
  }
});

test('work that ends first is what counts, and nothing is left on the signal', async (t) => {
  const { signal } = new AbortController();
  const fault = Promise.reject(new Error('Bad'));
  t.is(await abortable(Promise.resolve('done'), signal), 'done');
  t.is(await orAtAbort(Promise.resolve('done'), signal, 'stopped'), 'done');
  await t.throwsAsync(abortable(fault, signal), { message: 'Bad' });
  await t.throwsAsync(orAtAbort(fault, signal, fault), { message: 'Bad' });
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('all that wait continue at the next wake, or with their signals, and nothing is left of them', async (t) => {
  const waiters = new Waiters();
  const [stop, other] = [new AbortController(), new AbortController()];
  const ended: string[] = [];
  const wait = (name: string, signal: AbortSignal) => waiters.wait(signal).then(() => ended.push(name));
  const all = [wait('stopped', stop.signal), wait('first', other.signal), wait('second', other.signal)];
  stop.abort();
  await all[0];
  await wait('late', stop.signal);
  t.deepEqual(ended, ['stopped', 'late']);
  waiters.wake();
  await Promise.all(all);
  t.deepEqual(ended, ['stopped', 'late', 'first', 'second']);
  for (const { signal } of [stop, other]) t.is(getEventListeners(signal, 'abort').length, 0);
});
