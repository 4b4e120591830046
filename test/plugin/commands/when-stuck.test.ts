import test from 'ava';
import { whenStuck } from '../../../plugin/commands/when-stuck.js';
import type { Stats } from '../../../src/report/plugin-stats.js';
import { HandClock } from '../../fakes/hand-clock.js';

function follow(limitMs: number) {
  const clock = new HandClock();
  const end = new AbortController();
  const stats = {
    acknowledged: 0,
    records: 0,
    output: { delivered: { lines: 0 }, buffered: { lines: 0 } },
    shards: { a: { millisBehindLatest: 0 } },
    steps: 0,
  };
  const seen = { isStuck: undefined as boolean | undefined };
  void whenStuck(() => stats as unknown as Stats, {
    clock,
    limitMs,
    signal: end.signal,
    steps: () => stats.steps,
  }).then((isStuck) => {
    seen.isStuck = isStuck;
  });
  return { clock, end, stats, seen };
}

test('nothing that moves for the limit is stuck, and a command that ends is not', async (t) => {
  const { clock, seen } = follow(60_000);
  await clock.advance(59_000);
  t.is(seen.isStuck, undefined);
  await clock.advance(3000);
  t.true(seen.isStuck);
  const other = follow(60_000);
  other.end.abort();
  await other.clock.settle();
  t.false(other.seen.isStuck);
});

const moves: Readonly<Record<string, (stats: ReturnType<typeof follow>['stats']) => void>> = {
  'a record is acknowledged': (stats) => stats.acknowledged++,
  'a line is confirmed': (stats) => stats.output.delivered.lines++,
  'a record is read and no line waits': (stats) => stats.records++,
  'a page without events leads on': (stats) => stats.steps++,
  'a shard gets nearer to its tip': (stats) => stats.shards.a.millisBehindLatest++,
};
for (const [what, move] of Object.entries(moves)) {
  test(`a command is not stuck while ${what}`, async (t) => {
    const { clock, stats, seen } = follow(60_000);
    for (let minute = 0; minute < 5; minute++) {
      move(stats);
      await clock.advance(50_000);
    }
    t.is(seen.isStuck, undefined);
  });
}

test('reading alone is no progress while lines wait for the output', async (t) => {
  const { clock, stats, seen } = follow(60_000);
  stats.output.buffered.lines = 1;
  for (let minute = 0; minute < 5; minute++) {
    stats.records++;
    await clock.advance(50_000);
  }
  t.true(seen.isStuck);
});
