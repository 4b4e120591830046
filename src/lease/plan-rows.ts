/**
 * Which rows to add and to remove, as a pure decision on the list of shards and the rows. Rows are added in one way only,
 * parents first and all with the same start. So if a shard has no row but one of its descendants has, it was read to its end and
 * its row was removed. KCL removes rows while AWS still lists their shards.
 */
import type { NewLease } from './changes.js';
import { isEnded, type Lease, type LeaseNotes, timesOf } from './lease.js';

export interface ShardLineage {
  readonly shardId: string;
  readonly parentIds: readonly string[];
}

/** Where shards without a row begin. */
export interface TableStart {
  readonly checkpoint: 'TRIM_HORIZON' | 'AT_TIMESTAMP';
  readonly own: LeaseNotes;
}

/**
 * The rows to add, in the order in which they have to be added.
 *
 * @param lost rows of an earlier scan that are gone although they should not be; they return as they were
 */
export function planCreations(
  listed: readonly ShardLineage[],
  leases: readonly Lease[],
  start: TableStart,
  lost: ReadonlyMap<string, Lease> = new Map(),
): readonly NewLease[] {
  const rows = new Map(leases.map((lease) => [lease.shardId, lease]));
  const byId = new Map(listed.map((shard) => [shard.shardId, shard]));
  const children = childrenOf(listed);
  const isFinished = (id: string): boolean =>
    (children.get(id) ?? []).some((child) => rows.has(child) || isFinished(child));
  const isDeleted = (id: string) => {
    const lease = lost.get(id);
    return lease !== undefined && !isEnded(lease);
  };
  const depthOf = (id: string): number => {
    const parents = (byId.get(id)?.parentIds ?? []).filter((parent) => byId.has(parent));
    return Math.max(-1, ...parents.map(depthOf)) + 1;
  };
  return listed
    .filter(({ shardId }) => !rows.has(shardId) && (isDeleted(shardId) || !isFinished(shardId)))
    .sort((one, other) => depthOf(one.shardId) - depthOf(other.shardId))
    .map((shard) => {
      const { shardId, parentIds } = shard;
      const { checkpoint, own } = lost.get(shardId) ?? { ...start, own: bornAfter(shard, rows, start) };
      return { shardId, parentIds, childIds: [], checkpoint, own };
    });
}

/** Rows of ended shards that AWS no longer lists and that no listed shard descends from. */
export function planRemovals(leases: readonly Lease[], listed: readonly ShardLineage[]): readonly Lease[] {
  const ids = new Set(listed.map(({ shardId }) => shardId));
  const parents = new Set(listed.flatMap(({ parentIds }) => parentIds));
  return leases.filter((lease) => isEnded(lease) && !ids.has(lease.shardId) && !parents.has(lease.shardId));
}

/** The one start of a table: the earliest that any row knows, or 0 if KCL wrote all rows. Undefined for an empty table. */
export function startMsOf(leases: readonly Lease[]): number | undefined {
  if (leases.length === 0) return undefined;
  const starts = leases.map(({ own }) => own.startMs).filter((ms) => ms !== undefined);
  return starts.length === 0 ? 0 : Math.min(...starts);
}

/**
 * A child is empty up to what its parents have received. Without this time, the start of the table would stand for it, and a
 * start months ago would look as if AWS had dropped the child's records since.
 */
function bornAfter(
  { parentIds }: ShardLineage,
  rows: ReadonlyMap<string, Lease>,
  { checkpoint, own }: TableStart,
): LeaseNotes {
  const times = parentIds.flatMap((id) => {
    const parent = rows.get(id);
    const { arrivalMs = 0, caughtUpMs = 0 } = parent ? timesOf(parent) : {};
    return Math.max(arrivalMs, caughtUpMs);
  });
  const emptyUntilMs = Math.max(0, ...times);
  return emptyUntilMs > (own.startMs ?? 0) ? { ...own, caughtUpMs: emptyUntilMs, of: checkpoint } : own;
}

function childrenOf(listed: readonly ShardLineage[]): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const { shardId, parentIds } of listed) {
    for (const id of parentIds) children.set(id, [...(children.get(id) ?? []), shardId]);
  }
  return children;
}
