/** Reads a shard by GetRecords, within the limits of AWS, and less often at the tip. */
import type { AwsTime } from '../aws/aws-clock.js';
import type { AwsError } from '../aws/error.js';
import type { BackoffLimits } from '../backoff.js';
import { type AdmitResponse, type KinesisApi, sumBytes } from './api.js';
import { backoffAfter, idlePauseMs, ReadBudget, ShardLimit } from './plan-limit.js';
import type { ResponseRoom } from './response-room.js';
import { ShardIterator } from './shard-iterator.js';
import { ShardPlace, type ShardPlaceOptions } from './shard-place.js';
import type { ShardResponse, ShardResponses } from './shard-responses.js';

export interface PollerOptions extends ShardPlaceOptions {
  readonly api: Pick<KinesisApi, 'getIterator' | 'getRecords'>;
  readonly shardId: string;
  /** Longest pause at the tip, in milliseconds. */
  readonly maxIdleMs: number;
  /** How many records a read may request, unless the shard falls behind; defaults to as many as a response may hold. */
  readonly recordLimit?: () => number;
  readonly clock: AwsTime;
  readonly signal: AbortSignal;
}

export class Poller implements ShardResponses {
  readonly #options: PollerOptions;
  readonly #budget = new ReadBudget();
  readonly #place: ShardPlace;
  readonly #iterator: ShardIterator;
  readonly #limit: ShardLimit | undefined;
  #emptyReads = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#place = new ShardPlace(options);
    this.#iterator = new ShardIterator({ ...options, place: this.#place });
    this.#limit = options.recordLimit && new ShardLimit(options.recordLimit);
  }

  async wait(): Promise<void> {
    const { clock, maxIdleMs } = this.#options;
    await this.#sleep(idlePauseMs(this.#emptyReads, maxIdleMs));
    await this.#sleep(this.#budget.delayMs(clock.monotonic()));
  }

  async next(room: ResponseRoom): Promise<ShardResponse> {
    const { api, clock, signal } = this.#options;
    const iterator = await this.#iterator.get();
    this.#budget.recordRead(clock.monotonic());
    const askedMs = clock.nowAtLeast();
    const startedMs = clock.monotonic();
    const admit: AdmitResponse = (...bytes) => room.admit(...bytes);
    const response = await api.getRecords(iterator, signal, admit, this.#limit?.next());
    const { records, nextIterator, hasChildren, millisBehindLatest } = response;
    const endedMs = clock.monotonic();
    this.#limit?.gave(records.length, millisBehindLatest, endedMs - startedMs - room.waitedMs);
    this.#iterator.keep(nextIterator);
    this.#budget.recordBytes(sumBytes(records), endedMs);
    this.#emptyReads = records.length === 0 && millisBehindLatest === 0 ? this.#emptyReads + 1 : 0;
    return { records, isLast: nextIterator === undefined, hasChildren, millisBehindLatest, askedMs };
  }

  moveBehind(sequenceNumber: string): void {
    this.#place.moveBehind(sequenceNumber);
  }

  failed({ kind, code }: AwsError): BackoffLimits {
    if (code === 'ResponseTooSlow' || code === 'ResponseTooLarge') this.#limit?.slow();
    if (kind !== 'throttled') this.#iterator.drop();
    return backoffAfter(kind);
  }

  close(): void {}

  async #sleep(ms: number): Promise<void> {
    if (ms > 0) await this.#options.clock.sleep(ms, this.#options.signal);
  }
}
