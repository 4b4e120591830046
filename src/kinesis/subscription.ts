/**
 * Reads a shard by enhanced fan-out: AWS sends its records over a connection of its own, with 2 MB a second that no other reader
 * shares. A subscription ends after five minutes, and the next one continues behind it.
 */
import type { AwsTime } from '../aws/aws-clock.js';
import { AwsError } from '../aws/error.js';
import type { BackoffLimits } from '../backoff.js';
import { abortable, abortWith } from '../waiters.js';
import type { AdmitEvent } from './admit-events.js';
import type { FanOutApi, SubscriptionEvent } from './fan-out-api.js';
import type { FanOutConsumer } from './fan-out-consumer.js';
import { backoffAfter } from './plan-limit.js';
import type { ResponseRoom } from './response-room.js';
import { ShardPlace, type ShardPlaceOptions } from './shard-place.js';
import type { ShardResponse, ShardResponses } from './shard-responses.js';

export interface SubscriptionOptions extends ShardPlaceOptions {
  readonly api: Pick<FanOutApi, 'subscribe'>;
  readonly consumer: FanOutConsumer;
  readonly shardId: string;
  readonly clock: AwsTime;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * AWS refuses a second subscription of a consumer to a shard within five seconds
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html).
 */
const betweenMs = 5_000;
const jitterMs = 1_000;
/** AWS ends a subscription after this time. */
const lifeMs = 5 * 60_000;
/** AWS sends events without records to an idle shard every few seconds. The Kinesis Client Library waits this long as well. */
const maxSilenceMs = 60_000;
/** A shorter remainder of a limit would be watched over and over while there is no room. */
const leastWatchMs = 1_000;
/** Longest wait for AWS to accept a subscription. */
const maxConnectMs = 30_000;
/** An event that was waited for this long did not lie in the memory of this machine. */
const awaitedMs = 500;

interface Open {
  readonly iterator: AsyncIterator<SubscriptionEvent, undefined>;
  readonly abort: AbortController;
  readonly release: () => void;
  readonly sinceMs: number;
  events: number;
  /** When the last event was taken; before the first one, when the subscription was requested. */
  takenMs: number;
  /** How long nothing was taken, in all. What was held up meanwhile may still come one event at a time. */
  heldMs: number;
  /** Its last event said that nothing follows, which the reader judges. */
  isLast: boolean;
}

