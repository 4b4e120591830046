import test from 'ava';
import { changes } from '../../src/lease/changes.js';
import { LeaseKeeper } from '../../src/lease/keeper.js';
import type { Lease } from '../../src/lease/lease.js';
import type { LeaseTable } from '../../src/lease/table.js';
import { HandClock } from '../fakes/hand-clock.js';

const me = 'one~00000001';
const other = 'two~00000002';

const rowOf = (shardId: string, owner: string | undefined): Lease => ({
  shardId,
  owner,
  donor: undefined,
  counter: 1,
  checkpoint: 'TRIM_HORIZON',
  subSequenceNumber: 0,
  switches: 0,
  parentIds: [],
  childIds: [],
  own: { startMs: 0 },
});

test('a worker that comes too late for a free lease takes the next one at once', async (t) => {
  const rows = new Map(
    [rowOf('a', undefined), rowOf('b', undefined), rowOf('c', other)].map((row) => [row.shardId, row]),
  );
  let attempts = 0;
  const table: LeaseTable = {
    open: async () => {},
    list: async () => [...rows.values()],
    change: async (kind, shardId, args) => {
      // Another worker, which has found the same leases free, takes the one that this worker reaches for.
      if (++attempts === 1) rows.set(shardId, { ...rowOf(shardId, other), counter: 2 });
      const row = rows.get(shardId);
      if (!changes[kind].allows(row, args)) return { isDone: false, row };
      const next = changes[kind].after(row as Lease, args) as Lease;
      rows.set(shardId, next);
      return { isDone: true, row: next };
    },
    close: () => {},
  };
  const gained: string[] = [];
  const keeper = new LeaseKeeper({
    me,
    table,
    leaseMs: 10_000,
    clock: new HandClock(),
    random: () => 0.5,
    onFault: () => {},
    onRecovery: () => {},
    listShards: async () => [],
    startOf: () => ({ checkpoint: 'TRIM_HORIZON', own: {} }),
    listener: { gained: ({ shardId }) => gained.push(shardId), drain: async () => {}, lost: () => {} },
  });
  await keeper.scan();
  t.is(attempts, 2);
  t.is(gained.length, 1);
  t.deepEqual([...rows.values()].map(({ owner }) => owner).sort(), [me, other, other]);
  await keeper.stop();
});
