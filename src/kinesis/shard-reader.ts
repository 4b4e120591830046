/**
 * Reads one shard from a position to its end. Every record is handed on in order, including those of the last response. A fault
 * costs time but never loses the position. What happens to a record, and which other shards exist, is decided elsewhere.
 */
import type { AwsTime } from '../aws/aws-clock.js';
import { AwsError } from '../aws/error.js';
import { Attempts, type Context } from '../retry.js';
import { type FetchedRecord, type KinesisApi, type ListedShard, sumBytes } from './api.js';
import type { ByteBudget } from './byte-budget.js';
import { ResponseRoom } from './response-room.js';
import type { ShardResponse, ShardResponses } from './shard-responses.js';

export interface ShardReaderOptions extends Context {
  readonly api: Pick<KinesisApi, 'listShards'>;
  readonly shardId: string;
  readonly responses: ShardResponses;
  /** Bytes that the records of responses may take beyond the shares; they are reserved before they are read. */
  readonly responseBudget: ByteBudget;
  /** Bytes of records that this shard may always hold; defaults to none. */
  readonly shareBytes?: () => number;
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
  /** A time on AWS' clock: everything that Kinesis received before it was handed on. */
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

export async function readShard(options: ShardReaderOptions): Promise<ShardOutcome> {
  try {
    return await new ShardReader(options).run();
  } finally {
    options.responses.close();
  }
}

class ShardReader {
  readonly #options: ShardReaderOptions;
  /** Memory that the last response takes. */
  #heldBytes = 0;
  readonly #attempts: Attempts;
  /** Responses in a row with no records, nothing behind them and no children: the end of the shard, or a fault of the service. */
  #unclearEnds = 0;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options);
  }

  async run(): Promise<ShardOutcome> {
    const { responses, signal } = this.#options;
    while (!signal.aborted) {
      await responses.wait();
      const outcome = await this.#read();
      if (outcome) return outcome;
    }
    return 'stopped';
  }

  /** One read, with everything before and after it. Resolves with undefined while there is more to read. */
  async #read(): Promise<'end' | 'gone' | undefined> {
    const { responses, responseBudget, shareBytes, whenHeld, signal, clock } = this.#options;
    await whenHeld?.();
    const room = new ResponseRoom(responseBudget, shareBytes?.() ?? 0, signal, clock);
    if (!(await room.take(this.#heldBytes))) return undefined;
    try {
      const response = await responses.next(room);
      if (!isUnclear(response)) this.#attempts.succeeded();
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

  async #handOn(response: ShardResponse, bytes: number): Promise<void> {
    const { responses, clock, handOn, whenHeld, onResponse, signal } = this.#options;
    const readMs = clock.now();
    for (const record of response.records) {
      const held = whenHeld?.();
      if (held) await held;
      if (signal.aborted) return;
      const taking = handOn(record, readMs);
      if (taking) await taking;
      responses.moveBehind(record.sequenceNumber);
    }
    const { records, isLast, millisBehindLatest, askedMs } = response;
    const isTip = records.length === 0 && millisBehindLatest === 0 && !isLast;
    onResponse({ records: records.length, bytes, millisBehindLatest, isTip, askedMs });
  }

  /**
   * A shard has ended when a response has nothing behind it and names children. Responses with neither were seen on shards that
   * had more records, so they are not trusted at once: the same position is read several times, and then the list of shards
   * decides. Throws an `AwsError` while the list says that the shard is open.
   */
  async #isEnd(response: ShardResponse): Promise<boolean> {
    if (this.#options.signal.aborted) return false;
    if (response.isLast && response.hasChildren) return true;
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
    const { responses, shardId, signal } = this.#options;
    if (signal.aborted) return;
    const { kind, message } = error;
    const backoff = responses.failed(error);
    if (kind === 'expired-iterator') return;
    await this.#attempts.failed({
      stage: 'read',
      code: kind,
      message: `Shard "${shardId}" keeps its place after ${message}`,
      shardId,
      cause: error,
      backoff,
    });
  }
}

function isUnclear({ isLast, hasChildren, records }: ShardResponse): boolean {
  return isLast && !hasChildren && records.length === 0;
}