export class Subscription implements ShardResponses {
  readonly #options: SubscriptionOptions;
  readonly #place: ShardPlace;
  #open: Open | undefined;
  /** Behind the last event, whose records may not all be handed on yet. */
  #continuation: string | undefined;
  /** Everything that Kinesis received before this time came with an event. */
  #sentUntilMs = 0;
  /** Subscriptions in a row that ended before their time. */
  #earlyEnds = 0;
  /** For the event that comes next. */
  #room: ResponseRoom | undefined;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#place = new ShardPlace(options);
  }

  async wait(): Promise<void> {
    const { consumer, shardId, clock, signal } = this.#options;
    const ms = this.#open ? 0 : consumer.delayMs(shardId, clock.monotonic());
    if (ms > 0) await clock.sleep(ms, signal);
  }

  async next(room: ResponseRoom): Promise<ShardResponse> {
    // The caller is back, so the records of the last event were handed on. An idle shard moves on only in this way.
    if (this.#continuation !== undefined) this.#place.moveBehind(this.#continuation);
    this.#continuation = undefined;
    this.#room = room;
    for (;;) {
      this.#open ??= await this.#subscribe();
      const event = await this.#nextEvent(this.#open);
      if (event) {
        this.#open.events++;
        const isLast = event.continuation === undefined;
        this.#open.isLast = isLast;
        const { records, continuation, hasChildren, millisBehindLatest } = event;
        this.#continuation = continuation;
        return { records, isLast, hasChildren, millisBehindLatest, askedMs: this.#sentUntilMs };
      }
      this.#checkEnd(this.#open);
      this.close();
      // What was admitted of the subscription that ended does not come any more, and others may wait for its room.
      room.leave();
      await this.wait();
    }
  }

  moveBehind(sequenceNumber: string): void {
    this.#place.moveBehind(sequenceNumber);
  }

  failed({ kind, code }: AwsError): BackoffLimits {
    const { consumer, shardId, clock } = this.#options;
    this.close();
    if (code === 'ResourceInUseException') this.#recordSubscription();
    // A consumer that is registered again has another ARN.
    if (kind === 'not-found') consumer.forget();
    const limits = backoffAfter(kind);
    // The wait is at least half of the base.
    const leastMs = 2 * consumer.delayMs(shardId, clock.monotonic());
    return { baseMs: Math.max(limits.baseMs, leastMs), maxMs: Math.max(limits.maxMs, leastMs) };
  }

  /** Without the abort, AWS would keep sending. */
  close(): void {
    this.#open?.abort.abort();
    this.#open?.release();
    this.#open = undefined;
    this.#continuation = undefined;
  }

  async #subscribe(): Promise<Open> {
    const { api, consumer, shardId, clock, signal } = this.#options;
    const abort = new AbortController();
    const release = abortWith(abort, [signal]);
    const sinceMs = clock.monotonic();
    this.#sentUntilMs = Math.max(this.#sentUntilMs, clock.nowAtLeast());
    const what = 'no answer to SubscribeToShard';
    try {
      const iterator = await this.#place.request((position) =>
        this.#within(maxConnectMs, what, abort, async () => {
          const events = await api.subscribe(await consumer.find(), shardId, position, abort.signal, this.#admit);
          this.#recordSubscription();
          return events;
        }),
      );
      return { iterator, abort, release, sinceMs, events: 0, takenMs: sinceMs, heldMs: 0, isLast: false };
    } catch (error) {
      abort.abort();
      release();
      throw error;
    }
  }

  #recordSubscription(): void {
    const { consumer, shardId, clock, random } = this.#options;
    consumer.recordSubscription(shardId, clock.monotonic() + betweenMs + jitterMs * random());
  }

  /** Resolves with undefined at the end of the subscription. */
  async #nextEvent(open: Open): Promise<SubscriptionEvent | undefined> {
    const { clock, signal } = this.#options;
    const fromMs = clock.monotonic();
    const askedMs = clock.nowAtLeast();
    const waitedMs = this.#waitedMs;
    open.heldMs += fromMs - open.takenMs;
    try {
      const { value } = await this.#within(maxSilenceMs, 'no event of the subscription', open.abort, () =>
        open.iterator.next(),
      );
      open.takenMs = clock.monotonic();
      open.heldMs += this.#waitedMs - waitedMs;
      if (open.takenMs - fromMs >= awaitedMs) {
        this.#sentUntilMs = Math.max(this.#sentUntilMs, askedMs - maxSilenceMs - open.heldMs);
      }
      return value;
    } catch (error) {
      // The connection may be cut a little before the end, or before what it left behind was read.
      const isOver = this.#isOver(open) && !signal.aborted;
      if (isOver && error instanceof AwsError && error.kind === 'transient') return undefined;
      throw error;
    }
  }

  /** Whether AWS ends the subscription at about this time. */
  #isOver({ sinceMs }: Open): boolean {
    return this.#options.clock.monotonic() - sinceMs >= lifeMs - betweenMs;
  }

  /**
   * AWS ends a subscription early now and then. But something on the way may end each of them, and then little or nothing
   * arrives. Throws an `AwsError` for that.
   */
  #checkEnd(open: Open): void {
    if (open.isLast) return;
    this.#earlyEnds = this.#isOver(open) ? 0 : this.#earlyEnds + 1;
    // If it was over, no event means that the first one waited for room until then.
    if (this.#earlyEnds === 0 || (this.#earlyEnds === 1 && open.events > 0)) return;
    const message = 'a subscription that ended before its five minutes';
    throw new AwsError('transient', 'SubscriptionEnded', message, { cause: undefined });
  }

  readonly #admit: AdmitEvent = async (bytes) => ((await this.#room?.admit(bytes, bytes)) ?? 0) > 0;

  get #waitedMs(): number {
    return this.#room?.waitedMs ?? 0;
  }

  /** Ends the subscription if the work takes longer, without the time in which there is no room. */
  async #within<Result>(
    ms: number,
    what: string,
    abort: AbortController,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { clock } = this.#options;
    const done = new AbortController();
    let isLate = false;
    const watch = async () => {
      for (let leftMs = ms; leftMs > 0; ) {
        const waitedMs = this.#waitedMs;
        await clock.sleep(Math.max(leftMs, leastWatchMs), done.signal);
        if (done.signal.aborted) return;
        leftMs = this.#waitedMs - waitedMs;
      }
      isLate = true;
      abort.abort();
    };
    void watch();
    try {
      return await abortable(work(), abort.signal);
    } catch (error) {
      if (!isLate) throw error instanceof AwsError ? error : toAborted(error);
      throw new AwsError('transient', 'SubscriptionSilent', `${what} within ${ms / 1000} s`, { cause: error });
    } finally {
      done.abort();
    }
  }
}

function toAborted(error: unknown): AwsError {
  return new AwsError('transient', 'AbortError', 'the subscription was ended', { cause: error });
}
