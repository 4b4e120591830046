/**
 * Reads one shard from a position to its end. Every record is handed on in order, including those of the last response. A fault
 * costs time but never loses the position. What happens to a record, and which other shards exist, is decided elsewhere.
 */
import type { AwsTime } from '../aws/aws-clock.js';
import { AwsError } from '../aws/error.js';
import { Attempts, type Context } from '../retry.js';
import type { AdmitResponse, FetchedRecord, KinesisApi, ListedShard, RecordsResponse } from './api.js';
import type { ByteBudget } from './byte-budget.js';
import { backoffAfter, idlePauseMs, ReadBudget, ShardLimit } from './plan-limit.js';
import { ResponseRoom } from './response-room.js';
import { ShardIterator, type ShardIteratorOptions } from './shard-iterator.js';

export interface ShardReaderOptions extends Context, ShardIteratorOptions {
  readonly api: KinesisApi;
  /** Bytes that the records of responses may take beyond the shares; they are reserved before they are read. */
  readonly responseBudget: ByteBudget;
  /** Bytes of records that this shard may always hold; defaults to none. */
  readonly shareBytes?: () => number;
  /** Longest pause at the tip, in milliseconds. */
  readonly maxIdleMs: number;
  /** How many records a read may request, unless the shard falls behind; defaults to as many as a response may hold. */
  readonly recordLimit?: () => number;
  readonly clock: AwsTime;
  /** Takes a record; the next one follows when it resolves, or at once after undefined. If it rejects, the reader ends. */
  readonly handOn: (record: FetchedRecord, readMs: number) => Promise<void> | undefined;
  /** Undefined while the shard may be read and records may be handed on; see `ShardClaims.whenHeld`. */
  readonly whenHeld?: (() => Promise<void> | undefined) | undefined;
  /** Called before the records of a response are handed on, with the time at which Kinesis received the first one. */
  readonly onRecords?: (arrivalMs: number | undefined) => Promise<void> | undefined;
  /** Called after every response, once its records are handed on. */
  readonly onResponse: (response: ResponseSummary) => void;
}

export interface ResponseSummary {
  readonly records: number;
  readonly bytes: number;
  readonly millisBehindLatest: number;
  /** The response says that there is nothing more for now. A response without a next iterator does not prove this. */
  readonly isTip: boolean;
  /** A time on AWS' clock that had passed when the request was sent: everything that Kinesis received before it was read. */
  readonly askedMs: number;
}

/** Memory of a record besides its data: the object, its sequence number and its arrival time. */
const recordBytes = 300;

/** After this many responses in a row without a record, a next iterator or children, the list of shards is requested. */
const endsBelieved = 5;

export type ShardOutcome =
  /** Every record of the closed shard was handed on. */
  | 'end'
  /** AWS no longer has the shard. */
  | 'gone'
  /** The signal aborted. */
  | 'stopped';

interface TimedResponse extends RecordsResponse, Pick<ResponseSummary, 'askedMs'> {}

export function readShard(options: ShardReaderOptions): Promise<ShardOutcome> {
  return new ShardReader(options).run();
}

class ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #budget = new ReadBudget();
  readonly #iterator: ShardIterator;
  readonly #limit: ShardLimit | undefined;
  /** Memory that the last response takes. */
  #heldBytes = 0;
  readonly #attempts: Attempts;
  #emptyReads = 0;
  /** Responses in a row with no records, no next iterator and no children: the end of the shard, or a fault of the service. */
  #unclearEnds = 0;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#iterator = new ShardIterator(options);
    this.#attempts = new Attempts(options);
    this.#limit = options.recordLimit && new ShardLimit(options.recordLimit);
  }

  async run(): Promise<ShardOutcome> {
    const { maxIdleMs, signal } = this.#options;
    while (!signal.aborted) {
      const outcome = await this.#read();
      if (outcome) return outcome;
      await this.#sleep(idlePauseMs(this.#emptyReads, maxIdleMs));
    }
    return 'stopped';
  }

  /** One read, with everything before and after it. Resolves with undefined while there is more to read. */
  async #read(): Promise<'end' | 'gone' | undefined> {
    const { clock, responseBudget, shareBytes, whenHeld, signal } = this.#options;
    await this.#sleep(this.#budget.delayMs(clock.monotonic()));
    await whenHeld?.();
    const room = new ResponseRoom(responseBudget, shareBytes?.() ?? 0, signal);
    if (!(await room.take(this.#heldBytes))) return undefined;
    try {
      const response = await this.#fetch(room);
      const bytes = sumBytes(response.records);
      this.#heldBytes = bytes + response.records.length * recordBytes;
      room.keep(this.#heldBytes);
      await this.#options.onRecords?.(response.records[0]?.arrivalMs);
      await this.#handOn(response, bytes);
      room.leave();
      return (await this.#isEnd(response)) ? 'end' : undefined;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // Nothing stays reserved during a retry wait, so that this shard does not slow down the others.
      room.leave();
      if (error.kind === 'not-found' && (await this.#isGone())) return 'gone';
      await this.#pauseAfter(error);
      return undefined;
    } finally {
      room.leave();
    }
  }

  async #fetch(room: ResponseRoom): Promise<TimedResponse> {
    const { api, clock, signal } = this.#options;
    const iterator = await this.#iterator.get();
    this.#budget.recordRead(clock.monotonic());
    const askedMs = clock.nowAtLeast();
    const startedMs = clock.monotonic();
    let waitedMs = 0;
    const admit: AdmitResponse = async (...bytes) => {
      const fromMs = clock.monotonic();
      const admitted = await room.admit(...bytes);
      waitedMs += clock.monotonic() - fromMs;
      return admitted;
    };
    const response = await api.getRecords(iterator, signal, admit, this.#limit?.next());
    this.#limit?.gave(response.records.length, response.millisBehindLatest, clock.monotonic() - startedMs - waitedMs);
    this.#iterator.keep(response.nextIterator);
    if (!isUnclear(response)) this.#attempts.succeeded();
    return { ...response, askedMs };
  }

  async #handOn(response: TimedResponse, bytes: number): Promise<void> {
    const { clock, handOn, whenHeld, onResponse, signal } = this.#options;
    const readMs = clock.now();
    this.#budget.recordBytes(bytes, clock.monotonic());
    for (const record of response.records) {
      const held = whenHeld?.();
      if (held) await held;
      if (signal.aborted) return;
      const taking = handOn(record, readMs);
      if (taking) await taking;
      this.#iterator.moveBehind(record.sequenceNumber);
    }
    const isIdle = response.records.length === 0 && response.millisBehindLatest === 0;
    this.#emptyReads = isIdle ? this.#emptyReads + 1 : 0;
    const { millisBehindLatest, askedMs } = response;
    const isTip = isIdle && response.nextIterator !== undefined;
    onResponse({ records: response.records.length, bytes, millisBehindLatest, isTip, askedMs });
  }

  /**
   * A shard has ended when a response has no next iterator and names children. Responses with neither were seen on shards that
   * had more records, so they are not trusted at once: the same position is read several times, and then the list of shards
   * decides. Throws an `AwsError` while the list says that the shard is open.
   */
  async #isEnd(response: RecordsResponse): Promise<boolean> {
    if (this.#options.signal.aborted) return false;
    if (response.nextIterator === undefined && response.hasChildren) return true;
    this.#unclearEnds = isUnclear(response) ? this.#unclearEnds + 1 : 0;
    if (this.#unclearEnds < endsBelieved) return false;
    if ((await this.#findListed())?.isClosed) return true;
    const message = 'a response without NextShardIterator and ChildShards, as at the end of a shard that is open';
    throw new AwsError('transient', 'ShardNotEnded', message, { cause: undefined });
  }

  /** Whether the list of shards confirms that this one no longer exists. The stream itself may be missing instead. */
  async #isGone(): Promise<boolean> {
    try {
      return (await this.#findListed()) === undefined;
    } catch {
      // The original fault is reported; the list is requested again after the next one.
      return false;
    }
  }

  async #findListed(): Promise<ListedShard | undefined> {
    const { api, shardId, signal } = this.#options;
    const shards = await api.listShards(signal);
    return shards.find((shard) => shard.shardId === shardId);
  }

  async #pauseAfter(error: AwsError): Promise<void> {
    const { shardId, signal } = this.#options;
    if (signal.aborted) return;
    const { kind, message, code } = error;
    if (code === 'ResponseTooSlow' || code === 'ResponseTooLarge') this.#limit?.slow();
    if (kind !== 'throttled') this.#iterator.drop();
    if (kind === 'expired-iterator') return;
    await this.#attempts.failed({
      stage: 'read',
      code: kind,
      message: `Shard "${shardId}" keeps its place after ${message}`,
      shardId,
      cause: error,
      backoff: backoffAfter(kind),
    });
  }

  async #sleep(ms: number): Promise<void> {
    if (ms > 0) await this.#options.clock.sleep(ms, this.#options.signal);
  }
}

function isUnclear({ nextIterator, hasChildren, records }: RecordsResponse): boolean {
  return nextIterator === undefined && !hasChildren && records.length === 0;
}

function sumBytes(records: readonly FetchedRecord[]): number {
  return records.reduce((sum, { data }) => sum + data.byteLength, 0);
}
