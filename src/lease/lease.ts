/**
 * A row of the lease table, in the terms of KCL (https://docs.aws.amazon.com/streams/latest/dev/kcl-dynamoDB.html). Positions are
 * opaque here, except for their order. What this program adds is in one attribute, `snare`, which KCL leaves alone.
 */

export interface Lease {
  /** The hash key of the table, `leaseKey`. */
  readonly shardId: string;
  /** Who reads the shard, or will once the donor has released it; undefined if nobody does. */
  readonly owner: string | undefined;
  /** Who still reads the shard and hands it over to the owner. */
  readonly donor: string | undefined;
  /** Grows with each write of the holder. Nothing else shows that the holder lives. */
  readonly counter: number;
  /** A sequence number, or one of `TRIM_HORIZON`, `LATEST`, `AT_TIMESTAMP` and `SHARD_END`. */
  readonly checkpoint: string;
  /** Part of an aggregated record. */
  readonly subSequenceNumber: number;
  /** How often the owner has changed since the last checkpoint. */
  readonly switches: number;
  readonly parentIds: readonly string[];
  readonly childIds: readonly string[];
  readonly own: LeaseNotes;
}

/** What KCL does not know. Times are in milliseconds of AWS' clock since 1970. */
export interface LeaseNotes {
  /** ARN of the stream. */
  readonly stream?: string | undefined;
  /** When the stream was created. */
  readonly createdMs?: number | undefined;
  /** Where a shard without any checkpoint begins, the same in all rows of a table. */
  readonly startMs?: number | undefined;
  /** As in a checkpoint file. They count only while `of` is the checkpoint: KCL moves that one without them. */
  readonly caughtUpMs?: number | undefined;
  readonly arrivalMs?: number | undefined;
  readonly updatedMs?: number | undefined;
  /** The checkpoint that the times belong to. */
  readonly of?: string | undefined;
}

export const shardEnd = 'SHARD_END';

export function isEnded({ checkpoint }: Pick<Lease, 'checkpoint'>): boolean {
  return checkpoint === shardEnd;
}

/** Who reads the shard and may write its checkpoint. */
export function holderOf({ owner, donor }: Pick<Lease, 'owner' | 'donor'>): string | undefined {
  // KCL 2 takes a lease without a look at the donor, who then has lost it.
  return donor !== undefined && owner !== undefined && isOurs(owner) ? donor : owner;
}

/**
 * Negative if the first one comes before the second one. The order is KCL's, except for `LATEST`: a checkpoint that says where
 * exactly that was is always better.
 */
export function compareCheckpoints(one: string, other: string): number {
  const difference = rank(one) - rank(other);
  if (difference !== 0 || rank(one) !== numberRank) return difference;
  return Number(BigInt(one) - BigInt(other) > 0n) - Number(BigInt(one) - BigInt(other) < 0n);
}

/** The rows of a later look that were written since. New ones count too. */
export function writtenSince(before: readonly Lease[], now: readonly Lease[]): readonly Lease[] {
  const counters = new Map(before.map(({ shardId, counter }) => [shardId, counter]));
  return now.filter(({ shardId, counter }) => counters.get(shardId) !== counter);
}

/** The times of a row, if they belong to its checkpoint. */
export function timesOf({ own, checkpoint }: Pick<Lease, 'own' | 'checkpoint'>): LeaseNotes {
  return own.of === undefined || own.of === checkpoint ? own : {};
}

/**
 * Names a worker of this program. Random, so that two processes with one name are two workers, and recognizable, because the
 * workers of KCL 2 do not hand over when they are asked.
 *
 * @param name for people; need not be unique
 */
export function createWorkerId(name: string, random: () => number): string {
  const suffix = Math.floor(random() * 2 ** 32).toString(16);
  return `${name}~${suffix.padStart(8, '0')}`;
}

/** Whether the worker is one of this program, and not of KCL. */
export function isOurs(worker: string): boolean {
  return /~[0-9a-f]{8}$/.test(worker);
}

const sentinels = ['LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON', undefined, shardEnd];
const numberRank = sentinels.indexOf(undefined);

function rank(checkpoint: string): number {
  const index = sentinels.indexOf(checkpoint);
  return index === -1 ? numberRank : index;
}
