import test from 'ava';
import { ReadBudget } from '../../src/kinesis/read-budget.js';
import { createRandom, seed } from '../fixtures/random.js';

const mib = 1024 * 1024;

test('the first read may start at once', (t) => {
  t.is(new ReadBudget().delayMs(5), 0);
});

test('five reads a second', (t) => {
  const budget = new ReadBudget();
  budget.recordRead(1000);
  t.is(budget.delayMs(1000), 200);
  t.is(budget.delayMs(1150), 50);
  t.is(budget.delayMs(1200), 0);
  t.is(budget.delayMs(9000), 0);
});

const replies: readonly (readonly [bytes: number, waitMs: number])[] = [
  [0, 200],
  [0.1 * mib, 200],
  [1 * mib, 500],
  [2 * mib, 1000],
  // "If a call to GetRecords returns 10 MB, subsequent calls made within the next 5 seconds throw."
  [10 * mib, 5000],
];

for (const [bytes, waitMs] of replies) {
  test(`after a reply of ${bytes / mib} MiB the next read waits ${waitMs} ms, also after a long idle time`, (t) => {
    const budget = new ReadBudget();
    for (const atMs of [0, 100_000]) {
      budget.recordRead(atMs);
      budget.recordBytes(bytes, atMs);
      t.is(budget.delayMs(atMs), waitMs);
      t.is(budget.delayMs(atMs + waitMs), 0);
    }
  });
}

test('a reply that took long is paid off from its coming', (t) => {
  const budget = new ReadBudget();
  budget.recordRead(0);
  budget.recordBytes(2 * mib, 3000);
  t.is(budget.delayMs(3000), 1000);
});

test(`over any second at the most five reads, and over any stretch at the most 2 MiB a second (seed ${seed})`, (t) => {
  const random = createRandom(seed);
  const budget = new ReadBudget();
  const reads: { atMs: number; bytes: number }[] = [];
  let nowMs = 0;
  for (let i = 0; i < 500; i++) {
    nowMs += budget.delayMs(nowMs);
    const bytes = Math.floor(random() * (random() < 0.1 ? 10 : 0.5) * mib);
    reads.push({ atMs: nowMs, bytes });
    budget.recordRead(nowMs);
    budget.recordBytes(bytes, nowMs);
    if (random() < 0.2) nowMs += Math.floor(random() * 5000);
  }
  reads.forEach(({ atMs }, i) => {
    t.true(reads.slice(i).filter((read) => read.atMs < atMs + 1000).length <= 5);
  });
  reads.slice(1).forEach(({ atMs }, i) => {
    const before = reads[i];
    t.true(before !== undefined && atMs - before.atMs >= before.bytes / ((2 * mib) / 1000) - 1);
  });
});
