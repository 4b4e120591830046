/** Faults for a person who looks for causes: one that 64 shards have is one. */
import type { FaultInForce } from '../../../src/report/snapshot.js';

/** With the message of the longest. */
export interface FaultGroup extends Pick<FaultInForce, 'code' | 'ageMs' | 'message'> {
  /** Faults in it. */
  readonly size: number;
  /** Such as `64 shards`; undefined for a single fault. */
  readonly extent: string | undefined;
}

/**
 * One group for each stage and code. A fault without a shard often holds up all of them, so it comes first.
 *
 * @param faults the longest first
 */
export function groupFaults(faults: readonly FaultInForce[]): readonly FaultGroup[] {
  const groups = new Map<string, [FaultInForce, ...FaultInForce[]]>();
  for (const fault of faults) {
    const key = `${fault.stage} ${fault.code} ${isOfShard(fault)}`;
    const group = groups.get(key);
    if (group) group.push(fault);
    else groups.set(key, [fault]);
  }
  return [...groups.values()]
    .toSorted(([left], [right]) => Number(isOfShard(left)) - Number(isOfShard(right)))
    .map((group) => {
      const [{ code, ageMs, message }] = group;
      return { code, ageMs, message, size: group.length, extent: describeExtent(group) };
    });
}

function isOfShard({ shardId }: FaultInForce): boolean {
  return shardId !== undefined;
}

/** One shard can have several faults of a kind, such as one for each record. */
function describeExtent(group: readonly FaultInForce[]): string | undefined {
  const shards = new Set(group.map(({ shardId }) => shardId)).size;
  if (shards > 1) return `${shards} shards`;
  return group.length > 1 ? `${group.length} faults` : undefined;
}
