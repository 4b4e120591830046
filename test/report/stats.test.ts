/** How far a shard is behind, also while it is not read. */
import test from 'ava';
import { findLagMs, toShardStats } from '../../src/report/stats.js';
import type { ShardStatus } from '../../src/shard-status.js';

const reading: ShardStatus = {
  state: 'reading',
  millisBehindLatest: 2000,
  lastReadMs: 100_000,
  ackedArrivalMs: 1_000_000,
  isCaughtUp: false,
  unacknowledged: 0,
  dueSinceMs: undefined,
};

const cases: Readonly<Record<string, readonly [Partial<ShardStatus>, readAgeMs: number, lagMs: number | undefined]>> = {
  'that was just read is what Kinesis said': [{}, 1000, 2000],
  'with a common pause between two reads is what Kinesis said': [{}, 10_000, 2000],
  'that nothing reads grows': [{}, 60_000, 62_000],
  'at its tip that nothing reads grows too': [{ millisBehindLatest: 0 }, 3_600_000, 3_600_000],
  'that was not read since the start is the age of its checkpoint': [
    { millisBehindLatest: undefined, lastReadMs: undefined },
    0,
    7_200_000,
  ],
  'without a response and a checkpoint is not known': [
    { millisBehindLatest: undefined, lastReadMs: undefined, ackedArrivalMs: undefined },
    0,
    undefined,
  ],
  'that was read to its end does not grow': [{ state: 'draining', millisBehindLatest: 0 }, 3_600_000, 0],
};

for (const [name, [change, readAgeMs, lagMs]] of Object.entries(cases)) {
  test(`the lag of a shard ${name}`, (t) => {
    const now = { awsMs: 1_000_000 + 7_200_000, monotonicMs: 100_000 + readAgeMs };
    t.is(toShardStats({ ...reading, ...change }, now, false).lagMs, lagMs);
  });
}

test('the lag of all shards is the largest that is known', (t) => {
  t.is(findLagMs([{ lagMs: 5 }, { lagMs: undefined }, { lagMs: 7 }]), 7);
  t.is(findLagMs([{ lagMs: undefined }]), undefined);
});
