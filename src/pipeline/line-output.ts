/**
 * Where lines go: an output of the settings, with what makes a line of a row and how long a line may be. It may be released at
 * any time, and the next delivery opens it again; what was sent before the release is delivered first.
 */
import type { Clock } from '../clock.js';
import type { Deliverer } from '../deliver/deliverer.js';
import type { Delivery } from '../delivery.js';
import type { ReportFault } from '../faults.js';
import type { LineFormatter } from '../line-format.js';
import type { OutputStats } from '../output-stats.js';
import { addOutputs, noOutput } from '../report/stats.js';
import type { OutputSettings } from '../settings/settings.js';
import { createDeliverer, createFormatter, maxLineBytesOf, toReceiver } from './open-output.js';

export interface LineOutputOptions {
  readonly clock: Clock;
  /** Whether nothing is opened before `start`. */
  readonly isHeld: boolean;
  readonly onFault: ReportFault;
  readonly onRecovery: () => void;
  /** The output is gone for good. */
  readonly onClosed: (error: { readonly message: string; readonly isFault: boolean }) => void;
}

export class LineOutput {
  readonly formatLine: LineFormatter;
  /** Longest line that it can carry. */
  readonly maxLineBytes: number;
  /** Names the place where lines end up, such as `snare.example.com:6161`. */
  readonly receiver: string;
  readonly #create: () => Deliverer;
  #isHeld: boolean;
  #deliverer: Deliverer | undefined;
  /** Deliverers that still deliver what they have, and then close. */
  readonly #releasing = new Set<Deliverer>();
  /** Of deliverers that were closed, so that numbers never go back. */
  #past: OutputStats = noOutput;
  #closing: Promise<boolean> = Promise.resolve(true);

  constructor(settings: OutputSettings, { isHeld, ...wiring }: LineOutputOptions) {
    this.formatLine = createFormatter(settings);
    this.maxLineBytes = maxLineBytesOf(settings);
    this.receiver = toReceiver(settings);
    this.#create = () => createDeliverer(settings, { ...wiring, random: Math.random });
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

  /** Delivers what there is, within `timeoutMs` milliseconds, and closes the output. Resolves with true when all is confirmed. */
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
