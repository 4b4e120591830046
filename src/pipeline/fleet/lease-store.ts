/**
 * The checkpoints of the shards that this process holds, each in the row of its lease. A checkpoint of a shard that is another
 * process's is not written, which is no error: that process reads it again.
 */
import type { CheckpointStore } from '../../checkpoint/store.js';
import type { LeaseKeeper } from '../../lease/keeper.js';
import { allDone } from '../../waiters.js';
import { toLeaseCheckpoint, toNotes } from './lease-position.js';

export function createLeaseStore(keeper: LeaseKeeper): Omit<CheckpointStore, 'open'> {
  return {
    async save(shards) {
      const saves = [...shards].map(([shardId, checkpoint]) =>
        keeper.save(shardId, toLeaseCheckpoint(checkpoint.position), toNotes(checkpoint)),
      );
      await allDone(saves);
    },
    /** Rows are removed by the keeper, once no shard descends from theirs. */
    async remove() {},
    close: () => keeper.stop(),
  };
}
