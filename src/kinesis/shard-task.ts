/**
 * The reading of one shard within its stream. Each record is tracked and handed on until it is taken; the end counts once
 * everything is acked. After a failure, a task may run again and then continues after the last record that was taken.
 */
import type { AwsTime } from '../aws/aws-clock.js';
import { describeError } from '../faults.js';
import type { StreamProgress } from '../progress.js';
import type { StreamRecord } from '../record.js';
import { Attempts, type Context, type Failure } from '../retry.js';
import type { ShardPosition } from '../shard-position.js';
import type { ShardStatus } from '../shard-status.js';
import { orAtAbort } from '../waiters.js';
import type { FetchedRecord, KinesisApi } from './api.js';
import type { ByteBudget } from './byte-budget.js';
import type { FanOutApi } from './fan-out-api.js';
import type { FanOutConsumer } from './fan-out-consumer.js';
import { LossWatch, type LossWatchOptions } from './loss-watch.js';
import { backoffAfter } from './plan-limit.js';
import { Poller } from './poller.js';
import type { ShardPlaceOptions } from './shard-place.js';
import { type ResponseSummary, readShard } from './shard-reader.js';
import type { ShardResponses } from './shard-responses.js';
import { Subscription } from './subscription.js';
import { TrackedRecord } from './tracked-record.js';

export type ShardEvent =
  | { readonly type: 'started'; readonly shardId: string; readonly position: ShardPosition }
  | { readonly type: 'ended'; readonly shardId: string }
  /**
   * AWS no longer has the shard, although it was not read to its end. What it received between these times, in milliseconds
   * since 1970, is lost; the first is undefined if nothing of the shard was acked.
   */
  | { readonly type: 'lost'; readonly shardId: string; readonly fromMs: number | undefined; readonly toMs: number }
  /** AWS has dropped records that it received between these times, in milliseconds since 1970, and some were not read. */
  | { readonly type: 'trimmed'; readonly shardId: string; readonly fromMs: number; readonly toMs: number };

export interface ShardTaskOptions extends Context, Pick<LossWatchOptions, 'horizon' | 'isSameStream'> {
  readonly clock: AwsTime;
  readonly api: KinesisApi;
  readonly shardId: string;
  readonly progress: StreamProgress;
  readonly responseBudget: ByteBudget;
  readonly shareBytes: () => number;
  /** If omitted, the shard is polled. */
  readonly fanOut?: { readonly api: FanOutApi; readonly consumer: FanOutConsumer } | undefined;
  readonly maxIdleMs: number;
  readonly recordLimit: () => number;
  /** Records that Kinesis received at or after this time are newer than this run. */
  readonly newMs: number;
  readonly handOn: (record: StreamRecord) => Promise<void> | undefined;
  readonly whenHeld?: (() => Promise<void> | undefined) | undefined;
  readonly onShard: (event: ShardEvent) => void;
}

const waitStepMs = 60_000;

export class ShardTask {
  readonly status: ShardStatus = {
    state: 'reading',
    millisBehindLatest: undefined,
    lastReadMs: undefined,
    ackedArrivalMs: undefined,
    isCaughtUp: false,
    unacknowledged: 0,
    dueSinceMs: undefined,
  };
  readonly #options: ShardTaskOptions;
  /** After the last record that was taken. */
  #taken: Exclude<ShardPosition, { type: 'end' }> | undefined;
  /** Attempts to hand a record on, and to read at all. */
  readonly #handing: Attempts;
  readonly #reading: Attempts;
  readonly #losses: LossWatch;

  constructor(options: ShardTaskOptions) {
    this.#options = options;
    this.#handing = new Attempts(options, 'records');
    this.#reading = new Attempts(options);
    const { shardId, progress, onShard } = options;
    const ackedUntilMs = progress.ackedUntilMs(shardId);
    this.status.ackedArrivalMs = ackedUntilMs;
    const onLoss = (fromMs: number, toMs: number) => onShard({ type: 'trimmed', shardId, fromMs, toMs });
    this.#losses = new LossWatch({ ...options, onLoss }, ackedUntilMs);
  }

