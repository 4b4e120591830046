/**
 * A lease that this worker holds. Its writes run one at a time, since each raises the counter that the next one requires. It is
 * fenced some time before other workers may take it: measured from before the request of the last write that succeeded, on the
 * monotonic clock.
 */
import { changes, judgeRefusal } from './changes.js';
import { compareCheckpoints, type Lease, type LeaseNotes } from './lease.js';
import type { ChangeResult, LeaseTable } from './table.js';

export interface HeldLeaseOptions {
  readonly table: Pick<LeaseTable, 'change'>;
  readonly me: string;
  readonly leaseMs: number;
  readonly monotonic: () => number;
  readonly signal: AbortSignal;
}

/** `done`: the row is as wanted. `behind`: the row has a later checkpoint. `deleted`: there was no row, and there is one again. */
export type WriteOutcome = 'done' | 'behind' | 'deleted' | 'lost';

type HolderChange = 'renew' | 'save' | 'release';

/** The share of a lease after which nothing is handed on until a write succeeds. The rest is for clocks that drift. */
const fenceShare = 0.8;
/** A response that was lost makes one more attempt necessary, and so does a hand-over that was just asked for. */
const maxAttempts = 4;

export class HeldLease {
  readonly #options: HeldLeaseOptions;
  #lease: Lease;
  #writtenMs: number;
  #last: Promise<unknown> = Promise.resolve();
  /** Set by the worker once it hands the lease over or releases it. */
  isLeaving = false;

  /**
   * @param lease the row after the write that took the lease
   * @param writtenMs a time before the request of that write
   */
  constructor(lease: Lease, writtenMs: number, options: HeldLeaseOptions) {
    this.#options = options;
    this.#lease = lease;
    this.#writtenMs = writtenMs;
  }

  /** As this worker wrote it last. */
  get lease(): Lease {
    return this.#lease;
  }

  get ageMs(): number {
    return this.#options.monotonic() - this.#writtenMs;
  }

  /** Other workers may soon take it, so nothing may be handed on. */
  get isFenced(): boolean {
    return this.ageMs >= this.#options.leaseMs * fenceShare;
  }

  /** Another worker has asked for it. */
  get isAsked(): boolean {
    return this.#lease.donor === this.#options.me;
  }

  renew(): Promise<WriteOutcome> {
    return this.#write('renew');
  }

  /** Writes a checkpoint, never one before that of the row. */
  save(checkpoint: string, notes: LeaseNotes): Promise<WriteOutcome> {
    const toArgs = () => ({ checkpoint, own: { ...this.#lease.own, ...notes, of: checkpoint } });
    const isBehind = () => compareCheckpoints(checkpoint, this.#lease.checkpoint) < 0;
    return this.#write('save', toArgs, isBehind);
  }

  release(): Promise<WriteOutcome> {
    return this.#write('release', () => ({ isDonor: this.isAsked }));
  }

  #write(kind: HolderChange, toArgs = (): object => ({}), isBehind = () => false): Promise<WriteOutcome> {
    const run = this.#last.then(() => this.#attempt(kind, toArgs, isBehind));
    this.#last = run.catch(() => {});
    return run;
  }

  async #attempt(kind: HolderChange, toArgs: () => object, isBehind: () => boolean): Promise<WriteOutcome> {
    const { table, me, signal, monotonic } = this.#options;
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      // Asked each time: a save whose response was lost shows only in the row that refuses the next one.
      if (isBehind()) return 'behind';
      const beforeMs = monotonic();
      const held = { me, counter: this.#lease.counter };
      const result = await table.change(kind, this.#lease.shardId, { ...held, ...toArgs() } as never, signal);
      if (result.isDone && result.row) {
        this.#keep(result.row, beforeMs);
        return 'done';
      }
      const verdict = judgeRefusal(result.row, held);
      if (verdict === 'deleted') return this.#restore(kind, toArgs());
      if (verdict === 'lost' || !result.row) return 'lost';
      this.#lease = result.row;
    }
    return 'lost';
  }

  /** Only this worker knows what the deleted row said. */
  async #restore(kind: HolderChange, args: object): Promise<WriteOutcome> {
    const { table, me, signal, monotonic } = this.#options;
    const beforeMs = monotonic();
    const held = { ...this.#lease, owner: me, donor: undefined };
    const lease = changes[kind].after(held, { me, counter: held.counter, ...args } as never) ?? held;
    const result: ChangeResult = await table.change('restore', lease.shardId, { me, lease }, signal);
    if (!result.isDone || !result.row) return 'lost';
    this.#keep(result.row, beforeMs);
    return 'deleted';
  }

  #keep(row: Lease, writtenMs: number): void {
    this.#lease = row;
    this.#writtenMs = writtenMs;
  }
}
