/**
 * Sends lines over a chain of connections, each ended to learn that the receiver read what went through it. The next
 * connection is open before the last one is ended, so that the flow never stops for a confirmation. Any failure ends the
 * session; whatever it did not confirm is the caller's to send again.
 */
import type { Clock } from '../clock.js';
import type { Channel, OpenChannel } from './channel.js';
import { joinPayloads } from './delivery.js';
import { HeldEnds } from './held-ends.js';
import type { Outbox } from './outbox.js';
import { type ConnectionState, planRotation, type RotationLimits } from './plan-rotation.js';

export interface ClosedSessionOptions {
  readonly outbox: Outbox;
  readonly open: OpenChannel;
  readonly clock: Clock;
  readonly limits: RotationLimits;
  /** Send one delivery and nothing more before it is confirmed: for a receiver that has not confirmed for a while. */
  readonly isTrial: boolean;
  /** Called when the first connection is open. */
  readonly onOpen: () => void;
  /** Called when deliveries were confirmed. */
  readonly onProgress: () => void;
  readonly signal: AbortSignal;
}

/** Bytes of one write; large enough to make the cost of a write small, small enough to notice a rotation in time. */
const writeBytes = 512 * 1024;

/**
 * Silence before a half-close. A receiver's FIN that crosses our last bytes looks like a good end; after a pause of this
 * length no such crossing was seen on a queued link.
 */
const quietMs = 200;

interface Connection {
  readonly channel: Channel;
  deliveries: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

/** Returns when the signal aborts or the receiver closed while nothing was in flight; rejects at any failure. */
export async function runClosedSession(options: ClosedSessionOptions): Promise<void> {
  const session = new ClosedSession(options);
  await session.run();
}

class ClosedSession {
  readonly #options: ClosedSessionOptions;
  readonly #held: HeldEnds;
  readonly #channels = new Set<Channel>();
  readonly #over = new AbortController();
  /** The connection that takes lines. */
  #current: Connection | undefined;
  #failure: { readonly error: unknown; readonly channel: Channel } | undefined;
  /** Deliveries that a trial may still send. */
  #allowance: number;
  #wake = () => {};

  constructor(options: ClosedSessionOptions) {
    this.#options = options;
    this.#held = new HeldEnds(options.limits.confirmHoldMs);
    this.#allowance = options.isTrial ? 1 : Number.POSITIVE_INFINITY;
  }

  async run(): Promise<void> {
    const { signal, onOpen } = this.#options;
    const cut = () => this.#cut();
    signal.addEventListener('abort', cut);
    try {
      this.#current = await this.#connect();
      onOpen();
      while (!signal.aborted && !this.#failure) this.#current = await this.#step(this.#current);
      if (this.#failure && !this.#isUnused(this.#failure.channel)) throw this.#failure.error;
    } catch (error) {
      if (!signal.aborted) throw this.#failure?.error ?? error;
    } finally {
      signal.removeEventListener('abort', cut);
      this.#over.abort();
      this.#cut();
    }
  }

  /** Rotates, writes or waits, and returns the connection that takes lines from then on. */
  async #step(current: Connection): Promise<Connection> {
    const { outbox, limits, signal, clock } = this.#options;
    const plan = planRotation(this.#state(current), limits);
    if (plan.type === 'rotate') {
      const next = await this.#connect();
      void this.#end(current);
      return next;
    }
    if (outbox.waiting > 0 && this.#allowance > 0) {
      await this.#write(current);
      return current;
    }
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const wait = AbortSignal.any([signal, woken.signal]);
    if (plan.ms !== undefined) void clock.sleep(plan.ms, wait).then(this.#wake);
    await outbox.whenChanged(wait);
    woken.abort();
    return current;
  }

  async #connect(): Promise<Connection> {
    const { open, signal } = this.#options;
    const channel = await open(AbortSignal.any([signal, this.#over.signal]));
    this.#channels.add(channel);
    void channel.failure.then((error) => {
      // A channel that is ending reports through its end.
      if (this.#current?.channel === channel) this.#fail(error, channel);
    });
    return { channel, deliveries: 0, bytes: 0, firstMs: 0, lastMs: 0 };
  }

  async #write(connection: Connection): Promise<void> {
    const { outbox, clock } = this.#options;
    const batch = outbox.take(writeBytes, this.#allowance);
    this.#allowance -= batch.length;
    await connection.channel.write(joinPayloads(batch));
    connection.lastMs = clock.monotonic();
    if (connection.deliveries === 0) connection.firstMs = connection.lastMs;
    connection.deliveries += batch.length;
    for (const { bytes } of batch) connection.bytes += bytes;
  }

  /** Ends a connection that takes no more lines, and confirms what its end proves. */
  async #end({ channel, deliveries }: Connection): Promise<void> {
    const { clock, outbox, onProgress } = this.#options;
    const ended = this.#held.begin(deliveries);
    try {
      if (deliveries > 0) await clock.sleep(quietMs, this.#over.signal);
      await channel.end();
      // After a failure everything is sent again; an end that comes later must not confirm what is by then another line.
      if (this.#failure || this.#over.signal.aborted) return;
      ended(clock.monotonic());
      const confirmed = this.#held.takeConfirmed();
      if (confirmed > 0) {
        this.#allowance = Number.POSITIVE_INFINITY;
        outbox.confirm(confirmed);
        onProgress();
      }
      this.#wake();
    } catch (error) {
      this.#fail(error, channel);
    } finally {
      this.#channels.delete(channel);
    }
  }

  #state(current: Connection): ConnectionState {
    const { outbox, clock } = this.#options;
    const nowMs = clock.monotonic();
    const { heldSinceMs, ending } = this.#held;
    return {
      deliveries: current.deliveries,
      bytes: current.bytes,
      ageMs: nowMs - current.firstMs,
      idleMs: nowMs - current.lastMs,
      waiting: this.#allowance > 0 ? outbox.waiting : 0,
      isPressed: outbox.isPressed,
      ending,
      heldMs: heldSinceMs === undefined ? undefined : nowMs - heldSinceMs,
    };
  }

  #fail(error: unknown, channel: Channel): void {
    this.#failure ??= { error, channel };
    this.#cut();
    this.#wake();
  }

  /** Destroys every connection; a write to a receiver that no longer reads ends only so. */
  #cut(): void {
    for (const channel of this.#channels) channel.destroy();
  }

  /** Whether the close of the channel cost nothing: no line is on it, and none waits for a confirmation. */
  #isUnused(channel: Channel): boolean {
    const isEmpty = this.#current?.channel === channel && this.#current.deliveries === 0;
    return isEmpty && this.#held.ending === 0 && this.#held.heldSinceMs === undefined;
  }
}
