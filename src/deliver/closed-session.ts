/**
 * Sends lines over a chain of connections. Each is ended to learn that the receiver read its lines. The next connection is
 * opened before the current one is ended, so that sending never pauses for a confirmation. Any failure ends the session; the
 * caller sends everything unconfirmed again.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import type { Channel, OpenChannel } from './channel.js';
import { ConfirmedEnds } from './confirmed-ends.js';
import { gatherPayloads } from './join-payloads.js';
import type { Outbox } from './outbox.js';
import { type ConnectionState, planRotation, type RotationLimits } from './plan-rotation.js';
import type { SendWindow } from './send-window.js';
import type { Session } from './session.js';

export interface ClosedSessionOptions {
  readonly outbox: Outbox;
  readonly open: OpenChannel;
  readonly clock: Clock;
  readonly limits: RotationLimits;
  /** Limits the unconfirmed bytes in flight; it may grow while the session runs. */
  readonly window: SendWindow;
  /** Called when the first connection is open. */
  readonly onOpen: () => void;
  /** Called when deliveries were confirmed, with their bytes. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Bytes per write: large enough to make writes cheap, small enough to rotate in time. */
const writeBytes = 512 * 1024;

/**
 * Silence before a half-close. A receiver's FIN that crosses our last bytes looks like a good end; after a pause of this
 * length, tests on a queued link saw no such crossing.
 */
const quietMs = 200;

/** A reason, because an abort without one makes an error with its stack. */
const WOKEN = 'There is something to do';

interface Connection {
  readonly channel: Channel;
  deliveries: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

/** `run` resolves when the signal aborts, or when the receiver closes while the outbox is empty; it rejects on any failure. */
export class ClosedSession implements Session {
  readonly #options: ClosedSessionOptions;
  readonly #ends: ConfirmedEnds;
  readonly #channels = new Set<Channel>();
  /** Aborts on a stop and on the first failure. */
  readonly #over = new AbortController();
  #failure: { readonly error: unknown } | undefined;
  /** The current connection has to be replaced. */
  #isStale = false;
  #wake = () => {};

  constructor(options: ClosedSessionOptions) {
    this.#options = options;
    this.#ends = new ConfirmedEnds(options.limits.confirmHoldMs);
  }

  async run(): Promise<void> {
    const { signal, onOpen } = this.#options;
    const cut = () => this.#cut();
    signal.addEventListener('abort', cut);
    if (signal.aborted) cut();
    try {
      let current = await this.#connect();
      onOpen();
      while (!this.#over.signal.aborted) current = await this.#step(current);
    } catch (error) {
      this.#fail(error);
    } finally {
      signal.removeEventListener('abort', cut);
      this.#cut();
    }
    if (this.#failure) throw this.#failure.error;
  }

  reopen(): void {
    this.#isStale = true;
    this.#wake();
  }

  /** Rotates, writes or waits; returns the connection to use next. */
  async #step(current: Connection): Promise<Connection> {
    const { outbox, limits, clock } = this.#options;
    const plan = planRotation(this.#state(current), limits);
    if (plan.type === 'rotate') {
      // Before the connection opens: a change that happens meanwhile requires another one.
      this.#isStale = false;
      const next = await this.#connect();
      void this.#end(current);
      return next;
    }
    if (outbox.waiting > 0 && this.#room > 0) {
      await this.#write(current);
      return current;
    }
    const woken = new AbortController();
    this.#wake = () => woken.abort(WOKEN);
    if (plan.ms !== undefined) void clock.sleep(plan.ms, woken.signal).then(this.#wake);
    await outbox.whenChanged(woken.signal);
    this.#wake();
    // Deliveries added in the same turn of the event loop go out in the same write.
    await yieldToEventLoop();
    return current;
  }

  async #connect(): Promise<Connection> {
    const { open, outbox } = this.#options;
    const channel = await open(this.#over.signal);
    this.#channels.add(channel);
    void channel.failure.then((error) => {
      // With nothing to send and nothing to confirm, the close of an idle connection costs nothing.
      if (outbox.isEmpty) this.#cut();
      else this.#fail(error);
    });
    return { channel, deliveries: 0, bytes: 0, firstMs: 0, lastMs: 0 };
  }

  async #write(connection: Connection): Promise<void> {
    const { outbox, clock } = this.#options;
    const batch = outbox.take(Math.min(writeBytes, this.#room));
    for (const piece of await gatherPayloads(batch)) await connection.channel.write(piece);
    outbox.release(batch);
    connection.lastMs = clock.monotonic();
    if (connection.deliveries === 0) connection.firstMs = connection.lastMs;
    connection.deliveries += batch.length;
    for (const { bytes } of batch) connection.bytes += bytes;
  }

  /** Ends a connection that takes no more lines, and confirms what its end proves. */
  async #end({ channel, deliveries }: Connection): Promise<void> {
    const { clock, outbox, onProgress } = this.#options;
    const ended = this.#ends.begin(deliveries);
    try {
      if (deliveries > 0) await clock.sleep(quietMs, this.#over.signal);
      const askedMs = clock.monotonic();
      await channel.end();
      // After a failure everything is sent again, so a late end must not confirm deliveries that have taken the place of
      // others.
      if (this.#over.signal.aborted) return;
      ended(askedMs, clock.monotonic());
      const confirmed = this.#ends.takeConfirmed();
      if (confirmed > 0) onProgress(outbox.confirm(confirmed));
      this.#wake();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#channels.delete(channel);
    }
  }

  /** Bytes that may be sent before a confirmation. */
  get #room(): number {
    const { window, outbox } = this.#options;
    return window.bytes - outbox.inFlightBytes;
  }

  #state(current: Connection): ConnectionState {
    const { outbox, clock } = this.#options;
    const nowMs = clock.monotonic();
    const { heldSinceMs, ending } = this.#ends;
    return {
      deliveries: current.deliveries,
      bytes: current.bytes,
      ageMs: nowMs - current.firstMs,
      idleMs: nowMs - current.lastMs,
      waiting: this.#room > 0 ? outbox.waiting : 0,
      isPressed: outbox.isPressed,
      isStale: this.#isStale,
      ending,
      heldMs: heldSinceMs === undefined ? undefined : nowMs - heldSinceMs,
    };
  }

  /** Only the first failure counts; the others follow from it, or from a stop. */
  #fail(error: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#failure = { error };
    this.#cut();
  }

  /** Closes every connection at once; nothing else ends a write to a receiver that no longer reads. */
  #cut(): void {
    this.#over.abort();
    for (const channel of this.#channels) channel.destroy();
    this.#wake();
  }
}
