/**
 * Shares the shards of a stream with other processes: joins the leases, the checkpointer that writes into them, and the reader
 * that reads what is held.
 */
import { hostname } from 'node:os';
import { Checkpointer } from '../../checkpoint/checkpointer.js';
import { acquireLock, type Lock } from '../../checkpoint/lock.js';
import type { CheckpointStore, ShardCheckpoint } from '../../checkpoint/store.js';
import type { ShardClaims } from '../../claims.js';
import type { ListedShard } from '../../kinesis/api.js';
import type { StreamReader } from '../../kinesis/stream-reader.js';
import type { DynamoTable } from '../../lease/dynamo-table.js';
import { LeaseKeeper, leaseBackoff } from '../../lease/keeper.js';
import { createWorkerId, holderOf, type Lease } from '../../lease/lease.js';
import type { LeaseCounts } from '../../lease/plan-leases.js';
import type { TableStart } from '../../lease/plan-rows.js';
import type { StreamIdentity } from '../../progress.js';
import { retry } from '../../retry.js';
import type { ShardPosition } from '../../shard-position.js';
import type { SourceWiring } from '../source.js';
import { FleetProgress } from './fleet-progress.js';
import { toShardCheckpoint } from './lease-position.js';
import { createLeaseStore } from './lease-store.js';
import { createLeaseTable, type LeaseSettings, openLeaseTable, retryTable, toFailure } from './open-lease-table.js';

export interface FleetOptions {
  readonly wiring: SourceWiring;
  readonly settings: LeaseSettings;
  readonly stream: StreamIdentity;
  readonly listShards: (signal: AbortSignal) => Promise<readonly ListedShard[]>;
  /** Lets the checkpoint wait for what has to be stored before it. */
  readonly wrapStore: (store: CheckpointStore) => CheckpointStore;
  readonly signal: AbortSignal;
}

/** The share of a lease after which acks are written. Shorter than until a renewal, which such a write makes unnecessary. */
const saveShare = 0.38;

/** Longest time between an ack and its write. */
export function saveIntervalMs(checkpointIntervalMs: number, leaseMs: number): number {
  return Math.max(checkpointIntervalMs, leaseMs * saveShare);
}

export class Fleet implements ShardClaims {
  readonly #options: FleetOptions;
  readonly #lock: Lock;
  readonly #keeper: LeaseKeeper;
  readonly checkpointer: Checkpointer;
  readonly progress: FleetProgress;
  readonly workerId: string;
  #start: TableStart | undefined;
  #reader: Pick<StreamReader, 'claim' | 'release'> | undefined;

