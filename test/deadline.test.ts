import { getEventListeners } from 'node:events';
import test from 'ava';
import { startDeadline, waitAtMost } from '../src/deadline.js';
import { HandClock } from './fakes/hand-clock.js';

test('the signal aborts when the time is over', async (t) => {
  const clock = new HandClock();
  using deadline = startDeadline(clock, 100);
  await clock.advance(99);
  t.false(deadline.signal.aborted);
  t.false(deadline.isOver);
  await clock.advance(1);
  t.true(deadline.signal.aborted);
  t.true(deadline.isOver);
});

test('the signal aborts with the outer one, and the time is then not over', (t) => {
  const outer = new AbortController();
  using deadline = startDeadline(new HandClock(), 100, outer.signal);
  outer.abort();
  t.true(deadline.signal.aborted);
  t.false(deadline.isOver);
});

test('the signal is aborted from the start when the outer one is', (t) => {
  using deadline = startDeadline(new HandClock(), 100, AbortSignal.abort());
  t.true(deadline.signal.aborted);
});

test('a wait gives what it waited for, and leaves no timer and nothing on the signal', async (t) => {
  const clock = new HandClock();
  const { signal } = new AbortController();
  const limit = { clock, ms: 100, signal, message: 'Too late' };
  t.is(await waitAtMost(Promise.resolve(1), limit), 1);
  await t.throwsAsync(waitAtMost(Promise.reject(new Error('Bad')), limit), { message: 'Bad' });
  t.is(clock.sleeping, 0);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('a wait ends with its time and with its signal, and what comes later is ignored', async (t) => {
  const clock = new HandClock();
  let fail = (_error: Error) => {};
  const promise = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const stop = new AbortController();
  const limit = { clock, ms: 100, message: 'Too late' };
  const late = t.throwsAsync(waitAtMost(promise, limit), { message: 'Too late', code: 'ETIMEDOUT' });
  const stopped = t.throwsAsync(waitAtMost(promise, { ...limit, signal: stop.signal }), { name: 'AbortError' });
  stop.abort();
  await stopped;
  await clock.advance(100);
  await late;
  fail(new Error('Nobody asks any more'));
  await clock.settle();
  await t.throwsAsync(waitAtMost(promise, { ...limit, signal: AbortSignal.abort() }));
});

test('a disposed deadline leaves no timer, nothing on the outer signal, and is never over', async (t) => {
  const clock = new HandClock();
  const { signal } = new AbortController();
  const deadline = startDeadline(clock, 100, signal);
  deadline[Symbol.dispose]();
  t.is(clock.sleeping, 0);
  t.is(getEventListeners(signal, 'abort').length, 0);
  await clock.advance(200);
  t.false(deadline.isOver);
  t.false(deadline.signal.aborted);
});
