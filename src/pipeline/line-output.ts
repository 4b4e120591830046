/**
 * The destination of lines: an output of the settings, with its formatter and its limit on line length. It may be released at
 * any time. The next delivery opens it again, after the earlier lines are delivered.
 */
import type { Clock } from '../clock.js';
import type { Deliverer } from '../deliver/deliverer.js';
import type { Delivery, GrowingDelivery } from '../delivery.js';
import type { ReportFault, ReportRecovery } from '../faults.js';
import type { LineFormatter } from '../line-format.js';
import type { OutputStats } from '../output-stats.js';
import { addOutputs, noOutput } from '../report/stats.js';
import type { OutputSettings } from '../settings/settings.js';
import { createDeliverer, createFormatter, maxLineBytesOf, toReceiver } from './open-output.js';

export interface LineOutputOptions {
  readonly clock: Clock;
  /** Whether nothing opens before `start`. */
  readonly isHeld: boolean;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  /** The output is permanently closed. */
  readonly onClosed: (error: { readonly message: string; readonly isFault: boolean }) => void;
}

export class LineOutput {
  readonly formatLine: LineFormatter;
  /** Longest line that it allows. */
  readonly maxLineBytes: number;
  /** Names the receiver of the lines, such as `snare.example.com:6161`. */
  readonly receiver: string;
  readonly #create: () => Deliverer;
  #isHeld: boolean;
  #deliverer: Deliverer | undefined;
  /** Deliverers that still deliver their lines, and then close. */
  readonly #releasing = new Set<Deliverer>();
  /** Totals of closed deliverers, so that numbers never decrease. */
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

  /** Adds lines to the delivery that was sent last. Returns false if that is too late, or if the delivery cannot take them. */
  grow<Piece>(delivery: GrowingDelivery<Piece>, piece: Piece): boolean {
    return this.#deliverer?.grow(delivery, piece) ?? false;
  }

  start(): void {
    this.#isHeld = false;
    this.#deliverer ??= this.#open();
    this.#deliverer.start();
  }

  /** See `Deliverer.reopen`. A released output opens with the next delivery anyway. */
  reopen(): void {
    this.#deliverer?.reopen();
  }

  /** Resolves with true when everything sent so far is confirmed, with false after `timeoutMs` milliseconds. */
  async flush(timeoutMs: number): Promise<boolean> {
    return (await this.#deliverer?.flush(timeoutMs)) ?? true;
  }

  /**
   * Delivers the pending lines within `timeoutMs` milliseconds, and closes the output. Resolves with true if all are confirmed.
   */
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
    // Lines of an earlier deliverer go first.
    if (!this.#isHeld) void this.#closing.then(() => deliverer.start());
    return deliverer;
  }
}