  /** Rejects like `CheckpointStore.open`, and with a `StartError` for a missing permission. */
  static async open(options: FleetOptions): Promise<Fleet> {
    const { wiring, settings, stream, signal } = options;
    const { input, watch } = wiring;
    const lock = await acquireLock(settings.path);
    try {
      const table = await createLeaseTable(input, settings, { watch, signal });
      await openLeaseTable(table, { ...wiring, random: Math.random, input, settings, stream, signal });
      const fleet = new Fleet(options, table, lock);
      await fleet.#retry(() => fleet.#keeper.look());
      return fleet;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(options: FleetOptions, table: DynamoTable, lock: Lock) {
    const { wiring, settings, listShards, wrapStore } = options;
    const { clock, onFault, onRecovery, input } = wiring;
    const { leaseMs, workerId = hostname() } = settings;
    this.#options = options;
    this.#lock = lock;
    this.workerId = createWorkerId(workerId, Math.random);
    const context = { clock, random: Math.random, onFault, onRecovery };
    this.#keeper = new LeaseKeeper({
      ...context,
      me: this.workerId,
      table,
      leaseMs,
      listShards,
      startOf: (startMs) => this.#startOf(startMs),
      listener: {
        gained: (lease) => this.#gained(lease),
        drain: (shardId, signal) => this.#drain(shardId, signal),
        lost: (shardId, why) => this.#lost(shardId, why),
      },
    });
    const store = wrapStore({ ...createLeaseStore(this.#keeper), open: async () => new Map() });
    this.checkpointer = new Checkpointer({
      ...context,
      store,
      stored: new Map(),
      intervalMs: saveIntervalMs(input.checkpointIntervalMs, leaseMs),
    });
    this.progress = new FleetProgress({
      keeper: this.#keeper,
      checkpointer: this.checkpointer,
      // Waits as every checkpoint does.
      beforeEnd: () => store.save(new Map()),
      retry: (work) => this.#retry(work),
      repeat: (work) => this.#repeat(work),
      setStart: (position) => {
        this.#start = this.#toStart(position);
      },
    });
  }

  /** Begins to take leases. */
  start(reader: Pick<StreamReader, 'claim' | 'release'>): void {
    this.#reader = reader;
    this.#keeper.start();
  }

  /** Takes no further lease. Those that are held end with `checkpointer.close`. */
  settle(): void {
    this.#keeper.settle();
  }

  /** Call once the checkpointer is closed. */
  close(): Promise<void> {
    return this.#lock.release();
  }

  has(shardId: string): boolean {
    return this.#keeper.reads(shardId);
  }

  isElsewhere(shardId: string): boolean {
    const lease = this.#keeper.leases.find((known) => known.shardId === shardId);
    const holder = lease && holderOf(lease);
    return holder !== undefined && holder !== this.workerId;
  }

  whenHeld(shardId: string, signal: AbortSignal): Promise<void> | undefined {
    return this.#keeper.whenHeld(shardId, signal);
  }

  get counts(): LeaseCounts {
    return this.#keeper.counts;
  }

  #gained(lease: Lease): void {
    if (lease.checkpoint === 'LATEST') void this.#fixLatest(lease.shardId);
    else this.#claim(lease.shardId, toShardCheckpoint(lease));
  }

  /** Of a row that KCL wrote: where its tip is now is stored before it is read, since it would be elsewhere after a crash. */
  async #fixLatest(shardId: string): Promise<void> {
    const { signal, wiring } = this.#options;
    const startMs = wiring.clock.nowAtLeast();
    const save = () => this.#keeper.save(shardId, 'AT_TIMESTAMP', { startMs });
    const isHeld = await retry(save, toFailure, { ...wiring, random: Math.random, signal });
    const position = { type: 'time', atMs: startMs } as const;
    if (isHeld) this.#claim(shardId, { position, updatedMs: wiring.clock.now() });
  }

  #claim(shardId: string, checkpoint: ShardCheckpoint): void {
    this.checkpointer.adopt(shardId, checkpoint);
    this.#reader?.claim(shardId);
  }

  async #drain(shardId: string, signal: AbortSignal): Promise<void> {
    await this.#reader?.release(shardId);
    await this.checkpointer.whenAcked(shardId, signal);
    await this.checkpointer.flush(signal);
  }

  #lost(shardId: string, why: 'released' | 'taken'): void {
    this.checkpointer.drop(shardId);
    void this.#reader?.release(shardId);
    this.#options.wiring.events.emit('shard-released', { shardId, why });
  }

  async #repeat(work: () => Promise<unknown>): Promise<void> {
    const { wiring, signal } = this.#options;
    const fail = (error: unknown) => ({ ...toFailure(error), backoff: leaseBackoff });
    await retry(work, fail, { ...wiring, random: Math.random, signal });
  }

  async #retry(work: () => Promise<unknown>): Promise<void> {
    const { wiring, settings, signal } = this.#options;
    await retryTable(work, { ...wiring, random: Math.random, settings, signal });
  }

  #startOf(startMs: number | undefined): TableStart {
    if (startMs === undefined) return this.#start ?? this.#toStart({ type: 'beginning' });
    return this.#toStart(startMs === 0 ? { type: 'beginning' } : { type: 'time', atMs: startMs });
  }

  #toStart(position: ShardPosition): TableStart {
    const { arn, createdMs } = this.#options.stream;
    const own = { stream: arn, createdMs };
    if (position.type !== 'time') return { checkpoint: 'TRIM_HORIZON', own: { ...own, startMs: 0 } };
    return { checkpoint: 'AT_TIMESTAMP', own: { ...own, startMs: position.atMs } };
  }
}
