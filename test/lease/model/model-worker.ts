/** A worker of the model: a real keeper, and a reader that delivers with a delay and saves what is confirmed. */
import { setMaxListeners } from 'node:events';
import { LeaseKeeper } from '../../../src/lease/keeper.js';
import type { Lease } from '../../../src/lease/lease.js';
import type { FleetModel } from './fleet-model.js';
import { firstNumber } from './model-stream.js';
import type { Host } from './world.js';

const confirmMs = 1500;
const saveMs = 2000;
const readMs = 1000;
const drainMs = 8000;
const recordsPerRead = 5;

interface Reading {
  readonly shardId: string;
  readonly stop: AbortController;
  /** Set once acks no longer count. */
  isLost: boolean;
  /** Index of the next record. */
  next: number;
  unconfirmed: number;
  /** Sequence number of the last one up to which all are confirmed. */
  confirmed: number | undefined;
  saved: number | undefined;
}

export interface WorkerOptions {
  readonly id: string;
  readonly rate?: number;
  readonly offsetMs?: number;
  readonly wallOffsetMs?: number;
}

export class ModelWorker implements Host {
  readonly id: string;
  readonly rate: number;
  readonly offsetMs: number;
  wallOffsetMs: number;
  isDead = false;
  isStopping = false;
  pausedUntilMs = 0;
  /** The receiver accepts nothing until then. Records that were handed on wait in the output, even if the lease moves. */
  stalledUntilMs = 0;
  readonly keeper: LeaseKeeper;
  readonly #model: FleetModel;
  readonly #clock;
  readonly #readings = new Map<string, Reading>();
  readonly #outbox: { readonly reading: Reading; readonly number: number }[] = [];
  #isSending = false;
  readonly #alive = new AbortController();

  constructor(model: FleetModel, { id, rate = 1, offsetMs = 0, wallOffsetMs = 0 }: WorkerOptions) {
    this.id = id;
    setMaxListeners(0, this.#alive.signal);
    this.rate = rate;
    this.offsetMs = offsetMs;
    this.wallOffsetMs = wallOffsetMs;
    this.#model = model;
    this.#clock = model.world.clockOf(this);
    this.keeper = new LeaseKeeper({
      me: id,
      table: model.table.for(id, this),
      leaseMs: model.leaseMs,
      clock: this.#clock,
      random: model.random,
      onFault: () => {},
      onRecovery: () => {},
      listShards: async () => [...model.stream.shards.values()],
      startOf: (startMs) => model.startOf(startMs),
      listener: {
        gained: (lease) => void this.#read(lease),
        drain: (shardId, signal) => this.#drain(shardId, signal),
        lost: (shardId) => this.#forget(shardId),
      },
    });
    this.keeper.start();
  }

  kill(): void {
    this.isDead = true;
  }

  pause(ms: number): void {
    // A pause within another does not end it.
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.#model.world.nowMs + ms);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.keeper.settle();
    await Promise.all([...this.#readings.keys()].map((shardId) => this.#drain(shardId, this.#alive.signal)));
    await this.keeper.stop();
    this.#alive.abort();
    this.isDead = true;
  }

  async #read(lease: Lease): Promise<void> {
    const { stream } = this.#model;
    const { shardId } = lease;
    const next = stream.indexOf(lease);
    const stop = new AbortController();
    const reading = { shardId, stop, isLost: false, next, unconfirmed: 0, confirmed: undefined, saved: undefined };
    this.#readings.set(shardId, reading);
    void this.#saveRepeatedly(reading);
    while (!stop.signal.aborted) {
      await this.keeper.whenHeld(shardId, stop.signal);
      if (await this.#readOnce(reading)) return;
      await this.#clock.sleep(readMs, stop.signal);
    }
  }

  /** Resolves with true at the end of the shard. */
  async #readOnce(reading: Reading): Promise<boolean> {
    const { shardId, stop } = reading;
    const shard = this.#model.stream.get(shardId);
    const until = Math.min(shard.records.length, reading.next + recordsPerRead);
    while (reading.next < until) {
      await this.keeper.whenHeld(shardId, stop.signal);
      if (stop.signal.aborted) return false;
      this.#handOn(reading, firstNumber + reading.next++);
    }
    return shard.isClosed && reading.next === shard.records.length && this.#end(reading);
  }

  #handOn(reading: Reading, number: number): void {
    this.#model.handedOn(this.id, reading.shardId, number);
    reading.unconfirmed++;
    this.#outbox.push({ reading, number });
    if (!this.#isSending) this.#send();
  }

  #send(): void {
    const { world } = this.#model;
    const untilMs = Math.max(this.stalledUntilMs, this.pausedUntilMs);
    this.#isSending = world.nowMs < untilMs;
    if (this.#isSending) world.at(untilMs, () => this.#send());
    else if (!this.isDead) {
      for (const { reading, number } of this.#outbox.splice(0)) {
        this.#model.arrived(reading.shardId, number);
        this.#confirmLater(reading, number, world.nowMs + confirmMs);
      }
    }
  }

  #confirmLater(reading: Reading, number: number, atMs: number): void {
    const { world } = this.#model;
    world.at(atMs, () => {
      if (this.isDead) return;
      if (world.nowMs < this.pausedUntilMs) {
        this.#confirmLater(reading, number, this.pausedUntilMs);
        return;
      }
      this.#model.confirmed(reading.shardId, number);
      reading.unconfirmed--;
      reading.confirmed = number;
    });
  }

  async #end(reading: Reading): Promise<boolean> {
    const { shardId, stop } = reading;
    while (reading.unconfirmed > 0 && !stop.signal.aborted) await this.#clock.sleep(100, stop.signal);
    if (stop.signal.aborted) return false;
    try {
      await this.keeper.end(shardId, {});
      if (!this.keeper.holds(shardId)) this.#forget(shardId);
      return true;
    } catch {
      return false;
    }
  }

  async #saveRepeatedly(reading: Reading): Promise<void> {
    const { signal } = reading.stop;
    while (!signal.aborted) {
      await this.#clock.sleep(saveMs, signal);
      if (!signal.aborted) await this.#save(reading);
    }
  }

  async #save(reading: Reading): Promise<void> {
    const { confirmed } = reading;
    if (confirmed === undefined || confirmed === reading.saved || reading.isLost) return;
    try {
      await this.keeper.save(reading.shardId, String(confirmed), {});
      reading.saved = confirmed;
    } catch {
      // The next attempt.
    }
  }

  async #drain(shardId: string, signal: AbortSignal): Promise<void> {
    const reading = this.#readings.get(shardId);
    if (!reading) return;
    reading.stop.abort();
    const limitMs = this.#clock.monotonic() + drainMs;
    while (reading.unconfirmed > 0 && !signal.aborted && this.#clock.monotonic() < limitMs)
      await this.#clock.sleep(100, signal);
    while (
      !reading.isLost &&
      reading.saved !== reading.confirmed &&
      !signal.aborted &&
      this.#clock.monotonic() < limitMs
    )
      await this.#save(reading);
  }

  #forget(shardId: string): void {
    const reading = this.#readings.get(shardId);
    if (!reading) return;
    reading.isLost = true;
    reading.stop.abort();
    this.#readings.delete(shardId);
  }
}
