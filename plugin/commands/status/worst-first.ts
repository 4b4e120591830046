/** The order of shards for a person who looks for what is wrong. */
import type { ShardStats, Stats } from '../../../src/report/plugin-stats.js';

export type Shard = readonly [shardId: string, shard: ShardStats];

/** Stalled ones first, then those that are furthest behind, then by id. */
export function worstFirst(shards: Stats['shards']): readonly Shard[] {
  return Object.entries(shards).toSorted(
    ([leftId, left], [rightId, right]) =>
      Number(right.isStalled) - Number(left.isStalled) ||
      (right.lagMs ?? 0) - (left.lagMs ?? 0) ||
      right.unacknowledged - left.unacknowledged ||
      (leftId < rightId ? -1 : 1),
  );
}
