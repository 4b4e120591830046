/** Rates and plots of the last hour. */
import test from 'ava';
import { History, type Sample, sampleMs } from '../../src/report/history.js';

function toSample(atMs: number, lines: number, more: Partial<Sample> = {}): Sample {
  return { atMs, records: 0, logEvents: 0, lines, bytes: lines * 100, lagMs: 0, bufferedBytes: 0, ...more };
}

test('a rate is over its window, and before that since the first sample', (t) => {
  const history = new History();
  t.is(history.rates(toSample(0, 0))['5m'].lines, 0);
  history.add(toSample(0, 0));
  t.is(history.rates(toSample(2000, 100))['10s'].lines, 50);
  // 10 lines a second for ten minutes, then none.
  for (let ms = sampleMs; ms <= 600_000; ms += sampleMs) history.add(toSample(ms, ms / 100));
  const now = toSample(630_000, 6000);
  const rates = history.rates(now);
  t.is(rates['10s'].lines, 0);
  t.true(Math.abs(rates['1m'].lines - 5) < 0.5, String(rates['1m'].lines));
  t.true(Math.abs(rates['5m'].lines - 9) < 0.2, String(rates['5m'].lines));
  t.is(rates['5m'].bytes, rates['5m'].lines * 100);
});

test('a plot is of the last hour, in few steps that show every peak', (t) => {
  const history = new History();
  const peakMs = 2 * 3_600_000;
  for (let ms = 0; ms <= 2.5 * 3_600_000; ms += sampleMs)
    history.add(toSample(ms, ms / 10, { lagMs: ms === peakMs ? 77 : 1, bufferedBytes: ms === peakMs ? 99 : 0 }));
  const points = history.points(toSample(2.5 * 3_600_000 + 1000, (2.5 * 3_600_000 + 1000) / 10), 60);
  t.true(points.length >= 55 && points.length <= 61, String(points.length));
  t.true(points.every(({ ageMs }) => ageMs <= 3_600_000));
  t.is(points.at(-1)?.ageMs, 0);
  t.true(points.every(({ linesPerSecond }) => Math.abs(linesPerSecond - 100) < 1));
  t.deepEqual(points.filter(({ lagMs }) => lagMs === 77).length, 1);
  t.deepEqual(points.filter(({ bufferedBytes }) => bufferedBytes === 99).length, 1);
});
