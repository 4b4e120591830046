/**
 * Holds leases for one worker: looks at the table, takes, renews, hands over and releases. It reads no records; its listener is
 * told which shards to read. Table, clock and random source are passed in, so that the same code runs on DynamoDB and in
 * virtual time.
 */
import { setMaxListeners } from 'node:events';
import { AwsError } from '../aws/error.js';
import { describeError } from '../faults.js';
import { Attempts, type Context } from '../retry.js';
import { allDone, Waiters } from '../waiters.js';
import { HeldLease, type WriteOutcome } from './held-lease.js';
import { isEnded, type Lease, type LeaseNotes, shardEnd } from './lease.js';
import { countLeases, type LeaseCounts, observe, planLeases, type Seen } from './plan-leases.js';
import { planCreations, planRemovals, type ShardLineage, startMsOf, type TableStart } from './plan-rows.js';
import type { LeaseTable } from './table.js';

export interface KeeperOptions extends Omit<Context, 'signal'> {
  /** The name of this worker in the table, unique among all processes. */
  readonly me: string;
  readonly table: LeaseTable;
  /** Other workers take a lease that its holder has not written for this long, in milliseconds. */
  readonly leaseMs: number;
  /** Every shard of the stream. */
  readonly listShards: (signal: AbortSignal) => Promise<readonly ShardLineage[]>;
  /** Where shards without a row begin. @param startMs the start of the rows that there are; undefined if there are none */
  readonly startOf: (startMs: number | undefined) => TableStart;
  readonly listener: KeeperListener;
}

export interface KeeperListener {
  /** The shard may be read, from the checkpoint of the lease. */
  gained(lease: Lease): void;
  /**
   * Another worker asks for the shard: stop reading it, wait for its acks and save them. Resolves when nothing is left, or when
   * the signal aborts because the lease is lost.
   */
  drain(shardId: string, signal: AbortSignal): Promise<void>;
  /** The shard is another worker's. What was handed on may still go out, but its acks no longer count. */
  lost(shardId: string, why: LossReason): void;
}

/** `released`: handed over as another worker asked. `taken`: this worker had been silent for too long, or KCL took it. */
export type LossReason = 'released' | 'taken';

/** Shares of the time of a lease. A renewal that fails is repeated several times before the lease is fenced. */
const renewShare = 0.4;
const scanShare = 0.25;
/** A worker that was asked to hand over and does not is passed over. */
const handOverMs = 30_000;
const auditMs = 60_000;
/** Tables above this size are scanned less often, as a scan costs one read unit for about ten rows. */
const manyRows = 500;
const slowScanMs = 20_000;
/** Short: whatever waits for the table is late when the table is back. */
export const leaseBackoff = { baseMs: 250, maxMs: 2_000 };

export class LeaseKeeper {
  readonly #options: KeeperOptions;
  readonly #held = new Map<string, HeldLease>();
  readonly #drains = new Map<string, AbortController>();
  readonly #leaving = new Set<Promise<void>>();
  /** When each hand-over to this worker was first seen to be under way. */
  readonly #askedMs = new Map<string, number>();
  readonly #written = new Waiters();
  readonly #stop = new AbortController();
  #loops: readonly Promise<void>[] = [];
  #leases: readonly Lease[] = [];
  #seen: Seen = new Map();
  /** When the table was last read. */
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** Every row that a scan has shown, with the time of the last such scan. */
  readonly #known = new Map<string, { readonly lease: Lease; readonly seenMs: number }>();
  #isSettled = false;
  #scanning: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
    // Each call to the table adds one.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Every lease at the last look, except that own leases are as they were last written. */
  get leases(): readonly Lease[] {
    return this.#leases.map((lease) => this.#held.get(lease.shardId)?.lease ?? lease);
  }

