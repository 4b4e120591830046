import test from 'ava';
import { backoffMs } from '../src/backoff.js';

const limits = { baseMs: 100, maxMs: 2000 };

const steps: readonly (readonly [attempt: number, stepMs: number])[] = [
  [1, 100],
  [2, 200],
  [3, 400],
  [5, 1600],
  [6, 2000],
  [40, 2000],
  [10_000, 2000],
];

for (const [attempt, stepMs] of steps) {
  test(`attempt ${attempt} waits between half of ${stepMs} ms and all of it`, (t) => {
    t.is(backoffMs(attempt, limits, 0), stepMs / 2);
    t.is(backoffMs(attempt, limits, 0.5), stepMs * 0.75);
    t.is(backoffMs(attempt, limits, 0.999_999), stepMs);
  });
}
