/**
 * Reads a shard by enhanced fan-out: AWS sends its records over a connection of its own, with 2 MB a second that no other reader
 * shares. A subscription ends after five minutes, and the next one continues behind it.
 */
import type { AwsTime } from '../aws/aws-clock.js';
import { AwsError } from '../aws/error.js';
import { abortable, abortWith } from '../waiters.js';
import { sumBytes } from './api.js';
import type { FanOutApi, SubscriptionEvent } from './fan-out-api.js';
import type { FanOutConsumer } from './fan-out-consumer.js';
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
}

export class Subscription implements ShardResponses {
  readonly #options: SubscriptionOptions;
  readonly #place: ShardPlace;
  #open: Open | undefined;
  /** When AWS allows the next subscription. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Behind the last event, whose records may not all be handed on yet. */
  #continuation: string | undefined;
  /** Everything that Kinesis received before this time came with an event. */
  #sentUntilMs = 0;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#place = new ShardPlace(options);
  }

  async wait(): Promise<void> {
    const { clock, signal } = this.#options;
    const ms = this.#open ? 0 : this.#notBeforeMs - clock.monotonic();
    if (ms > 0) await clock.sleep(ms, signal);
  }

  async next(room: ResponseRoom): Promise<ShardResponse> {
    // The caller is back, so the records of the last event were handed on. An idle shard moves on only in this way.
    if (this.#continuation !== undefined) this.#place.moveBehind(this.#continuation);
    this.#continuation = undefined;
    for (;;) {
      this.#open ??= await this.#subscribe();
      const event = await this.#nextEvent(this.#open);
      if (event) {
        this.#open.events++;
        const { records, continuation, hasChildren, millisBehindLatest } = event;
        this.#continuation = continuation;
        const bytes = sumBytes(records);
        await room.admit(bytes, bytes);
        const isLast = continuation === undefined;
        return { records, isLast, hasChildren, millisBehindLatest, askedMs: this.#sentUntilMs };
      }
      // Something on the way may end each of them at once, and then nothing would ever arrive.
      if (this.#open.events === 0) throw endedEmpty();
      this.close();
      await this.wait();
    }
  }

  moveBehind(sequenceNumber: string): void {
    this.#place.moveBehind(sequenceNumber);
  }

  failed({ kind }: AwsError): void {
    this.close();
    // Someone may have registered it anew, which gives it another ARN.
    if (kind === 'not-found') this.#options.consumer.forget();
  }

  /** Without the abort, AWS would keep sending. */
  close(): void {
    this.#open?.abort.abort();
    this.#open?.release();
    this.#open = undefined;
    this.#continuation = undefined;
  }

  async #subscribe(): Promise<Open> {
    const { api, consumer, shardId, clock, random, signal } = this.#options;
    const abort = new AbortController();
    const release = abortWith(abort, [signal]);
    const sinceMs = clock.monotonic();
    this.#notBeforeMs = sinceMs + betweenMs + jitterMs * random();
    this.#sentUntilMs = clock.nowAtLeast();
    const subscribe = async () => {
      const arn = await consumer.find();
      return this.#place.request((position) => api.subscribe(arn, shardId, position, abort.signal));
    };
    try {
      const iterator = await this.#within(maxConnectMs, 'no answer to SubscribeToShard', abort, subscribe);
      return { iterator, abort, release, sinceMs, events: 0 };
    } catch (error) {
      abort.abort();
      release();
      throw error;
    }
  }

  /** Resolves with undefined at the end of the subscription. */
  async #nextEvent({ iterator, abort, sinceMs }: Open): Promise<SubscriptionEvent | undefined> {
    const { clock, signal } = this.#options;
    const fromMs = clock.monotonic();
    const askedMs = clock.nowAtLeast();
    try {
      const { value } = await this.#within(maxSilenceMs, 'no event of the subscription', abort, () => iterator.next());
      // An event that waited here, while records were handed on, says nothing about the time since then.
      if (clock.monotonic() - fromMs >= awaitedMs) this.#sentUntilMs = askedMs - maxSilenceMs;
      return value;
    } catch (error) {
      // The connection may be cut a little before the end, or before what it left behind was read.
      const isOver = clock.monotonic() - sinceMs >= lifeMs - betweenMs;
      if (isOver && !signal.aborted && error instanceof AwsError && error.kind === 'transient') return undefined;
      throw error;
    }
  }

  /** Ends the subscription if the work takes longer. */
  async #within<Result>(
    ms: number,
    what: string,
    abort: AbortController,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { clock } = this.#options;
    const done = new AbortController();
    let isLate = false;
    void clock.sleep(ms, done.signal).then(() => {
      if (done.signal.aborted) return;
      isLate = true;
      abort.abort();
    });
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

function endedEmpty(): AwsError {
  const message = 'a subscription that ended before its first event';
  return new AwsError('transient', 'SubscriptionEnded', message, { cause: undefined });
}

function toAborted(error: unknown): AwsError {
  return new AwsError('transient', 'AbortError', 'the subscription was ended', { cause: error });
}
