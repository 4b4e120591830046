import test from 'ava';
import type { AwsErrorKind } from '../../src/aws/error.js';
import { backoffMs } from '../../src/backoff.js';
import {
  backoffAfter,
  idlePauseMs,
  ReadBudget,
  recordLimit,
  ShardLimit,
  shareBytes,
  sharesOf,
} from '../../src/kinesis/plan-limit.js';
import { createRandom, seed } from '../fixtures/random.js';

const mib = 1024 * 1024;

test('few shards are asked for many records, many for few, and none for too few', (t) => {
  t.deepEqual([0, 1, 3, 4, 16, 24, 40, 41, 10_000].map(recordLimit), [2000, 2000, 2000, 1500, 375, 250, 150, 150, 150]);
});

test('a shard that falls behind is asked for more and more, until a response is not full', (t) => {
  const limit = new ShardLimit(() => 250);
  const asked: number[] = [];
  const read = (isFull: boolean, behindMs: number) => {
    const records = limit.next();
    asked.push(records);
    limit.gave(isFull ? records : records - 1, behindMs, 0);
  };
  read(true, 5000);
  read(true, 6000);
  read(true, 7000);
  // It catches up, and then falls behind once more.
  read(true, 6500);
  read(true, 7000);
  read(true, 8000);
  read(true, 9000);
  read(false, 10_000);
  read(true, 11_000);
  t.deepEqual(asked, [250, 250, 500, 1000, 1000, 2000, 2000, 2000, 250]);
});

test('a shard that is far behind and catches up is asked for no more than planned', (t) => {
  const limit = new ShardLimit(() => 250);
  for (let behindMs = 100_000; behindMs > 0; behindMs -= 1000) {
    t.is(limit.next(), 250);
    limit.gave(250, behindMs, 0);
  }
});

test('a shard whose responses are slow is asked for half as many records each time, at least for one, and recovers', (t) => {
  const limit = new ShardLimit(() => 250);
  const asked: number[] = [];
  for (let read = 0; read < 9; read++) {
    asked.push(limit.next());
    // One that ended for it, then those that came after a long time.
    if (read === 0) limit.slow();
    else limit.gave(limit.next(), 0, 10_001);
  }
  t.deepEqual(asked, [250, 125, 62, 31, 15, 7, 3, 1, 1]);
  const recovered: number[] = [];
  for (let read = 0; read < 10; read++) {
    limit.gave(limit.next(), 0, 10_000);
    recovered.push(limit.next());
  }
  t.deepEqual(recovered, [3, 7, 15, 31, 62, 125, 250, 250, 250, 250]);
});

test('shards have a share of the memory each, and all shares are an eighth of it at the most', (t) => {
  t.is(sharesOf(20 * mib), 2.5 * mib);
  t.deepEqual(
    [0, 1, 10, 20, 2000].map((shards) => shareBytes(20 * mib, shards)),
    [256 * 1024, 256 * 1024, 256 * 1024, 128 * 1024, 1310],
  );
});

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

const responses: readonly (readonly [bytes: number, waitMs: number])[] = [
  [0, 200],
  [0.1 * mib, 200],
  [1 * mib, 500],
  [2 * mib, 1000],
  // "If a call to GetRecords returns 10 MB, subsequent calls made within the next 5 seconds throw."
  [10 * mib, 5000],
];

for (const [bytes, waitMs] of responses) {
  test(`after a response of ${bytes / mib} MiB the next read waits ${waitMs} ms, also after a long idle time`, (t) => {
    const budget = new ReadBudget();
    for (const atMs of [0, 100_000]) {
      budget.recordRead(atMs);
      budget.recordBytes(bytes, atMs);
      t.is(budget.delayMs(atMs), waitMs);
      t.is(budget.delayMs(atMs + waitMs), 0);
    }
  });
}

test('a response that took long is paid off from its coming', (t) => {
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

test('there is no pause while there is more to read', (t) => {
  t.is(idlePauseMs(0, 1000), 0);
});

test('the pause at the tip doubles up to its limit', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 2000].map((emptyReads) => idlePauseMs(emptyReads, 1500)),
    [250, 500, 1000, 1500, 1500, 1500],
  );
});

test('the pause at the tip is never longer than its limit', (t) => {
  t.is(idlePauseMs(1, 200), 200);
});

const pauses: readonly (readonly [kind: AwsErrorKind, firstMs: number, longestMs: number])[] = [
  ['throttled', 250, 5_000],
  ['transient', 1_000, 30_000],
  ['invalid', 1_000, 30_000],
  ['bad-position', 1_000, 30_000],
  ['refused', 5_000, 60_000],
  ['no-credentials', 5_000, 60_000],
  ['not-found', 10_000, 60_000],
];

for (const [kind, firstMs, longestMs] of pauses) {
  test(`a fault of kind ${kind} waits ${firstMs} ms at first and ${longestMs} ms at the most, with jitter`, (t) => {
    t.is(backoffMs(1, backoffAfter(kind), 1), firstMs);
    t.is(backoffMs(1, backoffAfter(kind), 0), firstMs / 2);
    t.is(backoffMs(100, backoffAfter(kind), 1), longestMs);
    t.is(backoffMs(100, backoffAfter(kind), 0), longestMs / 2);
  });
}
