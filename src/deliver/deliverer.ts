/**
 * Takes lines and delivers them at least once, in order, until the output confirms them. A fault of the output never reaches a
 * sender: it is reported, and everything unconfirmed is sent again after a pause. A started deliverer keeps the process alive
 * while it has unconfirmed lines, and during a flush or a close. While idle it does not, unless the sleeps of its clock do.
 */

import { setMaxListeners } from 'node:events';
import { startDeadline } from '../deadline.js';
import type { Delivery, GrowingDelivery } from '../delivery.js';
import { OutputClosedError } from '../errors.js';
import type { OutputStats } from '../output-stats.js';
import { orAtAbort } from '../waiters.js';
import type { OpenChannel } from './channel.js';
import { KeepAlive } from './keep-alive.js';
import { Outbox, type OutboxLimits } from './outbox.js';
import { OutputFaults, type OutputFaultsOptions } from './output-faults.js';
import { type Confirm, SessionRunner } from './session-runner.js';

export interface DelivererOptions extends OutputFaultsOptions {
  readonly open: OpenChannel;
  readonly confirm: Confirm;
  readonly limits: OutboxLimits;
  /** Called once when the output is permanently closed; unconfirmed lines have then been abandoned. */
  readonly onClosed: (error: OutputClosedError) => void;
}

/** For a write in progress when a close ends. */
const graceMs = 500;

/** Longest pause between two attempts during a close, which has little time. */
const closingRetryMs = 1000;

export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #outbox: Outbox;
  readonly #stop = new AbortController();
  /** Aborts when a close or a reopen begins, so that neither waits for a long pause to end. */
  #hurry = new AbortController();
  #running: Promise<void> | undefined;
  #closing: Promise<boolean> | undefined;
  readonly #faults: OutputFaults;
  readonly #sessions: SessionRunner;
  /** Number of flushes and closes that wait. */
  #waits = 0;
  readonly #keepAlive = new KeepAlive();

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.limits, () => options.clock.monotonic());
    this.#faults = new OutputFaults(options);
    this.#sessions = new SessionRunner({
      ...options,
      outbox: this.#outbox,
      faults: this.#faults,
      onConfirmed: () => this.#holdProcess(),
      signal: this.#stop.signal,
    });
    // One listener for each flush that waits.
    setMaxListeners(0, this.#stop.signal);
  }

  get stats(): OutputStats {
    return {
      isConnected: this.#sessions.isConnected,
      delivered: this.#outbox.delivered,
      resent: this.#sessions.resent,
      buffered: this.#outbox.size,
      maxBufferedLines: this.#options.limits.maxLines,
      memory: { bytes: this.#outbox.heldBytes, maxBytes: this.#options.limits.maxBytes },
      confirmedAgeMs: this.#outbox.confirmedAgeMs,
      oldestAgeMs: this.#outbox.oldestAgeMs,
    };
  }

  get hasRoom(): boolean {
    return this.#outbox.hasRoom;
  }

  /** Opens the output. Lines taken before wait until then. More calls do nothing. */
  start(): void {
    if (!this.#stop.signal.aborted) this.#running ??= this.#run();
    this.#holdProcess();
  }

  /** Takes lines for delivery. Never throws; after a stop the lines are abandoned at once. */
  send(delivery: Delivery): void {
    if (this.#stop.signal.aborted) delivery.settle('abandoned');
    else {
      this.#outbox.add(delivery);
      this.#holdProcess();
    }
  }

  /** Adds lines to the delivery that was sent last. Returns false if that is too late, or if the delivery cannot take them. */
  grow<Piece>(delivery: GrowingDelivery<Piece>, piece: Piece): boolean {
    return this.#outbox.grow(delivery, piece);
  }

  /** Resolves when there is room for more lines, or when the signal aborts. Senders of streams wait for it. */
  whenRoom(signal: AbortSignal): Promise<void> {
    return this.#outbox.whenRoom(signal);
  }

  /**
   * Asks the output to confirm now. Resolves with true when everything taken so far is confirmed; with false if time runs out
   * or the output is closed.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    using deadline = startDeadline(this.#options.clock, timeoutMs, this.#stop.signal);
    this.#wait(1);
    const isConfirmed = await this.#outbox.whenConfirmed(deadline.signal);
    this.#wait(-1);
    return isConfirmed;
  }

  /**
   * Replaces the connection by a new one, which reads the certificates again, or opens the file at its path again. No line is
   * lost or sent again. An output that pauses after a fault is retried at once.
   */
  reopen(): void {
    this.#sessions.reopen();
    this.#hurry.abort();
    this.#hurry = new AbortController();
  }

  /**
   * Waits for confirmations, then closes the output; lines that are unconfirmed by then are abandoned. Resolves with true if
   * none were. More calls return the same promise.
   */
  close(timeoutMs: number): Promise<boolean> {
    this.#closing ??= this.#close(timeoutMs);
    this.#hurry.abort();
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#options;
    this.#wait(1);
    using deadline = startDeadline(clock, timeoutMs, this.#stop.signal);
    // Includes lines that are sent during the wait.
    while (this.#running && !this.#outbox.isConfirmed && !deadline.signal.aborted) {
      await this.#outbox.whenConfirmed(deadline.signal);
    }
    this.#stop.abort();
    // A write to a file system that hangs cannot be ended; its late result is ignored.
    using grace = startDeadline(clock, graceMs);
    if (this.#running) await orAtAbort(this.#running, grace.signal, undefined);
    this.#abandon();
    this.#wait(-1);
    return this.#outbox.isConfirmed;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const error = await this.#sessions.run();
      if (error instanceof OutputClosedError) return this.#giveUp(error);
      if (error) await this.#pauseAfter(error);
      // The receiver closed an unused connection: no fault, and no need to reopen at once.
      else if (this.#outbox.isEmpty) await this.#outbox.whenChanged(signal);
    }
  }

  async #pauseAfter(error: unknown): Promise<void> {
    const longestMs = this.#closing ? closingRetryMs : Number.POSITIVE_INFINITY;
    const retryMs = this.#faults.failed(error, this.#sessions.fruitless, longestMs);
    await this.#options.clock.sleep(retryMs, this.#closing ? this.#stop.signal : this.#hurry.signal);
  }

  #giveUp(error: OutputClosedError): void {
    this.#stop.abort();
    this.#abandon();
    this.#options.onClosed(error);
  }

  #abandon(): void {
    this.#outbox.abandon();
    this.#holdProcess();
  }

  #wait(change: 1 | -1): void {
    this.#waits += change;
    this.#holdProcess();
  }

  #holdProcess(): void {
    this.#keepAlive.set(this.#waits > 0 || (this.#running !== undefined && !this.#outbox.isEmpty));
  }
}
