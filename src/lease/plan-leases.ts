/**
 * Which leases to take, as a pure decision on a scan of the table. Every worker decides for itself; the conditions of the writes
 * settle races. Time is the worker's own monotonic clock: the clocks of the workers are never compared.
 */
import { holderOf, isEnded, isOurs, type Lease } from './lease.js';

/** When each lease was last seen to change, on the monotonic clock of the observer. */
export type Seen = ReadonlyMap<string, SeenLease>;

export interface SeenLease extends Pick<Lease, 'counter' | 'owner' | 'donor'> {
  readonly sinceMs: number;
}

export interface PlanOptions {
  readonly leases: readonly Lease[];
  readonly seen: Seen;
  readonly nowMs: number;
  readonly me: string;
  /** A holder whose lease does not change for this long is dead, or has fenced itself off. */
  readonly leaseMs: number;
  /** Puts leases in a random order, so that workers rarely reach for the same ones. */
  readonly shuffle: <Item>(items: readonly Item[]) => readonly Item[];
}

export interface LeasePlan {
  /** To be taken at once: nobody reads them, or their holder is one of KCL 2, which hands nothing over. */
  readonly take: readonly Lease[];
  /** Their holders have more than their share, and hand over when they are asked. */
  readonly ask: readonly Lease[];
}

export function observe(before: Seen, leases: readonly Lease[], nowMs: number): Seen {
  return new Map(
    leases.map(({ shardId, counter, owner, donor }) => {
      const old = before.get(shardId);
      const isSame = old?.counter === counter && old.owner === owner && old.donor === donor;
      return [shardId, { counter, owner, donor, sinceMs: isSame ? old.sinceMs : nowMs }];
    }),
  );
}

/** Every parent is read to its end. The row of a parent may be gone by then. */
export function isReadable(lease: Lease, byId: ReadonlyMap<string, Lease>): boolean {
  const isDone = (id: string) => {
    const parent = byId.get(id);
    return parent === undefined || isEnded(parent);
  };
  return !isEnded(lease) && lease.parentIds.every(isDone);
}

/** The leases of shards that can be read now. Others do not count: a child waits for its parents and causes no work. */
export function readableOf(leases: readonly Lease[]): readonly Lease[] {
  const byId = new Map(leases.map((lease) => [lease.shardId, lease]));
  return leases.filter((lease) => isReadable(lease, byId));
}

/** A multiple of `leaseMs` after which a lease is taken by anyone, however many leases that worker has. */
const forsaken = 3;

export function planLeases({ leases, seen, nowMs, me, leaseMs, shuffle }: PlanOptions): LeasePlan {
  const readable = readableOf(leases);
  const silentMs = ({ shardId }: Lease) => nowMs - (seen.get(shardId)?.sinceMs ?? nowMs);
  const isFree = (lease: Lease) => lease.owner === undefined || silentMs(lease) > leaseMs;
  const shares = shareOut(readable, isFree, me);
  const { count, target } = shares.get(me) ?? { count: 0, target: 0 };
  const free = shuffle(readable.filter(isFree));
  const old = free.filter((lease) => silentMs(lease) > forsaken * leaseMs);
  const take = [...new Set([...old, ...free])].slice(0, Math.max(target - count, old.length));
  // One step at a time: what is free may be enough.
  if (free.length > 0 || count >= target) return { take, ask: [] };
  const wanted = planSteals({ readable, shares, me, most: Math.min(target - count, mostAsks(target)), shuffle });
  return {
    take: wanted.filter(({ owner = '' }) => !isOurs(owner)),
    ask: wanted.filter(({ owner = '' }) => isOurs(owner)),
  };
}

interface Share {
  readonly count: number;
  readonly target: number;
}

/**
 * How many leases each living worker has and should have. If they cannot be shared evenly, the workers with the most keep one
 * more, so that nothing moves between workers that differ by one.
 */
function shareOut(
  readable: readonly Lease[],
  isFree: (lease: Lease) => boolean,
  me: string,
): ReadonlyMap<string, Share> {
  const counts = new Map([[me, 0]]);
  for (const lease of readable) {
    if (lease.owner !== undefined && !isFree(lease)) counts.set(lease.owner, (counts.get(lease.owner) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([one, count], [other, otherCount]) => otherCount - count || (one < other ? -1 : 1));
  const least = Math.floor(readable.length / ranked.length);
  const extra = readable.length % ranked.length;
  return new Map(ranked.map(([worker, count], rank) => [worker, { count, target: least + Number(rank < extra) }]));
}

interface StealOptions extends Pick<PlanOptions, 'me' | 'shuffle'> {
  readonly readable: readonly Lease[];
  readonly shares: ReadonlyMap<string, Share>;
  readonly most: number;
}

/** From the workers with the most first. */
function planSteals({ readable, shares, me, most, shuffle }: StealOptions): readonly Lease[] {
  const steals: Lease[] = [];
  for (const [worker, { count, target }] of shares) {
    if (worker === me) continue;
    const theirs = readable.filter(({ owner, donor }) => owner === worker && donor === undefined);
    const excess = Math.max(0, Math.min(count - target, most - steals.length));
    steals.push(...shuffle(theirs).slice(0, excess));
  }
  return steals;
}

/** Few at a time: workers that start together all see the same excess. */
function mostAsks(target: number): number {
  return Math.max(1, Math.floor(target / 10));
}

/** What a scan says about the fleet, for stats and for people. */
export interface LeaseCounts {
  /** Read by this worker. */
  readonly own: number;
  /** Read by another worker. */
  readonly foreign: number;
  /** Read by nobody, although nothing has to be waited for. */
  readonly free: number;
  /** Workers with at least one lease. */
  readonly workers: number;
}

export function countLeases({
  leases,
  seen,
  nowMs,
  me,
  leaseMs,
}: Pick<PlanOptions, 'leases' | 'seen' | 'nowMs' | 'me' | 'leaseMs'>): LeaseCounts {
  const holders = readableOf(leases).map((lease) => {
    const isSilent = nowMs - (seen.get(lease.shardId)?.sinceMs ?? nowMs) > leaseMs;
    return isSilent ? undefined : holderOf(lease);
  });
  return {
    own: holders.filter((holder) => holder === me).length,
    foreign: holders.filter((holder) => holder !== undefined && holder !== me).length,
    free: holders.filter((holder) => holder === undefined).length,
    workers: new Set(holders.filter((holder) => holder !== undefined)).size,
  };
}
