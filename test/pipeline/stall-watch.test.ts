import test from 'ava';
import { StallWatch } from '../../src/pipeline/stall-watch.js';
import type { ShardStatus } from '../../src/shard-status.js';

const status: ShardStatus = {
  state: 'reading',
  millisBehindLatest: 0,
  lastReadMs: 1000,
  ackedArrivalMs: undefined,
  isCaughtUp: true,
  unacknowledged: 0,
  dueSinceMs: undefined,
};

function look(watch: StallWatch, change: Partial<ShardStatus>, nowMs: number) {
  return watch.look(new Map([['s', { ...status, ...change }]]), nowMs).map(({ what, ageMs }) => [what, ageMs]);
}

test('a shard without a response for the limit is reported once, and again after it had continued', (t) => {
  const watch = new StallWatch(500);
  t.deepEqual(look(watch, {}, 1499), []);
  t.deepEqual(look(watch, {}, 1500), [['reading', 500]]);
  t.true(watch.isStalled('s'));
  t.deepEqual(look(watch, {}, 1900), []);
  t.deepEqual(look(watch, { lastReadMs: 1950 }, 2000), []);
  t.false(watch.isStalled('s'));
  t.deepEqual(look(watch, { lastReadMs: 1950 }, 2450), [['reading', 500]]);
});

test('a shard that never had a reply is counted from the first look', (t) => {
  const watch = new StallWatch(500);
  t.deepEqual(look(watch, { lastReadMs: undefined }, 1000), []);
  t.deepEqual(look(watch, { lastReadMs: undefined }, 1500), [['reading', 500]]);
});

test('acknowledgements that are due stall too; a shard with nothing due does not, nor one that has ended', (t) => {
  const watch = new StallWatch(500);
  t.deepEqual(look(watch, { lastReadMs: 3000, dueSinceMs: 2400 }, 3000), [['acknowledging', 600]]);
  t.deepEqual(look(watch, { lastReadMs: 9000 }, 9000), []);
  t.deepEqual(look(watch, { state: 'ended' }, 99_000), []);
});
