/**
 * Fetches from CloudWatch Logs what a stream has lost, one gap after the other, while the stream goes on. A gap is on disk
 * before the checkpoint may pass it, and stays there until all of it is confirmed, so that neither a stop nor a crash
 * forgets it. It decides when to fetch; what a record means is not its business.
 */
import { formatGapFile, type Gap, gapFilePath, readGapFile } from '../src/checkpoint/gap-file.js';
import { LatestFile } from '../src/checkpoint/latest-file.js';
import { RangeProgress, type RangeState } from '../src/checkpoint/range-progress.js';
import type { LogsApi } from '../src/cloudwatch/api.js';
import { explainLogsError, toLogsError } from '../src/cloudwatch/logs-error.js';
import { Pace } from '../src/cloudwatch/pace.js';
import { readRange } from '../src/cloudwatch/range-reader.js';
import { type LogRange, startOf } from '../src/log-range.js';
import { type Loss, planGaps } from './plan-gaps.js';
import { createLogsApi, toPayloadLimits } from './reading.js';
import type { SourceWiring } from './source.js';

/** Healed gaps that are remembered. */
const maxHealed = 100;
/** Pause after a fault that only a person can mend. */
const hopelessPauseMs = 60_000;

export class GapHealer {
  readonly #wiring: SourceWiring;
  /** Undefined when checkpoints are only in memory. */
  readonly #file: LatestFile | undefined;
  readonly #pace: Pace;
  readonly #stop = new AbortController();
  #gaps: readonly Gap[];
  /** All gaps that were told are on disk. */
  #stored: Promise<boolean> = Promise.resolve(true);
  #progress: RangeProgress | undefined;
  #running: Promise<void> | undefined;
  #wake = () => {};
  /** A person has to act before it can go on. */
  #isBlocked = false;

  /** Reads what an earlier run has left. Rejects with a `CheckpointError` when that is there and cannot be read. */
  static async open(wiring: SourceWiring): Promise<GapHealer> {
    const { checkpoint, checkpointIntervalMs: intervalMs } = wiring.input;
    if (checkpoint.type === 'memory') return new GapHealer(wiring, undefined, []);
    const path = gapFilePath(checkpoint.path);
    const gaps = await readGapFile(path);
    return new GapHealer(wiring, new LatestFile({ ...wiring, path, intervalMs, random: Math.random }), gaps);
  }

