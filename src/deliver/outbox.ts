/**
 * The lines between their senders and the output, oldest first. A cursor separates deliveries in flight from those waiting, so
 * that a failure only moves the cursor back: everything unconfirmed is sent again, in order. The limit is cooperative: `add`
 * never refuses, and senders wait for `whenRoom`.
 */
import type { Delivery, GrowingDelivery } from '../delivery.js';
import type { LineTotals } from '../output-stats.js';
import { Waiters } from '../waiters.js';

export interface OutboxLimits {
  /** Memory for unsettled deliveries: their lines until they are written, then the origin from which to restore them. */
  readonly maxBytes: number;
  readonly maxLines: number;
  /** Memory of a delivery besides its payload and origin: the object, its slot, its sender's closures. Default: 0. */
  readonly deliveryBytes?: number;
}

/** The array is cut after this many settled slots; this keeps removal cheap without retaining settled deliveries. */
const compactAfter = 4096;

const markMs = 250;
const maxMarks = 1024;

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #now: () => number;
  #deliveries: (Delivery | undefined)[] = [];
  /** Invariant: `#head <= #cursor <= #deliveries.length`; [head, cursor) is in flight, [cursor, length) waits. */
  #head = 0;
  #cursor = 0;
  #bytes = 0;
  #lines = 0;
  #inFlightBytes = 0;
  /** Bytes of memory. */
  #held = 0;
  /** Deliveries ever added, and ever delivered. */
  #added = 0;
  #confirmed = 0;
  #delivered = { lines: 0, bytes: 0 };
  /** Some of the additions since the oldest delivery, with their time: the oldest is at most this much older than the first. */
  #marks: { readonly added: number; readonly atMs: number }[] = [];
  #confirmedMs: number | undefined;
  #flushers = 0;
  readonly #roomWaiters = new Waiters();
  readonly #confirmWaiters = new Waiters();
  readonly #changeWaiters = new Waiters();

  /** @param now monotonic time in milliseconds */
  constructor(limits: OutboxLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Memory of everything unsettled, in bytes. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Time since the last confirmation, in milliseconds; undefined before the first. */
  get confirmedAgeMs(): number | undefined {
    return this.#confirmedMs === undefined ? undefined : this.#now() - this.#confirmedMs;
  }

  /** How long the oldest delivery has been here, in milliseconds; undefined if there is none. */
  get oldestAgeMs(): number | undefined {
    const [oldest] = this.#marks;
    return this.isEmpty || !oldest ? undefined : this.#now() - oldest.atMs;
  }

  /** Everything unsettled: in flight and waiting. */
  get size(): LineTotals {
    return { lines: this.#lines, bytes: this.#bytes };
  }

  /** Everything ever delivered. */
  get delivered(): LineTotals {
    return { ...this.#delivered };
  }

  get hasRoom(): boolean {
    return this.#held < this.#limits.maxBytes && this.#lines < this.#limits.maxLines;
  }

  get isEmpty(): boolean {
    return this.#head === this.#deliveries.length;
  }

  /** Whether everything ever added is delivered. */
  get isConfirmed(): boolean {
    return this.#confirmed === this.#added;
  }

  /** Number of deliveries that no connection has taken yet. */
  get waiting(): number {
    return this.#deliveries.length - this.#cursor;
  }

  /** Bytes that a connection has taken and that are unsettled. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** True while something waits for confirmations: a sender without room, a flush or a stop. */
  get isPressed(): boolean {
    return this.#flushers > 0 || !this.hasRoom;
  }

  add(delivery: Delivery): void {
    this.#deliveries.push(delivery);
    this.#added++;
    this.#bytes += delivery.bytes;
    this.#lines += delivery.lines;
    this.#held += this.#weigh(delivery);
    this.#markAge();
    this.#changed();
  }

  /**
   * Lets the newest delivery grow, unless a connection has taken it. Small records thus share a delivery, and one settlement.
   * Returns false if it did not grow.
   */
  grow<Piece>(delivery: GrowingDelivery<Piece>, piece: Piece): boolean {
    if (this.waiting === 0 || this.#deliveries.at(-1) !== delivery) return false;
    const { bytes, lines } = delivery;
    const originBytes = delivery.origin?.bytes ?? 0;
    if (!delivery.add(piece)) return false;
    this.#bytes += delivery.bytes - bytes;
    this.#lines += delivery.lines - lines;
    this.#held += delivery.bytes - bytes + (delivery.origin?.bytes ?? 0) - originBytes;
    return true;
  }

  /** Moves waiting deliveries into flight: at least one if there is any, then as many as fit into `maxBytes`. */
  take(maxBytes: number): readonly Delivery[] {
    const taken: Delivery[] = [];
    let bytes = 0;
    while (this.#cursor < this.#deliveries.length) {
      const delivery = this.#deliveries[this.#cursor] as Delivery;
      if (taken.length > 0 && bytes + delivery.bytes > maxBytes) break;
      taken.push(delivery);
      bytes += delivery.bytes;
      this.#cursor++;
    }
    this.#inFlightBytes += bytes;
    return taken;
  }

  /** These were written: payloads that can be restored are released. */
  release(written: readonly Delivery[]): void {
    for (const delivery of written) {
      if (!delivery.origin || delivery.payload === undefined) continue;
      this.#held -= this.#weigh(delivery);
      delivery.payload = undefined;
      delivery.free?.();
      this.#held += this.#weigh(delivery);
    }
    if (this.hasRoom) this.#roomWaiters.wake();
  }

  /**
   * Settles the oldest `count` deliveries in flight as delivered, and returns their bytes. After `abandon` none is in flight,
   * so a late confirmation settles nothing.
   */
  confirm(count: number): number {
    let bytes = 0;
    for (let left = Math.min(count, this.#cursor - this.#head); left > 0; left--)
      bytes += this.#removeOldest('delivered');
    this.#inFlightBytes -= bytes;
    if (count > 0) this.#forgetAges();
    this.#changed();
    this.#confirmWaiters.wake();
    return bytes;
  }

  /** Puts everything in flight back, to be taken again in the same order. Returns its totals. */
  putBack(): LineTotals {
    let lines = 0;
    let bytes = 0;
    for (let index = this.#head; index < this.#cursor; index++) {
      const delivery = this.#deliveries[index] as Delivery;
      lines += delivery.lines;
      bytes += delivery.bytes;
    }
    this.#cursor = this.#head;
    this.#inFlightBytes = 0;
    return { lines, bytes };
  }

  /** Settles everything as abandoned. */
  abandon(): void {
    this.#cursor = this.#deliveries.length;
    while (!this.isEmpty) this.#removeOldest('abandoned');
    this.#inFlightBytes = 0;
    this.#changed();
  }

  /** Resolves when there is room for one more delivery, or when the signal aborts. */
  async whenRoom(signal: AbortSignal): Promise<void> {
    while (!this.hasRoom && !signal.aborted) await this.#roomWaiters.wait(signal);
  }

  /**
   * Asks for confirmation of everything added so far; later additions do not prolong the wait. Resolves with true when it is
   * delivered, with false if the signal aborts first.
   */
  async whenConfirmed(signal: AbortSignal): Promise<boolean> {
    const added = this.#added;
    if (this.#confirmed >= added) return true;
    this.#flushers++;
    this.#changed();
    try {
      while (this.#confirmed < added && !signal.aborted) await this.#confirmWaiters.wait(signal);
    } finally {
      this.#flushers--;
    }
    return this.#confirmed >= added;
  }

  /** Resolves on the next addition, confirmation or flush, or when the signal aborts. */
  whenChanged(signal: AbortSignal): Promise<void> {
    return this.#changeWaiters.wait(signal);
  }

  /** A time for each delivery would cost memory. */
  #markAge(): void {
    const atMs = this.#now();
    const last = this.#marks.at(-1);
    if (last && atMs - last.atMs < markMs) return;
    this.#marks.push({ added: this.#added, atMs });
    if (this.#marks.length > maxMarks) this.#marks = this.#marks.filter((_, index) => index % 2 === 0);
  }

  /** The first mark that is kept is the last one before the oldest delivery. */
  #forgetAges(): void {
    this.#confirmedMs = this.#now();
    const later = this.#marks.findIndex(({ added }) => added > this.#confirmed + 1);
    const drop = this.isEmpty || later < 0 ? this.#marks.length - (this.isEmpty ? 0 : 1) : later - 1;
    if (drop > 0) this.#marks.splice(0, drop);
  }

  /** Returns its bytes. */
  #removeOldest(outcome: 'delivered' | 'abandoned'): number {
    const delivery = this.#deliveries[this.#head] as Delivery;
    this.#deliveries[this.#head++] = undefined;
    this.#bytes -= delivery.bytes;
    this.#lines -= delivery.lines;
    this.#held -= this.#weigh(delivery);
    if (this.#head >= compactAfter && this.#head * 2 >= this.#deliveries.length) {
      this.#deliveries = this.#deliveries.slice(this.#head);
      this.#cursor -= this.#head;
      this.#head = 0;
    }
    if (outcome === 'delivered') {
      this.#confirmed++;
      this.#delivered.bytes += delivery.bytes;
      this.#delivered.lines += delivery.lines;
      if (delivery.payload !== undefined) delivery.free?.();
    }
    delivery.settle(outcome);
    return delivery.bytes;
  }

  #weigh({ payload, bytes, origin }: Delivery): number {
    return (this.#limits.deliveryBytes ?? 0) + (payload === undefined ? 0 : bytes) + (origin?.bytes ?? 0);
  }

  #changed(): void {
    this.#changeWaiters.wake();
    if (this.hasRoom) this.#roomWaiters.wake();
  }
}
