import { getEventListeners } from 'node:events';
import test from 'ava';
import { startDeadline } from '../src/deadline.js';
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