  private constructor(wiring: SourceWiring, file: LatestFile | undefined, gaps: readonly Gap[]) {
    this.#wiring = wiring;
    this.#file = file;
    this.#gaps = gaps;
    this.#pace = new Pace(wiring.clock);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Heals what was lost, as soon as what was lost before is healed. */
  heal(loss: Loss): void {
    const before = this.#gaps;
    const after = planGaps(before, loss);
    this.#setGaps(after);
    this.#stored = this.#file?.write() ?? this.#stored;
    const isCovered = after.length === before.length;
    // Another shard has lost the same time, and it is fetched already.
    if (isCovered) this.#tellHealed(after.filter((gap, index) => gap !== before[index] && gap.isHealed));
    this.#wake();
  }

  /** Resolves with true when every gap that was told is on disk, with false when it could not be written before the close. */
  whenStored(): Promise<boolean> {
    return this.#stored;
  }

  /** Nothing is left to be healed, or a person has to act first. */
  get isIdle(): boolean {
    return this.#isBlocked || this.#open.length === 0;
  }

  /** Pages handed on and not yet acknowledged. */
  get pending(): number {
    return this.#progress?.pending ?? 0;
  }

  /** Stops fetching. Acknowledgements still count until `close`. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  async close(): Promise<boolean> {
    this.#stored = this.#file?.close() ?? this.#stored;
    return this.#stored;
  }

  get #open(): readonly Gap[] {
    return this.#gaps.filter(({ isHealed }) => !isHealed);
  }

  async #run(): Promise<void> {
    const { clock, input } = this.#wiring;
    const { signal } = this.#stop;
    let api: LogsApi | undefined;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#open.length === 0) {
        await woken;
        continue;
      }
      api ??= await createLogsApi(input);
      const gap = await this.#healFirst(api);
      this.#isBlocked = !gap;
      if (!gap && !signal.aborted) await clock.sleep(hopelessPauseMs, signal);
    }
    api?.close();
  }

  /** Resolves with the first gap that could be healed; those with a fault that only a person can mend wait. */
  async #healFirst(api: LogsApi): Promise<Gap | undefined> {
    for (const { fromMs, toMs } of this.#open) {
      if (await this.#heal(api, fromMs, toMs)) return this.#find(fromMs, toMs);
    }
    return undefined;
  }

  /** Resolves with true when all of the gap is fetched and acknowledged. */
  async #heal(api: LogsApi, fromMs: number, toMs: number): Promise<boolean> {
    let isHealed = true;
    for (const logGroup of this.#wiring.input.logGroups) {
      if (this.#stop.signal.aborted || !(await this.#fetch(api, fromMs, toMs, logGroup))) isHealed = false;
    }
    const gap = this.#find(fromMs, toMs);
    if (!isHealed || !gap) return false;
    this.#change(gap, { isHealed: true });
    this.#wiring.counters.gapsHealed++;
    this.#tellHealed([gap]);
    return true;
  }

  /** One log group. Resolves with true when all of it is acknowledged. */
  async #fetch(api: LogsApi, fromMs: number, toMs: number, logGroup: string): Promise<boolean> {
    const { input, clock, handOn, onFault, onRecovery } = this.#wiring;
    const { signal } = this.#stop;
    const gap = this.#find(fromMs, toMs);
    if (!gap) return false;
    const range: LogRange = { logGroup, ...gap.range };
    let onMove = () => {};
    const progress = new RangeProgress(gap.groups[logGroup] ?? { position: startOf(range), events: 0 }, () => {
      this.#keep(fromMs, toMs, logGroup, progress.state);
      onMove();
    });
    this.#progress = progress;
    let region: string | undefined;
    try {
      const account = await api.account();
      region = account.region;
      const isRead = await readRange({
        api,
        range,
        position: progress.state.position,
        owner: account.accountId ?? '',
        limits: toPayloadLimits(input),
        handOn,
        track: (behind, events) => progress.track(behind, events),
        onPage: () => {},
        pace: this.#pace,
        clock,
        random: Math.random,
        onFault,
        onRecovery,
        signal,
      });
      if (!isRead) return false;
    } catch (error) {
      const fault = toLogsError(error);
      const message = `A gap waits to be healed: ${explainLogsError(fault, logGroup, region)}`;
      onFault({ stage: 'read', code: fault.kind, message, retryMs: hopelessPauseMs, cause: fault });
      return false;
    }
    await new Promise<void>((resolve) => {
      onMove = () => {
        if (progress.pending === 0) resolve();
      };
      signal.addEventListener('abort', () => resolve(), { once: true });
      onMove();
    });
    return progress.state.position.type === 'end';
  }

  #keep(fromMs: number, toMs: number, logGroup: string, state: RangeState): void {
    const gap = this.#find(fromMs, toMs);
    if (gap) this.#change(gap, { groups: { ...gap.groups, [logGroup]: state } });
  }

  /** A gap's times are its own; its shards may have become more meanwhile. */
  #find(fromMs: number, toMs: number): Gap | undefined {
    return this.#gaps.find((gap) => gap.fromMs === fromMs && gap.toMs === toMs);
  }

  #change(gap: Gap, change: Partial<Gap>): void {
    this.#setGaps(this.#gaps.map((candidate) => (candidate === gap ? { ...gap, ...change } : candidate)));
  }

  #setGaps(gaps: readonly Gap[]): void {
    const forgotten = new Set(gaps.filter(({ isHealed }) => isHealed).slice(0, -maxHealed));
    this.#gaps = gaps.filter((gap) => !forgotten.has(gap));
    this.#file?.put(formatGapFile(this.#gaps));
  }

  #tellHealed(gaps: readonly Gap[]): void {
    for (const { shardIds, fromMs, toMs, groups } of gaps) {
      const logEvents = Object.values(groups).reduce((sum, { events }) => sum + events, 0);
      const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
      const message = `What AWS dropped between ${from} and ${to} is fetched from CloudWatch Logs and confirmed: ${logEvents} log events`;
      this.#wiring.events.emit('gap-healed', { shardIds, fromMs, toMs, logEvents, message });
    }
  }
}
