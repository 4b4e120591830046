/**
 * Fetches from CloudWatch Logs what a stream has lost, one gap after the other, while the stream continues. A gap is on disk
 * before the checkpoint may pass it, and stays open until all of it is confirmed, so that neither a stop nor a crash loses it.
 * What a record means is decided elsewhere.
 */
import { describeAwsError } from '../../aws/explain.js';
import { firstState } from '../../checkpoint/backfill-checkpoint.js';
import { boundsAt } from '../../checkpoint/ledger-counts.js';
import { RangeProgress } from '../../checkpoint/range-progress.js';
import type { LogsApi } from '../../cloudwatch/api.js';
import { toFilterCall, toLogsError } from '../../cloudwatch/logs-error.js';
import { Pace } from '../../cloudwatch/pace.js';
import { readRange } from '../../cloudwatch/range-reader.js';
import { describeError } from '../../faults.js';
import type { LogRange } from '../../log-range.js';
import { Failures } from '../../retry.js';
import { Waiters } from '../../waiters.js';
import { createLogsApi, toPayloadLimits } from '../clients.js';
import { withBatch } from '../has-ledger.js';
import type { SourceWiring } from '../source.js';
import type { Gap } from './gap-file.js';
import { GapList, type GapTimes } from './gap-list.js';
import type { Loss } from './plan-gaps.js';

/** Pause after a fault that only a person can fix. */
const hopelessPauseMs = 60_000;

export class GapHealer {
  readonly #wiring: SourceWiring;
  readonly #gaps: GapList;
  readonly #pace: Pace;
  readonly #failures: Failures;
  readonly #stop = new AbortController();
  #progress: RangeProgress | undefined;
  #running: Promise<void> | undefined;
  #wake = () => {};
  /** A person has to act before healing can continue. */
  #isBlocked = false;

  /** Reads the gaps of earlier runs. Rejects with a `CheckpointError` if they exist and cannot be read. */
  static async open(wiring: SourceWiring): Promise<GapHealer> {
    return new GapHealer(wiring, await GapList.open(wiring.input, wiring));
  }

  private constructor(wiring: SourceWiring, gaps: GapList) {
    this.#wiring = wiring;
    this.#gaps = gaps;
    this.#pace = new Pace(wiring.clock);
    this.#failures = new Failures(wiring);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Heals the loss after all earlier ones. */
  heal(loss: Loss): void {
    // Another shard may have lost the same time range, which is already fetched.
    for (const gap of this.#gaps.add(loss)) this.#reportHealed(gap);
    this.#wake();
  }

  /** Resolves with true when every reported loss is on disk, with false if this closes before it could be written. */
  whenStored(): Promise<boolean> {
    return this.#gaps.whenStored();
  }

  /** There is nothing to heal, or a person has to act first. */
  get isIdle(): boolean {
    return this.#isBlocked || this.#gaps.open.length === 0;
  }

  /** Pages handed on and not yet acked. */
  get pending(): number {
    return this.#progress?.pending ?? 0;
  }

  /** Stops fetching. Acks still count until `close`. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  /** Resolves with false if the gaps could not be written. */
  close(): Promise<boolean> {
    return this.#gaps.close();
  }

  async #run(): Promise<void> {
    const { clock, watch, input } = this.#wiring;
    const { signal } = this.#stop;
    let api: LogsApi | undefined;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#gaps.open.length === 0) {
        await woken;
        continue;
      }
      api ??= await createLogsApi(input, { watch, signal });
      const isHealed = await this.#healFirst(api);
      this.#isBlocked = !isHealed;
      if (!isHealed) await clock.sleep(hopelessPauseMs, signal);
    }
    api?.close();
  }

  /** Resolves with true once one gap is healed; gaps with a fault that only a person can fix are skipped for now. */
  async #healFirst(api: LogsApi): Promise<boolean> {
    for (const times of this.#gaps.open) if (await this.#heal(api, times)) return true;
    return false;
  }

  /** Resolves with true when all of the gap is fetched and acked. */
  async #heal(api: LogsApi, times: GapTimes): Promise<boolean> {
    let isFetched = true;
    for (const logGroup of this.#wiring.input.logGroups) {
      const gap = this.#gaps.find(times);
      if (!gap || !(await this.#fetch(api, gap, logGroup))) isFetched = false;
    }
    if (!isFetched) return false;
    this.#failures.succeeded();
    try {
      await this.#gaps.markHealed(times);
    } catch (cause) {
      const message = `A gap is fetched, but its counts could not be added to the ledger: ${describeError(cause)}`;
      this.#wiring.onFault({ stage: 'checkpoint', code: 'ledger-not-written', message, cause });
      return false;
    }
    this.#wiring.counters.gapsHealed++;
    // More shards may have been added meanwhile.
    const gap = this.#gaps.find(times);
    if (gap) this.#reportHealed(gap);
    return true;
  }

  /** One log group. Resolves with true when all of it is acked. */
  async #fetch(api: LogsApi, gap: Gap, logGroup: string): Promise<boolean> {
    const { input, clock, handOn, onFault, onRecovery } = this.#wiring;
    const { signal } = this.#stop;
    const range: LogRange = { logGroup, ...gap.range };
    const moves = new Waiters();
    const state = withBatch(gap.groups[logGroup] ?? firstState(range), input);
    const onMove = () => {
      this.#gaps.keep(gap, logGroup, progress.state);
      moves.wake();
    };
    const progress = new RangeProgress(state, onMove, () => boundsAt(clock.now(), input.ledgerDays));
    this.#progress = progress;
    let region: string | undefined;
    try {
      const account = await api.account(signal);
      region = account.region;
      const isRead = await readRange({
        api,
        range,
        position: progress.state.position,
        owner: account.accountId ?? input.accounts[0] ?? '',
        limits: toPayloadLimits(input),
        handOn,
        track: (behind, events) => progress.track(behind, events),
        onPage: () => {},
        pace: this.#pace,
        clock,
        random: Math.random,
        onFault: (fault) => onFault({ ...fault, stage: 'heal' }),
        onRecovery: (what) => onRecovery({ ...what, stage: 'heal' }),
        signal,
      });
      if (!isRead) return false;
    } catch (error) {
      const fault = toLogsError(error);
      const message = `A gap waits to be healed: ${describeAwsError(fault, toFilterCall(logGroup, region))}`;
      this.#failures.failed({ stage: 'heal', code: fault.kind, message, retryMs: hopelessPauseMs, cause: fault });
      return false;
    }
    while (progress.pending > 0 && !signal.aborted) await moves.wait(signal);
    return progress.state.position.type === 'end';
  }

  #reportHealed({ shardIds, fromMs, toMs, groups }: Gap): void {
    const logEvents = Object.values(groups).reduce((sum, { events }) => sum + events, 0);
    const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
    const message = `What AWS dropped between ${from} and ${to} is fetched from CloudWatch Logs and confirmed: ${logEvents} log events`;
    this.#wiring.events.emit('gap-healed', { shardIds, fromMs, toMs, logEvents, message });
  }
}
