/**
 * The gaps in what was read of a stream, on disk as they are in memory: those that are still to be healed, and the latest
 * that were. It knows nothing of how one is healed.
 */
import { LatestFile, type LatestFileOptions } from '../../checkpoint/latest-file.js';
import type { RangeState } from '../../checkpoint/range-progress.js';
import type { InputSettings } from '../../settings/settings.js';
import { formatGapFile, type Gap, gapFilePath, readGapFile } from './gap-file.js';
import { type Loss, planGaps } from './plan-gaps.js';

/** Healed gaps that are remembered, so that another shard's loss of the same time is known to be fetched. */
const maxHealed = 100;

/** A gap's times are its own, whatever else of it changes. */
export type GapTimes = Pick<Gap, 'fromMs' | 'toMs'>;

export class GapList {
  /** Undefined when checkpoints are only in memory. */
  readonly #file: LatestFile | undefined;
  #gaps: readonly Gap[];
  #stored: Promise<boolean> = Promise.resolve(true);

  /** Reads what an earlier run has left. Rejects with a `CheckpointError` when that is there and cannot be read. */
  static async open(
    { checkpoint, checkpointIntervalMs: intervalMs }: InputSettings,
    wiring: Pick<LatestFileOptions, 'clock' | 'onFault' | 'onRecovery'>,
  ): Promise<GapList> {
    if (checkpoint.type === 'memory') return new GapList(undefined, []);
    const path = gapFilePath(checkpoint.path);
    const gaps = await readGapFile(path);
    return new GapList(new LatestFile({ ...wiring, path, intervalMs, random: Math.random }), gaps);
  }

  private constructor(file: LatestFile | undefined, gaps: readonly Gap[]) {
    this.#file = file;
    this.#gaps = gaps;
  }

  /** Those that are still to be healed, in the order in which they were reported. */
  get open(): readonly Gap[] {
    return this.#gaps.filter(({ isHealed }) => !isHealed);
  }

  find({ fromMs, toMs }: GapTimes): Gap | undefined {
    return this.#gaps.find((gap) => gap.fromMs === fromMs && gap.toMs === toMs);
  }

  /** Adds what the loss is more than what is known. Returns the healed gaps that hold all of it, if they do. */
  add(loss: Loss): readonly Gap[] {
    const before = this.#gaps;
    const after = planGaps(before, loss);
    this.#set(after);
    this.#stored = this.#file?.write() ?? this.#stored;
    if (after.length > before.length) return [];
    return after.filter((gap, index) => gap !== before[index] && gap.isHealed);
  }

  /** Takes note of how far a log group of the gap is acked. */
  keep(times: GapTimes, logGroup: string, state: RangeState): void {
    const gap = this.find(times);
    if (gap) this.#change(gap, { groups: { ...gap.groups, [logGroup]: state } });
  }

  markHealed(times: GapTimes): void {
    const gap = this.find(times);
    if (gap) this.#change(gap, { isHealed: true });
  }

  /** Resolves with true when every gap that was reported is on disk, with false when it could not be written before the close. */
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
