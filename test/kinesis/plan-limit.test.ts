import test from 'ava';
import { recordLimit } from '../../src/kinesis/plan-limit.js';

test('few shards are asked for many records, many for few, and none for fewer than it may take in', (t) => {
  t.deepEqual([0, 1, 3, 4, 16, 24, 25, 10_000].map(recordLimit), [2000, 2000, 2000, 1500, 375, 250, 250, 250]);
});
