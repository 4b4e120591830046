import test from 'ava';
import { recordLimit, ShardLimit, shareBytes, sharesOf } from '../../src/kinesis/plan-limit.js';

test('few shards are asked for many records, many for few, and none for fewer than it may take in', (t) => {
  t.deepEqual([0, 1, 3, 4, 16, 24, 25, 10_000].map(recordLimit), [2000, 2000, 2000, 1500, 375, 250, 250, 250]);
});

test('a shard that falls behind is asked for more and more, until a reply is not full', (t) => {
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
  const mib = 1024 * 1024;
  t.is(sharesOf(20 * mib), 2.5 * mib);
  t.deepEqual(
    [0, 1, 10, 20, 2000].map((shards) => shareBytes(20 * mib, shards)),
    [256 * 1024, 256 * 1024, 256 * 1024, 128 * 1024, 1310],
  );
});