  get counts(): LeaseCounts {
    const { clock } = this.#options;
    return countLeases({ ...this.#options, leases: this.leases, seen: this.#seen, nowMs: clock.monotonic() });
  }

  holds(shardId: string): boolean {
    return this.#held.has(shardId);
  }

  /** Whether the shard is held, and not about to be handed over. */
  reads(shardId: string): boolean {
    return this.#held.get(shardId)?.isLeaving === false;
  }

  /** Reads the table, without any claim. */
  async look(): Promise<void> {
    await this.#list();
  }

  start(): void {
    const { leaseMs } = this.#options;
    this.#loops = [
      this.#loop(
        'scan',
        () => this.#scanMs,
        () => this.scan(),
      ),
      this.#loop(
        'renew',
        () => (leaseMs * renewShare) / 4,
        () => this.#renewAll(),
      ),
      this.#loop(
        'audit',
        () => auditMs,
        () => this.audit(),
      ),
    ];
  }

  get #scanMs(): number {
    return this.#leases.length > manyRows ? slowScanMs : this.#options.leaseMs * scanShare;
  }

  /** Undefined while records of the shard may be handed on; else resolves when they may again, or when the signal aborts. */
  whenHeld(shardId: string, signal: AbortSignal): Promise<void> | undefined {
    return this.#held.get(shardId)?.isFenced === false ? undefined : this.#whenHeld(shardId, signal);
  }

  async #whenHeld(shardId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#held.get(shardId)?.isFenced !== false) await this.#written.wait(signal);
  }

  /** Resolves with false if the shard is not held, or no longer. Rejects if the table could not be written. */
  async save(shardId: string, checkpoint: string, notes: LeaseNotes): Promise<boolean> {
    const held = this.#held.get(shardId);
    if (!held) return false;
    return this.#judge(held, await held.save(checkpoint, notes));
  }

  /** Stores that the shard is read to its end. Its children have rows by then, so that KCL finds them too. */
  async end(shardId: string, notes: LeaseNotes): Promise<void> {
    const { table } = this.#options;
    const { signal } = this.#stop;
    const listed = await this.audit();
    const childIds = listed.filter(({ parentIds }) => parentIds.includes(shardId)).map((child) => child.shardId);
    if (childIds.length > 0) await table.change('link', shardId, { childIds }, signal);
    if (!(await this.save(shardId, shardEnd, notes))) return;
    this.#held.delete(shardId);
    await this.scan();
  }

  /** Adds the rows that are missing and removes those that nobody needs. Returns the shards of the stream. */
  async audit(): Promise<readonly ShardLineage[]> {
    const { table, listShards, startOf } = this.#options;
    const { signal } = this.#stop;
    const listed = await listShards(signal);
    const leases = await this.#list();
    const { recent, lost } = this.#vanished(leases);
    const start = startOf(startMsOf([...leases, ...recent, ...lost.values()]));
    const missing = planCreations(listed, [...leases, ...recent], start, lost);
    for (const lease of missing) await table.change('create', lease.shardId, { lease }, signal);
    for (const { shardId } of planRemovals(leases, listed)) {
      await table.change('remove', shardId, {}, signal);
      this.#known.delete(shardId);
    }
    return listed;
  }

  /** No further lease is taken. Those that are held are renewed until the stop. */
  settle(): void {
    this.#isSettled = true;
  }

  /** Releases every lease. The next holder reads again what is not saved by then. */
  async stop(): Promise<void> {
    this.settle();
    const letGo = [...this.#held].map(async ([shardId, held]) => {
      this.#held.delete(shardId);
      this.#drains.get(shardId)?.abort();
      // If it fails, the lease ends by itself.
      await held.release().catch(() => held.release().catch(() => {}));
    });
    await Promise.all(letGo);
    this.#stop.abort();
    await Promise.all([...this.#loops, ...this.#leaving]);
    this.#options.table.close();
  }

  /** One look at the table, and everything that follows from it. Runs one at a time. */
  scan(): Promise<void> {
    const run = this.#scanning.then(async () => {
      // Another worker was faster with a free lease. There may be one left, which would wait for the next scan.
      if (await this.#scan()) await this.#scan();
    });
    this.#scanning = run.catch(() => {});
    return run;
  }

  async #list(): Promise<readonly Lease[]> {
    const { clock, leaseMs } = this.#options;
    const leases = await this.#listOrCreate();
    const nowMs = clock.monotonic();
    // Who could not look cannot know that the others were silent: after an outage of the table, each keeps what it has.
    const hasLooked = nowMs - this.#lookedMs <= Math.max(leaseMs, this.#scanMs * 2);
    this.#lookedMs = nowMs;
    this.#leases = leases;
    this.#seen = observe(hasLooked ? this.#seen : new Map(), leases, nowMs);
    for (const lease of leases) this.#known.set(lease.shardId, { lease, seenMs: nowMs });
    return leases;
  }

  async #listOrCreate(): Promise<readonly Lease[]> {
    const { table, onFault } = this.#options;
    const { signal } = this.#stop;
    try {
      return await table.list(signal);
    } catch (error) {
      if (!(error instanceof AwsError) || error.kind !== 'not-found') throw error;
      const message = `The lease table was deleted; it is created again, and each worker restores its leases from memory`;
      onFault({ stage: 'checkpoint', code: 'lease-table-deleted', message, cause: error });
      await table.open(signal);
      return table.list(signal);
    }
  }

  /** Rows that are gone. For a while, their holders may restore them; after that, only this memory of them is left. */
  #vanished(leases: readonly Lease[]): {
    readonly recent: readonly Lease[];
    readonly lost: ReadonlyMap<string, Lease>;
  } {
    const { clock, leaseMs } = this.#options;
    const ids = new Set(leases.map(({ shardId }) => shardId));
    const gone = [...this.#known.values()].filter(({ lease }) => !ids.has(lease.shardId));
    const isRecent = ({ seenMs }: { readonly seenMs: number }) => clock.monotonic() - seenMs <= leaseMs * 2;
    return {
      recent: gone.filter(isRecent).map(({ lease }) => lease),
      lost: new Map(gone.filter((known) => !isRecent(known)).map(({ lease }) => [lease.shardId, lease])),
    };
  }

  /** Resolves with true if a lease that was free is another worker's by now. */
  async #scan(): Promise<boolean> {
    const { clock, random, me } = this.#options;
    const leases = await this.#list();
    const nowMs = clock.monotonic();
    for (const lease of leases) {
      const held = this.#held.get(lease.shardId);
      if (held && lease.donor === me && lease.counter === held.lease.counter) this.#giveAway(held);
    }
    if (this.#isSettled) return false;
    const mine = leases.filter(({ owner, shardId }) => owner === me && !this.#held.has(shardId));
    const shuffle = <Item>(items: readonly Item[]) => shuffled(items, random);
    const plan = planLeases({ ...this.#options, leases, seen: this.#seen, nowMs, shuffle });
    let isMissed = false;
    const take = async (lease: Lease) => {
      if (!(await this.#obtain('take', lease))) isMissed = true;
    };
    const steps = [
      ...mine.map((lease) => this.#claim(lease, nowMs)),
      ...plan.take.filter((lease) => !mine.includes(lease)).map(take),
      ...plan.ask.map((lease) => this.#ask(lease)),
    ];
    await allDone(steps);
    return isMissed;
  }

  /** The row names this worker: a response was lost, or the worker that was asked has released it, or has not yet. */
  async #claim(lease: Lease, nowMs: number): Promise<void> {
    if (isEnded(lease)) return;
    if (lease.donor === undefined) {
      this.#askedMs.delete(lease.shardId);
      // Only an own write proves that it is held.
      await this.#obtain('renew', lease);
      return;
    }
    const askedMs = this.#askedMs.get(lease.shardId) ?? nowMs;
    this.#askedMs.set(lease.shardId, askedMs);
    const silentMs = nowMs - (this.#seen.get(lease.shardId)?.sinceMs ?? nowMs);
    if (silentMs <= this.#options.leaseMs && nowMs - askedMs < handOverMs) return;
    this.#askedMs.delete(lease.shardId);
    await this.#obtain('force', lease);
  }

  async #ask(lease: Lease): Promise<void> {
    const { table, me, clock } = this.#options;
    const { isDone } = await table.change('ask', lease.shardId, { me, seen: lease }, this.#stop.signal);
    if (isDone) this.#askedMs.set(lease.shardId, clock.monotonic());
  }

  /** Resolves with false if the row has changed meanwhile. */
  async #obtain(kind: 'take' | 'renew' | 'force', seen: Lease): Promise<boolean> {
    const { table, me, clock, leaseMs, listener } = this.#options;
    const { signal } = this.#stop;
    const { shardId, counter } = seen;
    const beforeMs = clock.monotonic();
    const { isDone, row } = await table.change(kind, shardId, { me, seen, counter }, signal);
    if (!isDone) return false;
    if (!row || this.#held.has(shardId) || signal.aborted) return true;
    const held = new HeldLease(row, beforeMs, { table, me, leaseMs, monotonic: () => clock.monotonic(), signal });
    if (this.#isSettled) {
      await held.release();
      return true;
    }
    this.#held.set(shardId, held);
    listener.gained(row);
    return true;
  }

  async #renewAll(): Promise<void> {
    const { leaseMs } = this.#options;
    const due = [...this.#held.values()].filter(({ ageMs }) => ageMs >= leaseMs * renewShare);
    const renewals = due.map(async (held) => this.#judge(held, await held.renew()));
    await allDone(renewals);
  }

  /** Whether the lease is still held after a write. */
  #judge(held: HeldLease, outcome: WriteOutcome): boolean {
    const { shardId } = held.lease;
    if (this.#held.get(shardId) !== held) return false;
    if (outcome === 'lost') {
      this.#lose(held, 'taken');
      return false;
    }
    if (outcome === 'deleted') this.#reportDeleted(shardId);
    this.#written.wake();
    if (held.isAsked) this.#giveAway(held);
    return true;
  }

  #lose(held: HeldLease, why: LossReason): void {
    const { shardId } = held.lease;
    this.#held.delete(shardId);
    this.#drains.get(shardId)?.abort();
    this.#options.listener.lost(shardId, why);
  }

  #giveAway(held: HeldLease): void {
    if (held.isLeaving) return;
    held.isLeaving = true;
    const leaving = this.#drain(held).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  async #drain(held: HeldLease): Promise<void> {
    const { shardId } = held.lease;
    const drain = new AbortController();
    this.#drains.set(shardId, drain);
    try {
      await this.#options.listener.drain(shardId, drain.signal);
      if (this.#held.get(shardId) !== held) return;
      await held.release();
    } catch (error) {
      this.#report('hand-over', error);
    } finally {
      this.#drains.delete(shardId);
    }
    if (this.#held.get(shardId) === held) this.#lose(held, 'released');
  }

  /** Repeats the work, with a pause between two runs that differs from worker to worker. */
  async #loop(name: string, everyMs: () => number, work: () => Promise<unknown>): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#stop;
    const attempts = new Attempts({ ...this.#options, signal }, `lease ${name}`);
    while (!signal.aborted) {
      try {
        await work();
        attempts.succeeded();
        await clock.sleep(everyMs() * (0.9 + 0.2 * random()), signal);
      } catch (error) {
        if (!signal.aborted) await attempts.failed({ ...toFault(name, error), backoff: leaseBackoff });
      }
    }
  }

  #report(name: string, error: unknown): void {
    if (!this.#stop.signal.aborted) this.#options.onFault(toFault(name, error));
  }

  #reportDeleted(shardId: string): void {
    const message = `The lease of shard "${shardId}" was deleted from the table and is restored from memory: find out who removes rows`;
    this.#options.onFault({ stage: 'checkpoint', code: 'lease-deleted', message, shardId });
  }
}

function toFault(name: string, error: unknown) {
  const message = `The lease table failed (${name}): ${describeError(error)}; after four fifths of input.checkpoint.leaseMs without it, reading pauses`;
  return { stage: 'checkpoint', code: 'lease-table', message, cause: error } as const;
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
