/**
 * Reads one shard from a position to its end. Every record is handed on in order, the last reply's records included; a
 * fault costs time, never the position. It does not know what becomes of a record, nor which other shards there are.
 */
import type { ByteBudget } from '../byte-budget.js';
import type { Clock } from '../clock.js';
import type { ReportFault, ReportRecovery } from '../faults.js';
import type { ShardPosition } from '../progress.js';
import type { FetchedRecord, KinesisApi, RecordsPage } from './api.js';
import { KinesisError } from './kinesis-error.js';
import { faultPauseMs, idlePauseMs } from './plan-pause.js';
import { ReadBudget } from './read-budget.js';

export interface ShardReaderOptions {
  readonly api: KinesisApi;
  readonly shardId: string;
  readonly start: Exclude<ShardPosition, { type: 'end' }>;
  /** Bytes that replies may take up; the largest reply is set aside before each read. */
  readonly replyBudget: ByteBudget;
  /** Longest pause at the tip, in milliseconds. */
  readonly maxIdleMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Takes a record; the next one follows when it resolves. A rejection ends the reader. */
  readonly handOn: (record: FetchedRecord, readMs: number) => Promise<void>;
  /** Called after every reply, once its records are handed on. */
  readonly onPage: (page: PageSummary) => void;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  readonly signal: AbortSignal;
}

export interface PageSummary {
  readonly records: number;
  readonly bytes: number;
  readonly millisBehindLatest: number;
  /** When the reply came, in milliseconds since 1970. */
  readonly readMs: number;
}

/** The most that a reply can hold; AWS counts 10 MB without the overhead of a record. */
export const maxReplyBytes = 10 * 1024 * 1024;
/** An iterator dies five minutes after its issue; it is not used in its last one. */
const iteratorLifeMs = 4 * 60_000;

/** Resolves with true at the end of the shard, with false when the signal aborts. */
export function readShard(options: ShardReaderOptions): Promise<boolean> {
  return new ShardReader(options).run();
}

class ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #budget = new ReadBudget();
  /** Behind the last record that was fetched; until the first one, the start. */
  #position: Exclude<ShardPosition, { type: 'end' }>;
  #iterator: { readonly value: string; readonly issuedMs: number } | undefined;
  #faults = 0;
  #emptyReads = 0;
  /** The last reply had neither a next iterator nor children: the end, or a fault of the service. */
  #isEndInDoubt = false;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#position = options.start;
  }

  async run(): Promise<boolean> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      if (await this.#read()) return true;
      await this.#sleep(idlePauseMs(this.#emptyReads, this.#options.maxIdleMs));
    }
    return false;
  }

  /** One read, with everything before and after it. Returns true at the end of the shard. */
  async #read(): Promise<boolean> {
    const { clock, replyBudget, signal } = this.#options;
    await this.#sleep(this.#budget.delayMs(clock.monotonic()));
    if (!(await replyBudget.reserve(maxReplyBytes, signal))) return false;
    let reservedBytes = maxReplyBytes;
    const keep = (bytes: number) => {
      replyBudget.release(reservedBytes - Math.min(bytes, reservedBytes));
      reservedBytes = Math.min(bytes, reservedBytes);
    };
    try {
      const page = await this.#fetch();
      const bytes = sumBytes(page.records);
      keep(bytes);
      await this.#handOn(page, bytes);
      keep(0);
      return await this.#isEnd(page);
    } catch (error) {
      if (!(error instanceof KinesisError)) throw error;
      // Nothing is set aside while a fault is waited for, so that this shard does not slow the others.
      keep(0);
      await this.#pauseAfter(error);
      return false;
    } finally {
      keep(0);
    }
  }

  async #fetch(): Promise<RecordsPage> {
    const { api, clock, signal } = this.#options;
    const iterator = await this.#getIterator();
    this.#budget.recordRead(clock.monotonic());
    const page = await api.getRecords(iterator, signal);
    this.#recovered();
    return page;
  }

  async #getIterator(): Promise<string> {
    const { api, clock, shardId, signal } = this.#options;
    if (!this.#iterator || clock.monotonic() - this.#iterator.issuedMs >= iteratorLifeMs) {
      const issuedMs = clock.monotonic();
      this.#iterator = { value: await api.getIterator(shardId, this.#position, signal), issuedMs };
    }
    return this.#iterator.value;
  }

  async #handOn(page: RecordsPage, bytes: number): Promise<void> {
    const { clock, handOn, onPage, signal } = this.#options;
    const readMs = clock.now();
    const issuedMs = clock.monotonic();
    this.#budget.recordBytes(bytes, issuedMs);
    this.#iterator = page.nextIterator === undefined ? undefined : { value: page.nextIterator, issuedMs };
    for (const record of page.records) {
      if (signal.aborted) return;
      await handOn(record, readMs);
      this.#position = { type: 'after', sequenceNumber: record.sequenceNumber };
    }
    const isIdle = page.records.length === 0 && page.millisBehindLatest === 0;
    this.#emptyReads = isIdle ? this.#emptyReads + 1 : 0;
    onPage({ records: page.records.length, bytes, millisBehindLatest: page.millisBehindLatest, readMs });
  }

  /**
   * A shard has ended when a reply has no next iterator and names children. Replies without either were seen on shards
   * that had more to give, so one alone is not believed: the same place is read again, and the list of shards decides.
   */
  async #isEnd(page: RecordsPage): Promise<boolean> {
    const { signal } = this.#options;
    if (signal.aborted || page.nextIterator !== undefined) {
      this.#isEndInDoubt = false;
      return false;
    }
    if (page.hasChildren) return true;
    const wasInDoubt = this.#isEndInDoubt;
    this.#isEndInDoubt = page.records.length === 0;
    return wasInDoubt && this.#isEndInDoubt && (await this.#isClosed());
  }

  async #isClosed(): Promise<boolean> {
    const { api, shardId, signal } = this.#options;
    const shards = await api.listShards(signal);
    return shards.some((shard) => shard.shardId === shardId && shard.isClosed);
  }

  async #pauseAfter(error: KinesisError): Promise<void> {
    const { shardId, random, onFault, signal } = this.#options;
    if (signal.aborted) return;
    const { kind, message } = error;
    this.#iterator = kind === 'throttled' ? this.#iterator : undefined;
    if (kind === 'expired-iterator') return;
    this.#faults++;
    const retryMs = faultPauseMs(kind, this.#faults, random());
    onFault({
      stage: 'read',
      code: kind,
      message: `Shard "${shardId}" keeps its place after ${message}`,
      shardId,
      attempt: this.#faults,
      retryMs,
      cause: error,
    });
    await this.#sleep(retryMs);
  }

  #recovered(): void {
    if (this.#faults > 0) this.#options.onRecovery({ stage: 'read', shardId: this.#options.shardId });
    this.#faults = 0;
  }

  async #sleep(ms: number): Promise<void> {
    if (ms > 0) await this.#options.clock.sleep(ms, this.#options.signal);
  }
}

function sumBytes(records: readonly FetchedRecord[]): number {
  return records.reduce((sum, { data }) => sum + data.byteLength, 0);
}
