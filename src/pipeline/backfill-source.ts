/**
 * A past range of a log group as the source of a pipeline. It keeps its position in a file beside the checkpoint of the stream,
 * so that the same request continues where the last run stopped.
 */
import { toStartError } from '../aws/explain.js';
import { BackfillCheckpoint, firstState } from '../checkpoint/backfill-checkpoint.js';
import { boundsAt } from '../checkpoint/ledger-counts.js';
import { RangeProgress, type RangeState } from '../checkpoint/range-progress.js';
import type { LogsAccount, LogsApi } from '../cloudwatch/api.js';
import { toFilterCall, toLogsError } from '../cloudwatch/logs-error.js';
import { backoffAfter, Pace } from '../cloudwatch/pace.js';
import { readRange } from '../cloudwatch/range-reader.js';
import type { StartError } from '../errors.js';
import type { LogRange } from '../log-range.js';
import { retry } from '../retry.js';
import type { ShardStatus } from '../shard-status.js';
import { createLogsApi, toPayloadLimits } from './clients.js';
import { withBatch } from './has-ledger.js';
import type { Source, SourceWiring } from './source.js';

export interface BackfillStatus {
  /** Time of the last event that was handed on, in milliseconds since 1970. */
  readonly atMs: number;
  /** Events handed on in this run. */
  readonly events: number;
  /** Events that AWS returned more than once in this run, and that were handed on once. */
  readonly repeats: number;
  readonly pages: number;
  /** Pages that made progress. Such a page may have no events, if its time range contains none. */
  readonly steps: number;
  /** What an earlier run had confirmed; undefined if there was none. */
  readonly resumed: RangeState | undefined;
  /** Everything is handed on and confirmed. */
  readonly isComplete: boolean;
}

/** Called when AWS has answered for the first time. @param nowMs the time on its clock, in milliseconds since 1970 */
export type OnAnswer = (nowMs: number) => void;

export class BackfillSource implements Source {
  readonly status: ReadonlyMap<string, Readonly<ShardStatus>> = new Map();
  readonly #range: LogRange;
  readonly #wiring: SourceWiring;
  readonly #onAnswer: OnAnswer;
  readonly #stop = new AbortController();
  #api: LogsApi | undefined;
  #checkpoint: BackfillCheckpoint | undefined;
  #progress: RangeProgress | undefined;
  /** Opens the checkpoint and takes its lock. A stop during a start waits for it, to release the lock. */
  #opening: Promise<RangeProgress> | undefined;
  #reading: Promise<boolean> | undefined;
  #resumed: RangeState | undefined;
  #isRead = false;
  readonly #counts = { atMs: 0, events: 0, repeats: 0, pages: 0, steps: 0 };

  constructor(range: LogRange, wiring: SourceWiring, onAnswer: OnAnswer = () => {}) {
    this.#onAnswer = onAnswer;
    this.#range = range;
    this.#wiring = wiring;
    this.#counts.atMs = range.fromMs;
  }

  /** Rejects with a `CheckpointError` if another process runs the same backfill. */
  async start(): Promise<boolean> {
    const api = await createLogsApi(this.#wiring.input, { watch: this.#wiring.watch, signal: this.#stop.signal });
    this.#api = api;
    const account = await this.#account(api);
    if (!account || this.#stop.signal.aborted) return false;
    this.#opening = this.#openProgress(account);
    const progress = await this.#opening;
    this.#progress = progress;
    this.#reading = this.#read(api, account, progress);
    // The caller that waits for the end gets the error.
    this.#reading.catch(() => {});
    return false;
  }

  /**
   * Resolves with true when everything is handed on, with false if a stop came first; rejects with a `StartError` for a fault
   * that waiting does not fix.
   */
  async whenRead(): Promise<boolean> {
    return (await this.#reading) ?? false;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reading?.catch(() => {});
    this.#api?.close();
  }

  async close(): Promise<boolean> {
    // The caller of `start` gets the error.
    await this.#opening?.catch(() => {});
    if (!this.#checkpoint || !this.#progress) return true;
    return this.#checkpoint.close(this.#progress.state);
  }

  async isCaughtUp(): Promise<boolean> {
    return this.#isRead;
  }

  get pending(): number {
    return this.#progress?.pending ?? 0;
  }

  get backfill(): BackfillStatus {
    const isComplete = this.#progress?.state.position.type === 'end';
    return { ...this.#counts, resumed: this.#resumed, isComplete };
  }

  /** Waits until temporary faults have passed. Resolves with undefined if a stop came first. */
  async #account(api: LogsApi): Promise<LogsAccount | undefined> {
    const { signal } = this.#stop;
    const toFailure = (error: unknown) => {
      const fault = toLogsError(error);
      if (fault.isHopeless) throw this.#explain(error);
      const message = `The backfill waits for credentials: ${fault.message}`;
      return { stage: 'read', code: fault.kind, message, cause: fault, backoff: backoffAfter(fault.kind) } as const;
    };
    return retry(() => api.account(signal), toFailure, { ...this.#wiring, random: Math.random, signal });
  }

  async #openProgress({ accountId = '', region }: LogsAccount): Promise<RangeProgress> {
    const { input, clock, onFault, onRecovery } = this.#wiring;
    if (input.checkpoint.type === 'memory') return new RangeProgress(firstState(this.#range), () => {});
    const { checkpoint, stored } = await BackfillCheckpoint.open({
      checkpointPath: input.checkpoint.path,
      key: { account: accountId, region, range: this.#range },
      intervalMs: input.checkpointIntervalMs,
      clock,
      random: Math.random,
      onFault,
      onRecovery,
    });
    this.#checkpoint = checkpoint;
    this.#resumed = stored;
    if (stored?.position.type === 'at') this.#counts.atMs = stored.position.atMs;
    const state = withBatch(stored ?? firstState(this.#range), input);
    const bounds = () => boundsAt(clock.now(), input.ledgerDays);
    const progress = new RangeProgress(state, () => checkpoint.put(progress.state), bounds);
    return progress;
  }

  async #read(api: LogsApi, { accountId = '', region }: LogsAccount, progress: RangeProgress): Promise<boolean> {
    const { input, clock, handOn, onFault, onRecovery } = this.#wiring;
    try {
      this.#isRead = await readRange({
        api,
        range: this.#range,
        position: progress.state.position,
        owner: accountId,
        limits: toPayloadLimits(input),
        handOn,
        track: (behind, events) => progress.track(behind, events),
        onPage: ({ events, repeats, atMs, isProgress }) => {
          if (this.#counts.pages++ === 0) this.#onAnswer(clock.now());
          if (isProgress) this.#counts.steps++;
          this.#counts.events += events;
          this.#counts.repeats += repeats;
          this.#counts.atMs = atMs;
        },
        pace: new Pace(clock),
        clock,
        random: Math.random,
        onFault,
        onRecovery,
        signal: this.#stop.signal,
      });
      if (this.#isRead) this.#counts.atMs = this.#range.toMs;
      return this.#isRead;
    } catch (error) {
      throw this.#explain(error, region);
    }
  }

  #explain(error: unknown, region?: string): StartError {
    return toStartError(error, toFilterCall(this.#range.logGroup, region));
  }
}
