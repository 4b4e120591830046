/**
 * Which shards to read now, as a pure decision on the list of shards and the progress. A shard waits for its parents, for both
 * after a merge, so that records with the same key stay in order.
 */
import type { ShardClaims } from '../claims.js';
import type { ShardPosition } from '../shard-position.js';
import type { ListedShard } from './api.js';

export interface ShardPlan {
  /** Shards to start, and where. */
  readonly start: ReadonlyMap<string, Exclude<ShardPosition, { type: 'end' }>>;
  /** Shards that AWS no longer has, although they were not read to their end: their records are lost. */
  readonly lost: readonly string[];
  /** Ended shards that AWS no longer has and that no listed shard descends from. */
  readonly forget: readonly string[];
}

/**
 * @param reading shards that are already being read
 * @param claims in a fleet, the only shards to read; whether their parents are read is known there
 */
export function planShards(
  listed: readonly ListedShard[],
  positions: ReadonlyMap<string, ShardPosition>,
  reading: ReadonlySet<string>,
  claims?: Pick<ShardClaims, 'has'>,
): ShardPlan {
  const listedIds = new Set(listed.map(({ shardId }) => shardId));
  const parentIds = new Set(listed.flatMap((shard) => shard.parentIds));
  const isEnded = (shardId: string) => positions.get(shardId)?.type === 'end';

  const start = new Map<string, Exclude<ShardPosition, { type: 'end' }>>();
  for (const { shardId, parentIds } of listed) {
    // A shard that was unknown when reading began is read from its beginning, wherever the stream was started.
    const position = positions.get(shardId) ?? { type: 'beginning' };
    if (position.type === 'end' || reading.has(shardId)) continue;
    // A parent that AWS no longer lists and that is not being read has no more records to wait for.
    const isDone = (id: string) => isEnded(id) || !(listedIds.has(id) || reading.has(id));
    if (claims ? claims.has(shardId) : parentIds.every(isDone)) start.set(shardId, position);
  }

  const gone = [...positions.keys()].filter((id) => !listedIds.has(id) && !reading.has(id));
  return {
    start,
    lost: gone.filter((id) => !isEnded(id) && (claims?.has(id) ?? true)),
    forget: gone.filter((id) => isEnded(id) && !parentIds.has(id)),
  };
}
