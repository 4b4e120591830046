/**
 * Detects records that AWS dropped from a shard before they were read. AWS does not report this: an iterator, new or kept,
 * silently begins at the oldest record that is left. Only what arrived after the shard was last read to its tip can be lost, so
 * an idle shard has lost nothing.
 */
import type { AwsTime } from '../aws/aws-clock.js';
import type { TrimHorizon } from './trim-horizon.js';

export interface LossWatchOptions {
  readonly clock: AwsTime;
  readonly horizon: TrimHorizon;
  /**
   * Describes the stream, unless a description is this recent, in milliseconds; resolves with whether it is the stream that was
   * opened.
   */
  readonly isSameStream: (maxAgeMs?: number) => Promise<boolean>;
  /**
   * AWS has dropped records that it received between these times, in milliseconds since 1970, and some of them were not read.
   */
  readonly onLoss: (fromMs: number, toMs: number) => void;
}

/** Shards share a description of the stream up to this age, since AWS limits how often an account may request it. */
const youngMs = 10_000;
/** If two records are further apart than this, records between them may be missing. */
const jumpMs = 60_000;
/** If AWS drops records about as fast as they are read, each response reveals a small loss; losses are reported this often. */
const reportIntervalMs = 60_000;

export class LossWatch {
  readonly #options: LossWatchOptions;
  /** Everything that Kinesis received before this time was read, or reported as lost. */
  #readUntilMs: number | undefined;
  /** What is missing before the next record has been reported. */
  #isReported = false;
  /** Lost between records that were read. */
  #unreported: { readonly fromMs: number; readonly toMs: number } | undefined;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LossWatchOptions, readUntilMs: number | undefined) {
    this.#options = options;
    this.#readUntilMs = readUntilMs;
  }

  /** A record that Kinesis received at this time was taken. */
  recordTaken(arrivalMs: number | undefined): void {
    this.#isReported = false;
    this.#readUntilMs = Math.max(this.#readUntilMs ?? 0, arrivalMs ?? 0) || undefined;
  }

  /** At this time there was nothing more to read. */
  recordTip(atMs: number): void {
    this.#isReported = false;
    this.#readUntilMs = Math.max(this.#readUntilMs ?? 0, atMs);
    this.#report();
  }

  /** AWS accepted the position. */
  async onAccepted(): Promise<void> {
    const readMs = this.#readUntilMs;
    const oldestMs = await this.#findOldest();
    if (readMs !== undefined && oldestMs !== undefined && !this.#isReported) this.#reportNow(readMs, oldestMs);
  }

  /** AWS rejects the position. Resolves with true if AWS has dropped it, with false if the stream is a different one. */
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
   * Call before the records of a response are handed on, since a checkpoint may pass a loss only after it was reported. Usually
   * there is nothing to check, and the result is undefined.
   *
   * @param arrivalMs when Kinesis received the first record; undefined if the response has none
   */
  onRecords(arrivalMs: number | undefined): Promise<void> | undefined {
    const { clock, horizon } = this.#options;
    const readMs = this.#readUntilMs;
    if (readMs === undefined || this.#isReported) return undefined;
    const nowMs = clock.now();
    if (!this.#unreported && !horizon.mayHaveDropped(readMs, nowMs)) return undefined;
    // Consecutive records that are older than the retention are no loss: AWS drops records later than it may.
    const isBehind = arrivalMs !== undefined && arrivalMs < horizon.oldestMs(nowMs) - jumpMs;
    const isNext = isBehind && arrivalMs - readMs <= jumpMs;
    return isNext && !this.#unreported ? undefined : this.#look(readMs);
  }

  async #look(readMs: number): Promise<void> {
    const oldestMs = await this.#findOldest();
    if (oldestMs !== undefined) this.#unreported = { fromMs: this.#unreported?.fromMs ?? readMs, toMs: oldestMs };
    if (this.#options.clock.monotonic() - this.#reportedMs >= reportIntervalMs) this.#report();
  }

  /** The time of AWS' oldest record; undefined if no unread record can be older. */
  async #findOldest(): Promise<number | undefined> {
    const { clock, horizon, isSameStream } = this.#options;
    const readMs = this.#readUntilMs;
    if (readMs === undefined || !horizon.mayHaveDropped(readMs, clock.now())) return undefined;
    // The retention may have changed since.
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
