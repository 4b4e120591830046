/**
 * Reads all shards of a stream, each from its last acked position, parents before children. It decides which shards run; what a
 * record means and where progress is kept is decided elsewhere.
 */
import { setMaxListeners } from 'node:events';
import type { AwsTime } from '../aws/aws-clock.js';
import type { ShardClaims } from '../claims.js';
import type { MemoryUse } from '../output-stats.js';
import type { StreamIdentity, StreamProgress } from '../progress.js';
import type { StreamRecord } from '../record.js';
import type { Context } from '../retry.js';
import type { ShardStatus } from '../shard-status.js';
import type { KinesisApi, ListedShard, StreamDescription } from './api.js';
import { ByteBudget } from './byte-budget.js';
import type { FanOut } from './fan-out-api.js';
import { FanOutConsumer } from './fan-out-consumer.js';
import { openStream, type StartAt } from './open-stream.js';
import { recordLimit, shareBytes, sharesOf } from './plan-limit.js';
import { planShards } from './plan-shards.js';
import { retryCall } from './retry-call.js';
import { type ShardEvent, ShardTask } from './shard-task.js';
import { TrimHorizon } from './trim-horizon.js';

export type { StartAt } from './open-stream.js';
export type { ShardEvent } from './shard-task.js';

export interface StreamReaderOptions extends Omit<Context, 'signal'> {
  readonly api: KinesisApi;
  /** Name or ARN, for texts. */
  readonly stream: string;
  readonly startAt: StartAt;
  /** Called once the stream is known. If it rejects, the start fails. */
  readonly openProgress: (stream: StreamIdentity) => Promise<StreamProgress>;
  /**
   * Takes a record; the shard's next one follows when it resolves, or at once after undefined. If it rejects, the same record is
   * handed on again. A stop waits for it.
   */
  readonly handOn: (record: StreamRecord) => Promise<void> | undefined;
  /** Bytes of records that may wait to be taken, for all shards together. */
  readonly maxReadBytes: number;
  readonly maxIdleMs: number;
  readonly shardSyncMs: number;
  readonly clock: AwsTime;
  readonly onShard: (event: ShardEvent) => void;
  /** If omitted, the shards are polled. */
  readonly fanOut?: FanOut | undefined;
  /** Where a fleet shares the shards. Then `claim` and `release` say when there is something to do. */
  readonly claims?: ShardClaims | undefined;
}

/** A stream that was found, with the store of its progress. */
interface Opened {
  readonly description: StreamDescription;
  readonly progress: StreamProgress;
  readonly horizon: TrimHorizon;
  /** Records that Kinesis received at or after this time are newer than this run. */
  readonly newMs: number;
  readonly consumer: FanOutConsumer | undefined;
}

/** The precision to which AWS' clock is known. */
const clockStepMs = 1000;

