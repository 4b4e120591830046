/**
 * The gaps in what was read of a stream, kept in memory and on disk: the open ones, and the latest healed ones. How a gap is
 * healed is decided elsewhere.
 */
import { LatestFile, type LatestFileOptions } from '../../checkpoint/latest-file.js';
import { leaveBatch } from '../../checkpoint/ledger-batch.js';
import type { RangeState } from '../../checkpoint/range-progress.js';
import type { InputSettings } from '../../settings/settings.js';
import { formatGapFile, type Gap, gapFilePath, readGapFile } from './gap-file.js';
import { type Loss, planGaps } from './plan-gaps.js';

/** Healed gaps to remember, to recognize that another shard's loss of the same time range is already fetched. */
const maxHealed = 100;

/** Identifies a gap: its times never change. */
export type GapTimes = Pick<Gap, 'fromMs' | 'toMs'>;

export class GapList {
  /** Undefined if checkpoints are kept in memory only. */
  readonly #file: LatestFile | undefined;
  readonly #checkpointPath: string | undefined;
  #gaps: readonly Gap[];
  #stored: Promise<boolean> = Promise.resolve(true);

  /** Reads the gaps of earlier runs. Rejects with a `CheckpointError` if they exist and cannot be read. */
  static async open(
    { checkpoint, checkpointIntervalMs: intervalMs }: InputSettings,
    wiring: Pick<LatestFileOptions, 'clock' | 'onFault' | 'onRecovery'>,
  ): Promise<GapList> {
    if (checkpoint.type === 'memory') return new GapList(undefined, undefined, []);
    const path = gapFilePath(checkpoint.path);
    const gaps = await readGapFile(path);
    const file = new LatestFile({ ...wiring, path, intervalMs, random: Math.random });
    return new GapList(checkpoint.path, file, gaps);
  }

  private constructor(checkpointPath: string | undefined, file: LatestFile | undefined, gaps: readonly Gap[]) {
    this.#checkpointPath = checkpointPath;
    this.#file = file;
    this.#gaps = gaps;
  }

  /** The gaps to heal, in the order in which they were reported. */
  get open(): readonly Gap[] {
    return this.#gaps.filter(({ isHealed }) => !isHealed);
  }

  find({ fromMs, toMs }: GapTimes): Gap | undefined {
    return this.#gaps.find((gap) => gap.fromMs === fromMs && gap.toMs === toMs);
  }

  /** Adds the part of the loss that no known gap covers. If healed gaps cover all of it, returns them. */
  add(loss: Loss): readonly Gap[] {
    const before = this.#gaps;
    const after = planGaps(before, loss);
    this.#set(after);
    this.#stored = this.#file?.write() ?? this.#stored;
    if (after.length > before.length) return [];
    return after.filter((gap, index) => gap !== before[index] && gap.isHealed);
  }

  /** Records how far a log group of the gap is acked. */
  keep(times: GapTimes, logGroup: string, state: RangeState): void {
    const gap = this.find(times);
    if (gap) this.#change(gap, { groups: { ...gap.groups, [logGroup]: state } });
  }

  /** Leaves the counts of the gap to the ledger. Rejects if that fails; then the gap stays open. */
  async markHealed(times: GapTimes): Promise<void> {
    for (const { batch } of Object.values(this.find(times)?.groups ?? {})) {
      if (batch && this.#checkpointPath !== undefined) await leaveBatch(this.#checkpointPath, batch);
    }
    const gap = this.find(times);
    if (!gap) return;
    const states = Object.entries(gap.groups).map(([logGroup, { batch: _, ...state }]) => [logGroup, state]);
    this.#change(gap, { isHealed: true, groups: Object.fromEntries(states) });
  }

  /** Resolves with true when every reported gap is on disk, with false if this closes before it could be written. */
  whenStored(): Promise<boolean> {
    return this.#stored;
  }

  async close(): Promise<boolean> {
    this.#stored = this.#file?.close() ?? this.#stored;
    return this.#stored;
  }

  #change(gap: Gap, change: Partial<Gap>): void {
    this.#set(this.#gaps.map((candidate) => (candidate === gap ? { ...gap, ...change } : candidate)));
  }

  #set(gaps: readonly Gap[]): void {
    const forgotten = new Set(gaps.filter(({ isHealed }) => isHealed).slice(0, -maxHealed));
    this.#gaps = gaps.filter((gap) => !forgotten.has(gap));
    this.#file?.put(formatGapFile(this.#gaps));
  }
}
