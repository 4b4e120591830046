/**
 * Reads all shards of a stream, each from where its acknowledgements ended, parents before children. It decides which
 * shards run; what a record means and where progress is kept is not its business.
 */
import { ByteBudget } from '../byte-budget.js';
import type { Clock } from '../clock.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import type { ShardPosition, StreamIdentity, StreamProgress } from '../progress.js';
import type { StreamRecord } from '../record.js';
import type { FetchedRecord, KinesisApi, ListedShard, StreamDescription } from './api.js';
import { type KinesisError, toKinesisError } from './kinesis-error.js';
import { faultPauseMs } from './plan-pause.js';
import { planShards } from './plan-shards.js';
import { type PageSummary, readShard } from './shard-reader.js';
import { isFatalAtStart, toStartError } from './start-error.js';

export type StartAt =
  | { readonly type: 'latest' }
  | { readonly type: 'earliest' }
  | { readonly type: 'time'; readonly atMs: number };

export interface StreamReaderOptions {
  readonly api: KinesisApi;
  /** Name or ARN, for texts. */
  readonly stream: string;
  readonly startAt: StartAt;
  /** Called once the stream is known. Its rejection ends the start. */
  readonly openProgress: (stream: StreamIdentity) => Promise<StreamProgress>;
  /** Takes a record; the shard's next one follows when it resolves. After a rejection the same record comes again. */
  readonly handOn: (record: StreamRecord) => Promise<void>;
  /** Bytes of replies that may wait, for all shards together. */
  readonly maxReadBytes: number;
  readonly maxIdleMs: number;
  readonly shardSyncMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onShard: (event: ShardEvent) => void;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

export type ShardEvent =
  | { readonly type: 'started'; readonly shardId: string; readonly position: ShardPosition }
  | { readonly type: 'ended'; readonly shardId: string }
  /** AWS no longer has the shard although it was not read to its end. */
  | { readonly type: 'lost'; readonly shardId: string; readonly position: ShardPosition | undefined };

export interface ShardStatus {
  /** `draining`: read to its end, with acknowledgements still to come. */
  state: 'reading' | 'draining' | 'ended';
  /** Distance from the tip at the last reply, in milliseconds; undefined before the first. */
  millisBehindLatest: number | undefined;
  /** When the last reply came, in milliseconds since 1970. */
  lastReadMs: number | undefined;
  /** When Kinesis took the last acknowledged record, in milliseconds since 1970. */
  ackedArrivalMs: number | undefined;
  /** The shard was read to its tip, or to a record newer than this run. */
  isCaughtUp: boolean;
}

export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #stop = new AbortController();
  readonly #replyBudget: ByteBudget;
  readonly #status = new Map<string, ShardStatus>();
  /** Behind the last record handed on, for a task that has to begin again. */
  readonly #handedOn = new Map<string, Exclude<ShardPosition, { type: 'end' }>>();
  readonly #tasks = new Map<string, Promise<void>>();
  #progress: StreamProgress | undefined;
  #startedServerMs = Number.POSITIVE_INFINITY;
  #syncing: Promise<void> | undefined;
  #watching: Promise<void> | undefined;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#replyBudget = new ByteBudget(options.maxReadBytes);
  }

  get status(): ReadonlyMap<string, Readonly<ShardStatus>> {
    return this.#status;
  }

  /**
   * Whether everything that was in the stream when this run began has been handed on. Looks at the list of shards once
   * more, since a shard may have been split a moment ago.
   */
  async isCaughtUp(): Promise<boolean> {
    const { api } = this.#options;
    const isReadUp = (shardId: string) => {
      const status = this.#status.get(shardId);
      return status?.state === 'reading' && status.isCaughtUp;
    };
    const isEnded = (shardId: string) => this.#progress?.positions().get(shardId)?.type === 'end';
    if (![...this.#status].every(([shardId]) => isEnded(shardId) || isReadUp(shardId))) return false;
    try {
      const shards = await api.listShards(this.#stop.signal);
      return shards.every(({ shardId, isClosed }) => isEnded(shardId) || (!isClosed && isReadUp(shardId)));
    } catch {
      // The watch over the list of shards reports the fault; here it only means "not yet".
      return false;
    }
  }

  /**
   * Finds the stream, stores where its shards begin, and begins. Waits out faults that pass; rejects with a `StartError`
   * for those that do not. Resolves with true when a start for the future was stored, so that there is nothing to read yet.
   */
  async start(): Promise<boolean> {
    const { api, openProgress, startAt } = this.#options;
    const { signal } = this.#stop;
    const stream = await this.#attempt('kinesis:DescribeStreamSummary', () => api.describeStream(signal));
    if (!stream) return false;
    this.#startedServerMs = stream.serverMs;
    const shards = await this.#attempt('kinesis:ListShards', () => api.listShards(signal));
    if (!shards) return false;
    await this.#tryReading(shards);
    this.#progress = await openProgress(stream);
    const isNew = this.#progress.positions().size === 0;
    if (isNew) await this.#progress.begin(startPositions(shards, startAt, stream));
    this.#startShards(shards);
    this.#watching = this.#watch();
    return isNew && startAt.type === 'latest';
  }

  /** Stops reading; resolves when no more records are handed on. Acknowledgements may still come. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#watching, this.#syncing, ...this.#tasks.values()]);
    this.#options.api.close();
  }

  /** Asks for one record of one shard, so that missing rights show before anything begins. */
  async #tryReading([shard]: readonly ListedShard[]): Promise<void> {
    if (!shard) return;
    const { api } = this.#options;
    const { signal } = this.#stop;
    const position = { type: 'time', atMs: this.#startedServerMs } as const;
    await this.#attempt('kinesis:GetShardIterator and kinesis:GetRecords', async () => {
      await api.getRecords(await api.getIterator(shard.shardId, position, signal), signal);
    });
  }

  /** Repeats a call of the start until it succeeds; undefined when stopped. */
  async #attempt<Result>(action: string, request: () => Promise<Result>): Promise<Result | undefined> {
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      try {
        const result = await request();
        if (attempt > 1) this.#options.onRecovery({ stage: 'read' });
        return result;
      } catch (error) {
        const fault = toKinesisError(error);
        if (isFatalAtStart(fault)) throw toStartError(fault, this.#options.stream, action);
        await this.#pauseAfter(fault, action, attempt);
      }
    }
    return undefined;
  }

  /** Looks at the list of shards now and then, for those that nobody was told of. */
  async #watch(): Promise<void> {
    const { clock, shardSyncMs } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      await clock.sleep(shardSyncMs, signal);
      if (signal.aborted) return;
      await this.#sync();
    }
  }

  /** Lists the shards and starts those whose turn has come. One at a time; a call during another waits for its own. */
  #sync(): Promise<void> {
    const run = (this.#syncing ?? Promise.resolve()).then(async () => {
      const shards = await this.#list();
      if (shards && !this.#stop.signal.aborted) this.#startShards(shards);
    });
    this.#syncing = run;
    return run.finally(() => {
      if (this.#syncing === run) this.#syncing = undefined;
    });
  }

  async #list(): Promise<readonly ListedShard[] | undefined> {
    const { api } = this.#options;
    const { signal } = this.#stop;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await api.listShards(signal);
      } catch (error) {
        await this.#pauseAfter(toKinesisError(error), 'kinesis:ListShards', attempt);
      }
    }
    return undefined;
  }

  async #pauseAfter(fault: KinesisError, action: string, attempt: number): Promise<void> {
    const { clock, random, onFault } = this.#options;
    if (this.#stop.signal.aborted) return;
    const retryMs = faultPauseMs(fault.kind, attempt, random());
    const message = `${action} failed and is tried again: ${fault.message}`;
    onFault({ stage: 'read', code: fault.kind, message, attempt, retryMs, cause: fault });
    await clock.sleep(retryMs, this.#stop.signal);
  }

  #startShards(shards: readonly ListedShard[]): void {
    const progress = this.#progress;
    if (!progress) return;
    const positions = progress.positions();
    const plan = planShards(shards, positions, new Set(this.#tasks.keys()));
    for (const [shardId, position] of plan.start) {
      this.#status.set(shardId, newStatus());
      const task = this.#runShard(shardId, this.#handedOn.get(shardId) ?? position, progress).finally(() =>
        this.#tasks.delete(shardId),
      );
      this.#tasks.set(
        shardId,
        task.then(() => this.#afterShard()),
      );
    }
    for (const shardId of plan.lost) {
      this.#options.onShard({ type: 'lost', shardId, position: positions.get(shardId) });
    }
    const gone = [...plan.lost, ...plan.forget];
    for (const shardId of gone) this.#status.delete(shardId);
    if (gone.length > 0) progress.forget(gone).catch(() => {});
  }

  async #afterShard(): Promise<void> {
    if (!this.#stop.signal.aborted) await this.#sync();
  }

  async #runShard(
    shardId: string,
    start: Exclude<ShardPosition, { type: 'end' }>,
    progress: StreamProgress,
  ): Promise<void> {
    const { onShard, onFault, clock, random } = this.#options;
    const { signal } = this.#stop;
    const status = this.#status.get(shardId) ?? newStatus();
    onShard({ type: 'started', shardId, position: start });
    try {
      const isEnd = await readShard({
        ...this.#options,
        shardId,
        start,
        replyBudget: this.#replyBudget,
        handOn: (record, readMs) => this.#handOn(shardId, record, readMs, status, progress),
        onPage: (page) => this.#recordPage(shardId, page, status, progress),
        signal,
      });
      if (!isEnd) return;
      status.state = 'draining';
      await progress.whenAcked(shardId, signal);
      if (signal.aborted) return;
      await progress.end(shardId);
      status.state = 'ended';
      onShard({ type: 'ended', shardId });
    } catch (error) {
      const retryMs = faultPauseMs('transient', 1, random());
      const message = `The reader of shard "${shardId}" failed and is started again: ${describeError(error)}`;
      onFault({ stage: 'read', code: 'reader-failed', message, shardId, retryMs, cause: error });
      await clock.sleep(retryMs, signal);
    }
  }

  async #handOn(
    shardId: string,
    { sequenceNumber, data, arrivalMs }: FetchedRecord,
    readMs: number,
    status: ShardStatus,
    progress: StreamProgress,
  ): Promise<void> {
    const acked = progress.track(shardId, sequenceNumber);
    const ack = () => {
      status.ackedArrivalMs = Math.max(status.ackedArrivalMs ?? 0, arrivalMs ?? 0) || undefined;
      acked();
    };
    const record: StreamRecord = { shardId, sequenceNumber, data, readMs, arrivalMs, ack };
    await this.#handOnUntilTaken(record);
    this.#handedOn.set(shardId, { type: 'after', sequenceNumber });
    if (arrivalMs !== undefined && arrivalMs > this.#startedServerMs) status.isCaughtUp = true;
  }

  async #handOnUntilTaken(record: StreamRecord): Promise<void> {
    const { clock, random, handOn, onFault } = this.#options;
    const { signal } = this.#stop;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await handOn(record);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const { shardId, sequenceNumber } = record;
        const retryMs = faultPauseMs('transient', attempt, random());
        const message = `Record "${sequenceNumber}" of shard "${shardId}" was not taken and is tried again: ${describeError(error)}`;
        onFault({ stage: 'read', code: 'record-failed', message, shardId, attempt, retryMs, cause: error });
        await clock.sleep(retryMs, signal);
      }
    }
  }

  #recordPage(shardId: string, page: PageSummary, status: ShardStatus, progress: StreamProgress): void {
    status.millisBehindLatest = page.millisBehindLatest;
    status.lastReadMs = page.readMs;
    if (page.records > 0 || page.millisBehindLatest > 0) return;
    status.isCaughtUp = true;
    progress.caughtUp(shardId, page.readMs);
  }
}

function newStatus(): ShardStatus {
  return {
    state: 'reading',
    millisBehindLatest: undefined,
    lastReadMs: undefined,
    ackedArrivalMs: undefined,
    isCaughtUp: false,
  };
}

/**
 * A start at the tip is kept as a time, not as "the tip": the tip of a later moment would skip what came before it, after
 * a restart or while the stream is resharded.
 */
function startPositions(
  shards: readonly ListedShard[],
  startAt: StartAt,
  { serverMs }: StreamDescription,
): ReadonlyMap<string, ShardPosition> {
  const position: ShardPosition = (() => {
    if (startAt.type === 'earliest') return { type: 'beginning' };
    return { type: 'time', atMs: startAt.type === 'time' ? startAt.atMs : serverMs };
  })();
  return new Map(shards.map(({ shardId }) => [shardId, position]));
}