export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #stop = new AbortController();
  readonly #responseBudget: ByteBudget;
  /** Every shard that was started in this run and that AWS still has. */
  readonly #tasks = new Map<string, ShardTask>();
  readonly #running = new Map<string, Promise<void>>();
  /** In a fleet, what ends the reading of one shard. */
  readonly #releases = new Map<string, AbortController>();
  /** At the last listing. */
  #listed: readonly ListedShard[] = [];
  /** In a fleet, claimed shards that the last periodic listing did not have. */
  #missing: ReadonlySet<string> = new Set();
  #opened: Opened | undefined;
  #syncing: Promise<void> | undefined;
  #watching: Promise<void> | undefined;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#responseBudget = new ByteBudget(options.maxReadBytes - sharesOf(options.maxReadBytes));
    // Each shard adds a few listeners.
    setMaxListeners(0, this.#stop.signal);
  }

  get status(): ReadonlyMap<string, Readonly<ShardStatus>> {
    return new Map([...this.#tasks].map(([shardId, { status }]) => [shardId, status]));
  }

  /** Memory for records that wait to be taken, besides the share that each shard has reserved. */
  get memory(): MemoryUse {
    return { bytes: this.#responseBudget.used, maxBytes: this.#responseBudget.total };
  }

  /**
   * Whether everything that was in the stream when this run began has been handed on. Requests the list of shards once more,
   * since a shard may have just been split.
   */
  async isCaughtUp(): Promise<boolean> {
    const { api } = this.#options;
    const isReadUp = (shardId: string) => {
      const status = this.#tasks.get(shardId)?.status;
      return status?.state === 'waiting' || (status?.state === 'reading' && status.isCaughtUp);
    };
    const isEnded = (shardId: string) => this.#opened?.progress.positions().get(shardId)?.type === 'end';
    const isElsewhere = (shardId: string) => this.#options.claims?.isElsewhere(shardId) ?? false;
    if (![...this.#tasks.keys()].every((shardId) => isEnded(shardId) || isReadUp(shardId))) return false;
    try {
      const shards = await api.listShards(this.#stop.signal);
      return shards.every(
        ({ shardId, isClosed }) => isEnded(shardId) || isElsewhere(shardId) || (!isClosed && isReadUp(shardId)),
      );
    } catch {
      // The periodic listing of shards reports the fault; here it only means "not yet".
      return false;
    }
  }

  /**
   * Finds the stream, stores where its shards begin, and starts reading. Waits until temporary faults have passed; rejects with
   * a `StartError` for permanent ones. Resolves with true if a start in the future was stored, so that there is nothing to read
   * yet.
   */
  async start(): Promise<boolean> {
    const { clock, startAt, fanOut } = this.#options;
    const { signal } = this.#stop;
    const found = await openStream({ ...this.#options, signal });
    if (!found || signal.aborted) return false;
    const { description, progress } = found;
    const horizon = new TrimHorizon(description.retentionMs, clock.now());
    const consumer =
      fanOut && new FanOutConsumer({ api: fanOut.api, streamArn: description.arn, name: fanOut.consumer, signal });
    this.#opened = { description, progress, horizon, newMs: clock.now() + clockStepMs, consumer };
    this.#follow(found.shards, this.#opened);
    this.#watching = this.#watch();
    const isToCome = startAt.type === 'latest' || (startAt.type === 'time' && startAt.atMs > clock.now());
    return found.isNew && isToCome;
  }

  /** Stops reading; resolves when no more records are handed on. Acks may still arrive. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const release of this.#releases.values()) release.abort();
    await Promise.all([this.#watching, this.#syncing, ...this.#running.values()]);
    this.#options.api.close();
    this.#options.fanOut?.api.close();
  }

  /** Reads the shard, which is claimed now. */
  claim(shardId: string): void {
    if (this.#stop.signal.aborted || !this.#opened) return;
    if (this.#listed.some((shard) => shard.shardId === shardId)) this.#follow(this.#listed, this.#opened);
    else void this.#sync();
  }

  /** Stops reading the shard; resolves when none of its records is handed on any more. */
  async release(shardId: string): Promise<void> {
    this.#releases.get(shardId)?.abort();
    this.#tasks.delete(shardId);
    await this.#running.get(shardId);
  }

  /** Lists the shards periodically, to find those that no parent announced. */
  async #watch(): Promise<void> {
    const { clock, shardSyncMs } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      await clock.sleep(shardSyncMs, signal);
      if (signal.aborted) return;
      await this.#sync(true);
    }
  }

  /** Lists the shards and starts those that may begin. Runs one at a time; a call during another run waits for its own run. */
  #sync(isPeriodic = false): Promise<void> {
    const run = (this.#syncing ?? Promise.resolve()).then(async () => {
      const { api } = this.#options;
      const { signal } = this.#stop;
      const opened = this.#opened;
      const shards = await this.#call('kinesis:ListShards', () => api.listShards(signal));
      if (!opened || !shards || !(await this.#isSameStream(opened)) || signal.aborted) return;
      this.#follow(shards, opened, isPeriodic);
    });
    this.#syncing = run;
    return run;
  }

  /**
   * If the stream was deleted and created again, its shards have the same names: none of them is started, and no old one is
   * forgotten.
   */
  async #isSameStream({ description, horizon }: Opened, maxAgeMs = Number.NEGATIVE_INFINITY): Promise<boolean> {
    const { api, clock, onFault } = this.#options;
    if (horizon.ageMs(clock.now()) <= maxAgeMs) return true;
    const now = await this.#call('kinesis:DescribeStreamSummary', () => api.describeStream(this.#stop.signal));
    if (!now) return false;
    if (now.createdMs === description.createdMs) {
      horizon.describe(now.retentionMs, clock.now());
      return true;
    }
    const message = `Stream "${now.arn}" was deleted and created again while it was read; nothing of the new one is read and the checkpoint is kept: run "npx kinesis-snare checkpoint reset" and start again`;
    onFault({ stage: 'read', code: 'stream-recreated', message });
    return false;
  }

  #call<Result>(action: string, request: () => Promise<Result>): Promise<Result | undefined> {
    return retryCall(action, request, { ...this.#options, signal: this.#stop.signal });
  }

  /** Starts what the list of shards allows, and removes what AWS no longer has. */
  #follow(shards: readonly ListedShard[], opened: Opened, isPeriodic = false): void {
    const { progress } = opened;
    const { claims } = this.#options;
    this.#listed = shards;
    const positions = progress.positions();
    const plan = planShards(shards, positions, new Set(this.#running.keys()), claims);
    for (const [shardId, position] of plan.start) {
      const task = this.#tasks.get(shardId) ?? this.#createTask(shardId, opened);
      this.#tasks.set(shardId, task);
      const run = async () => {
        await task.run(position);
        this.#running.delete(shardId);
        if (this.#stop.signal.aborted) return;
        // What follows the end of a shard is a claim of its own.
        if (!claims) await this.#sync();
        else if (claims.has(shardId)) this.claim(shardId);
      };
      this.#running.set(shardId, run());
    }
    const lost = claims ? this.#confirmLost(plan.lost, isPeriodic) : plan.lost;
    for (const shardId of lost) {
      this.#options.onShard({ type: 'lost', shardId, ...this.#lostTimes(shardId, opened) });
    }
    const gone = [...lost, ...plan.forget];
    for (const shardId of gone) this.#tasks.delete(shardId);
    // A failed checkpoint write is reported elsewhere; the next run forgets these shards again.
    if (gone.length > 0) progress.forget(gone).catch(() => {});
  }

  /**
   * A shard that another process has just seen may be claimed here before a listing has it. So one is lost only if two periodic
   * listings in a row do not have it.
   */
  #confirmLost(missing: readonly string[], isPeriodic: boolean): readonly string[] {
    if (!isPeriodic) return [];
    const before = this.#missing;
    this.#missing = new Set(missing);
    return missing.filter((shardId) => before.has(shardId));
  }

  /** AWS removes a shard once all of its records are older than the retention. */
  #lostTimes(shardId: string, { progress, horizon }: Opened): { fromMs: number | undefined; toMs: number } {
    const nowMs = this.#options.clock.now();
    const oldestMs = horizon.oldestMs(nowMs);
    const fromMs = progress.ackedUntilMs(shardId);
    return { fromMs, toMs: fromMs === undefined || fromMs < oldestMs ? oldestMs : nowMs };
  }

  #createTask(shardId: string, opened: Opened): ShardTask {
    const { progress, horizon, newMs, consumer } = opened;
    const { claims, fanOut } = this.#options;
    const signal = claims ? this.#releaseOf(shardId) : this.#stop.signal;
    return new ShardTask({
      ...this.#options,
      shardId,
      progress,
      fanOut: fanOut && consumer && { api: fanOut.api, consumer },
      responseBudget: this.#responseBudget,
      shareBytes: () => shareBytes(this.#options.maxReadBytes, this.#running.size),
      recordLimit: () => recordLimit(this.#running.size),
      newMs,
      horizon,
      isSameStream: (maxAgeMs) => this.#isSameStream(opened, maxAgeMs),
      whenHeld: claims && (() => claims.whenHeld(shardId, signal)),
      signal,
    });
  }

  #releaseOf(shardId: string): AbortSignal {
    const release = new AbortController();
    setMaxListeners(0, release.signal);
    this.#releases.set(shardId, release);
    return release.signal;
  }
}
