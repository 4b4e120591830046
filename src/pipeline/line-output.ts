/**
 * A deliverer that may be let go at any time, since winston closes a transport whenever a logger lets go of it, and that the
 * next delivery opens again. One that was let go delivers what it has before the next one begins.
 */
import type { Deliverer } from '../deliver/deliverer.js';
import type { Delivery } from '../delivery.js';
import type { OutputStats } from '../output-stats.js';
import { addOutputs, noOutput } from '../report/stats.js';

export class ReopeningDeliverer {
  readonly #create: () => Deliverer;
  #isHeld: boolean;
  #deliverer: Deliverer | undefined;
  /** Deliverers that still deliver what they have, and then close. */
  readonly #releasing = new Set<Deliverer>();
  /** Of deliverers that were closed, so that numbers never go back. */
  #past: OutputStats = noOutput;
  #closing: Promise<boolean> = Promise.resolve(true);

  /**
   * @param create gives one that is not started
   * @param isHeld whether nothing is opened before `start`
   */
  constructor(create: () => Deliverer, isHeld: boolean) {
    this.#create = create;
    this.#isHeld = isHeld;
  }

  get stats(): OutputStats {
    const deliverers = [...this.#releasing, ...(this.#deliverer ? [this.#deliverer] : [])];
    return deliverers.reduce((sum, { stats }) => addOutputs(sum, stats), this.#past);
  }

  /** False while the queue is full. */
  get hasRoom(): boolean {
    return this.#deliverer?.hasRoom ?? true;
  }

  /** Resolves when there is room in the queue, or when the signal aborts. */
  async whenRoom(signal: AbortSignal): Promise<void> {
    await this.#deliverer?.whenRoom(signal);
  }

  send(delivery: Delivery): void {
    this.#deliverer ??= this.#open();
    this.#deliverer.send(delivery);
  }

  start(): void {
    this.#isHeld = false;
    this.#deliverer ??= this.#open();
    this.#deliverer.start();
  }

  /** See `Deliverer.reopen`. What opens with the next delivery does so then. */
  reopen(): void {
    this.#deliverer?.reopen();
  }

  /** Resolves with true when everything sent so far is confirmed, with false after `timeoutMs` milliseconds. */
  async flush(timeoutMs: number): Promise<boolean> {
    return (await this.#deliverer?.flush(timeoutMs)) ?? true;
  }

  /** Delivers what there is and lets the output go. */
  release(timeoutMs: number): Promise<boolean> {
    const deliverer = this.#deliverer;
    if (!deliverer) return this.#closing;
    this.#deliverer = undefined;
    this.#releasing.add(deliverer);
    const closed = this.#closing.then(async () => {
      if (!this.#isHeld) deliverer.start();
      const isFlushed = await deliverer.close(timeoutMs);
      this.#past = addOutputs(this.#past, deliverer.stats);
      this.#releasing.delete(deliverer);
      return isFlushed;
    });
    this.#closing = Promise.all([this.#closing, closed]).then((results) => results.every(Boolean));
    return this.#closing;
  }

  #open(): Deliverer {
    const deliverer = this.#create();
    // What an earlier one still delivers goes first.
    if (!this.#isHeld) void this.#closing.then(() => deliverer.start());
    return deliverer;
  }
}