  /**
   * Reads until the end of the shard, until AWS no longer has it, until it fails, or until the signal aborts; the list of
   * shards then decides what comes next. Never rejects.
   *
   * @param start where to begin, unless an earlier run of this task has progressed further
   */
  async run(start: Exclude<ShardPosition, { type: 'end' }>): Promise<void> {
    const { shardId, clock, onShard } = this.#options;
    const position = this.#taken ?? start;
    try {
      if (position.type === 'time' && position.atMs > clock.now()) await this.#awaitTime(position.atMs);
      if (this.#options.signal.aborted) return;
      this.status.state = 'reading';
      onShard({ type: 'started', shardId, position });
      const outcome = await readShard({
        ...this.#options,
        responses: this.#openResponses(position),
        handOn: (record, readMs) => this.#handOn(record, readMs),
        onResponse: (response) => this.#recordResponse(response),
        onRecords: (arrivalMs) => this.#losses.onRecords(arrivalMs),
      });
      if (outcome === 'end') await this.#end();
    } catch (error) {
      await this.#pauseAfter(error);
    }
  }

  #openResponses(start: Exclude<ShardPosition, { type: 'end' }>): ShardResponses {
    const { fanOut } = this.#options;
    const place: ShardPlaceOptions = {
      start,
      onAccepted: () => this.#losses.onAccepted(),
      // AWS uses similar errors for a position that it has dropped and for one of another stream.
      onBadPosition: async () => ((await this.#losses.onRefusal()) ? { type: 'beginning' } : undefined),
    };
    return fanOut
      ? new Subscription({ ...this.#options, ...place, ...fanOut })
      : new Poller({ ...this.#options, ...place });
  }

  /** AWS rejects a future time. */
  async #awaitTime(atMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    this.status.state = 'waiting';
    while (atMs > clock.now() && !signal.aborted) {
      // In steps, since the estimate of AWS' clock may improve; it is known to about a second.
      await clock.sleep(Math.min(atMs - clock.now() + 1000, waitStepMs), signal);
    }
  }

  /** Undefined if the record is taken at once. */
  #handOn(fetched: FetchedRecord, readMs: number): Promise<void> | undefined {
    const record = this.#track(fetched, readMs);
    const taking = this.#options.handOn(record);
    if (taking) return this.#untilTaken(record, taking);
    this.#recordTaken(record);
    return undefined;
  }

  /** Repeats until the record is taken, or the signal aborts. */
  async #untilTaken(record: StreamRecord, attempt: Promise<void>): Promise<void> {
    const { handOn, signal } = this.#options;
    for (let taking: Promise<void> | undefined = attempt; ; taking = handOn(record)) {
      try {
        await taking;
        this.#recordTaken(record);
        return;
      } catch (error) {
        if (!signal.aborted) await this.#handing.failed(notTaken(record, error));
        if (signal.aborted) return;
      }
    }
  }

  #track({ sequenceNumber, data, arrivalMs }: FetchedRecord, readMs: number): StreamRecord {
    const { shardId, progress, clock } = this.#options;
    const position = progress.track(shardId, sequenceNumber, arrivalMs);
    this.status.unacknowledged++;
    this.status.dueSinceMs ??= clock.monotonic();
    return new TrackedRecord(shardId, sequenceNumber, data, readMs, arrivalMs, position, this.#acked);
  }

  #recordTaken({ sequenceNumber, arrivalMs }: StreamRecord): void {
    const { newMs } = this.#options;
    this.#handing.succeeded();
    this.#taken = { type: 'after', sequenceNumber };
    this.#losses.recordTaken(arrivalMs);
    if (arrivalMs !== undefined && arrivalMs >= newMs) this.status.isCaughtUp = true;
  }

  readonly #acked = ({ arrivalMs }: StreamRecord): void => {
    const { clock } = this.#options;
    this.status.dueSinceMs = --this.status.unacknowledged > 0 ? clock.monotonic() : undefined;
    this.status.ackedArrivalMs = Math.max(this.status.ackedArrivalMs ?? 0, arrivalMs ?? 0) || undefined;
  };

  #recordResponse({ millisBehindLatest, isTip, askedMs }: ResponseSummary): void {
    const { shardId, progress, clock } = this.#options;
    this.#reading.succeeded();
    this.status.millisBehindLatest = millisBehindLatest;
    this.status.lastReadMs = clock.monotonic();
    if (!isTip) return;
    this.status.isCaughtUp = true;
    this.#losses.recordTip(askedMs);
    progress.caughtUp(shardId, askedMs);
  }

  async #end(): Promise<void> {
    const { shardId, progress, onShard, signal } = this.#options;
    this.status.state = 'draining';
    await progress.whenAcked(shardId, signal);
    if (signal.aborted) return;
    // The checkpoint's disk may be full, which is retried indefinitely; a stop does not wait for it.
    await orAtAbort(progress.end(shardId), signal, undefined);
    if (signal.aborted) return;
    this.status.state = 'ended';
    onShard({ type: 'ended', shardId });
  }

  async #pauseAfter(error: unknown): Promise<void> {
    const { shardId, signal } = this.#options;
    if (signal.aborted) return;
    const message = `The reader of shard "${shardId}" failed and is started again: ${describeError(error)}`;
    await this.#reading.failed({ stage: 'read', code: 'reader-failed', message, shardId, cause: error, backoff });
  }
}

const backoff = backoffAfter('transient');

function notTaken({ shardId, sequenceNumber }: StreamRecord, error: unknown): Failure {
  const message = `Record "${sequenceNumber}" of shard "${shardId}" was not taken and is retried: ${describeError(error)}`;
  return { stage: 'read', code: 'record-failed', message, shardId, cause: error, backoff };
}
