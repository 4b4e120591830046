/**
 * Finds what AWS has dropped of a shard before it was read. AWS does not say so: an iterator, one that is asked for and
 * one that is kept alike, begins at the oldest record that is left. Only what came after the last time at which all was
 * read can be lost: a shard that was idle has lost nothing that anybody knows of.
 */
import type { AwsTime } from '../aws/aws-clock.js';
import type { TrimHorizon } from './trim-horizon.js';

export interface LossWatchOptions {
  readonly clock: AwsTime;
  readonly horizon: TrimHorizon;
  /** Asks for the stream unless the horizon is that young, in milliseconds; whether it is still the one that was opened. */
  readonly isSameStream: (maxAgeMs?: number) => Promise<boolean>;
  /** AWS has dropped what it took between these times, in milliseconds since 1970, and not all of it was read. */
  readonly onLoss: (fromMs: number, toMs: number) => void;
}

/** Age of a description of the stream at which shards share it, since AWS limits how often an account may ask. */
const youngMs = 10_000;
/** Records further apart than this may have had others between them. */
const jumpMs = 60_000;
/** A shard that AWS drops from about as fast as it is read loses a little with each response; it is reported this often. */
const reportIntervalMs = 60_000;

export class LossWatch {
  readonly #options: LossWatchOptions;
  /** What Kinesis took before this time was read, or reported as lost. */
  #readUntilMs: number | undefined;
  /** What is missing before the next record is reported. */
  #isReported = false;
  /** Lost between records that were read. */
  #unreported: { readonly fromMs: number; readonly toMs: number } | undefined;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LossWatchOptions, readUntilMs: number | undefined) {
    this.#options = options;
    this.#readUntilMs = readUntilMs;
  }

  /** A record that Kinesis took at this time was taken. */
  recordTaken(arrivalMs: number | undefined): void {
    this.#isReported = false;
    this.#readUntilMs = Math.max(this.#readUntilMs ?? 0, arrivalMs ?? 0) || undefined;
  }

  /** At this time there was nothing more to read. */
  recordTip(atMs: number): void {
    this.#isReported = false;
    this.#readUntilMs = atMs;
    this.#report();
  }

  /** AWS gave an iterator for the position. */
  async onIterator(): Promise<void> {
    const readMs = this.#readUntilMs;
    const oldestMs = await this.#findOldest();
    if (readMs !== undefined && oldestMs !== undefined && !this.#isReported) this.#reportNow(readMs, oldestMs);
  }

  /** AWS refuses the position. Resolves with true when it no longer has it, with false when the stream is another one. */
  async onRefusal(): Promise<boolean> {
    const { clock, horizon, isSameStream } = this.#options;
    if (!(await isSameStream())) return false;
    const nowMs = clock.now();
    const fromMs = this.#readUntilMs ?? nowMs;
    const oldestMs = horizon.oldestMs(nowMs);
    if (!this.#isReported) this.#reportNow(fromMs, fromMs < oldestMs ? oldestMs : nowMs);
    return true;
  }

  /**
   * To be called before the records of a response are handed on, since a checkpoint may pass a loss only once it is
   * reported. Undefined, as nearly always, when there is nothing to look at.
   *
   * @param arrivalMs when Kinesis took the first record; undefined when the response has none
   */
  onRecords(arrivalMs: number | undefined): Promise<void> | undefined {
    const { clock, horizon } = this.#options;
    const readMs = this.#readUntilMs;
    if (readMs === undefined || this.#isReported) return undefined;
    const nowMs = clock.now();
    if (!this.#unreported && !horizon.mayHaveDropped(readMs, nowMs)) return undefined;
    // Records older than what AWS may drop, one after the other: it drops them later than it may.
    const isBehind = arrivalMs !== undefined && arrivalMs < horizon.oldestMs(nowMs) - jumpMs;
    const isNext = isBehind && arrivalMs - readMs <= jumpMs;
    return isNext && !this.#unreported ? undefined : this.#look(readMs);
  }

  async #look(readMs: number): Promise<void> {
    const oldestMs = await this.#findOldest();
    if (oldestMs !== undefined) this.#unreported = { fromMs: this.#unreported?.fromMs ?? readMs, toMs: oldestMs };
    if (this.#options.clock.monotonic() - this.#reportedMs >= reportIntervalMs) this.#report();
  }

  /** The time of AWS' oldest record; undefined when what is not read yet cannot be older. */
  async #findOldest(): Promise<number | undefined> {
    const { clock, horizon, isSameStream } = this.#options;
    const readMs = this.#readUntilMs;
    if (readMs === undefined || !horizon.mayHaveDropped(readMs, clock.now())) return undefined;
    // The retention may have been changed since.
    if (!(await isSameStream(youngMs))) return undefined;
    const oldestMs = horizon.oldestMs(clock.now());
    return readMs < oldestMs ? oldestMs : undefined;
  }

  #report(): void {
    const loss = this.#unreported;
    if (!loss) return;
    this.#unreported = undefined;
    this.#reportedMs = this.#options.clock.monotonic();
    this.#options.onLoss(loss.fromMs, loss.toMs);
  }

  #reportNow(fromMs: number, toMs: number): void {
    this.#isReported = true;
    this.#options.onLoss(fromMs, toMs);
  }
}
