/**
 * Every change of a row: what it requires of the row, and the row after it. Pure; a table makes each of them one conditional
 * write, and the tests compare the two.
 */
import { holderOf, isEnded, type Lease, type LeaseNotes } from './lease.js';

export interface ChangeArgs {
  /** Adds a row, which nobody holds. */
  readonly create: { readonly lease: NewLease };
  /** Takes a lease that nobody holds, whose holder is silent, or, from KCL 2, one of a holder that has too many. */
  readonly take: { readonly me: string; readonly seen: Lease };
  /** Asks the holder, a worker of this program, to hand over. The holder continues to read until it releases it. */
  readonly ask: { readonly me: string; readonly seen: Lease };
  /** Ends the wait for a holder that was asked. */
  readonly force: { readonly me: string; readonly seen: Lease };
  /** Shows that the holder lives. */
  readonly renew: Held;
  /** The same, with a new checkpoint. */
  readonly save: Held & Saved;
  /** Releases it: the lease becomes that of the worker who asked for it, or nobody's. */
  readonly release: Held & { readonly isDonor: boolean };
  /** Names the children of a shard. */
  readonly link: { readonly childIds: readonly string[] };
  /** Adds a row that was deleted while the worker held it. */
  readonly restore: { readonly me: string; readonly lease: Lease };
  /** Removes the row of an ended shard. */
  readonly remove: Record<never, never>;
}

export type Change = keyof ChangeArgs;

export type NewLease = Pick<Lease, 'shardId' | 'checkpoint' | 'parentIds' | 'childIds' | 'own'>;

/** What a holder knows of its row. */
export interface Held {
  readonly me: string;
  /** The counter after its last write. */
  readonly counter: number;
}

export interface Saved {
  readonly checkpoint: string;
  /** Replaces all notes. */
  readonly own: LeaseNotes;
}

type Rules = {
  readonly [Kind in Change]: {
    /** @param row undefined if there is none */
    readonly allows: (row: Lease | undefined, args: ChangeArgs[Kind]) => boolean;
    /** @param row one that allows it */
    readonly after: (row: Lease, args: ChangeArgs[Kind]) => Lease | undefined;
  };
};

const isHeld = (row: Lease | undefined, { me, counter }: Held): boolean =>
  row?.counter === counter && (row.donor === undefined ? row.owner === me : row.donor === me);

export const changes: Rules = {
  create: {
    allows: (row) => row === undefined,
    after: (_, { lease }) => ({ ...lease, ...fresh, owner: undefined, donor: undefined }),
  },
  take: {
    allows: (row, { seen }) => row?.counter === seen.counter && row.owner === seen.owner && row.donor === seen.donor,
    after: (row, { me }) => {
      const switches = row.switches + Number(row.owner !== undefined && row.owner !== me);
      return { ...row, owner: me, donor: undefined, counter: row.counter + 1, switches };
    },
  },
  ask: {
    allows: (row, { seen }) =>
      row?.owner !== undefined && row.owner === seen.owner && row.donor === undefined && !isEnded(row),
    // The counter is the holder's, who continues to write.
    after: (row, { me }) => ({ ...row, donor: row.owner, owner: me }),
  },
  force: {
    allows: (row, { me, seen }) => row?.donor !== undefined && row.owner === me && row.donor === seen.donor,
    after: (row) => ({ ...row, donor: undefined, counter: row.counter + 1, switches: row.switches + 1 }),
  },
  renew: { allows: isHeld, after: (row) => ({ ...row, counter: row.counter + 1 }) },
  save: {
    allows: isHeld,
    after: (row, { checkpoint, own }) => ({
      ...row,
      counter: row.counter + 1,
      switches: 0,
      checkpoint,
      subSequenceNumber: 0,
      own,
    }),
  },
  release: {
    allows: (row, args) => isHeld(row, args) && (row?.donor === args.me) === args.isDonor,
    after: (row, { isDonor }) => ({
      ...row,
      counter: row.counter + 1,
      owner: isDonor ? row.owner : undefined,
      donor: undefined,
    }),
  },
  link: { allows: (row) => row !== undefined, after: (row, { childIds }) => ({ ...row, childIds }) },
  restore: {
    allows: (row) => row === undefined,
    after: (_, { me, lease }) => ({ ...lease, owner: me, donor: undefined, counter: lease.counter + 1 }),
  },
  remove: { allows: (row) => row === undefined || isEnded(row), after: () => undefined },
};

const fresh = { counter: 0, switches: 0, subSequenceNumber: 0 };

/**
 * What a refused write of a holder means, given the row that refused it. `own`: an earlier write of this worker was applied and
 * its response was lost, so the lease is still held.
 */
export function judgeRefusal(row: Lease | undefined, { me, counter }: Held): 'deleted' | 'own' | 'lost' {
  if (row === undefined) return 'deleted';
  const isOwnWrite = holderOf(row) === me && (row.counter === counter || row.counter === counter + 1);
  return isOwnWrite ? 'own' : 'lost';
}
