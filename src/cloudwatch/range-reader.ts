/** Reads a range of the events of a log group page by page, and hands them on as the records of a stream. */
import { toLogGroupName } from '../aws/arn.js';
import { describeError } from '../faults.js';
import type { RangePosition } from '../log-range.js';
import type { TrackedPosition } from '../progress.js';
import type { StreamRecord } from '../record.js';
import { Attempts, type Failure } from '../retry.js';
import { Tally } from '../tally.js';
import type { FetchedEvent } from './api.js';
import { type RangePagesOptions, readRangePages } from './range-pages.js';
import { type EventsPayload, type PayloadLimits, toPayloads } from './to-payloads.js';

export interface RangeReaderOptions extends Omit<RangePagesOptions, 'take'> {
  /** The AWS account of the log group; empty if unknown. */
  readonly owner: string;
  readonly limits: PayloadLimits;
  /**
   * Takes a record; the next one follows when it resolves, or at once after undefined. If it rejects, the same record is handed
   * on again. Its `shardId` is the name of the log group, its `sequenceNumber` the id of its first event.
   */
  readonly handOn: (record: StreamRecord) => Promise<void> | undefined;
  /**
   * Called for each page before its records are handed on, with the position after the page and the number of its events. The
   * result is acked once all records are acked.
   */
  readonly track: (behind: RangePosition, events: number) => TrackedPosition;
}

const handOnBackoff = { baseMs: 1_000, maxMs: 30_000 };

/**
 * Resolves with true at the end of the range, with false if the signal aborted. Rejects with an `AwsError` for a fault that
 * waiting does not fix; a later call may continue from what is acked.
 */
export function readRange(options: RangeReaderOptions): Promise<boolean> {
  const reader = new RangeReader(options);
  return readRangePages({ ...options, take: (events, behind) => reader.handOn(events, behind) });
}

class RangeReader {
  readonly #options: RangeReaderOptions;
  readonly #handing: Attempts;

  constructor(options: RangeReaderOptions) {
    this.#options = options;
    this.#handing = new Attempts(options, 'records');
  }

  /** Resolves with false when the signal aborted first. */
  async handOn(events: readonly FetchedEvent[], behind: RangePosition): Promise<boolean> {
    const { range, owner, limits, track } = this.#options;
    const position = track(behind, events.length);
    let open = 1;
    const tally = new Tally();
    const ackPart = (part?: Tally) => {
      if (part) tally.add(part);
      if (--open === 0) position.ack(tally);
    };
    for (const payload of toPayloads(events, { owner, logGroup: toLogGroupName(range.logGroup) }, limits)) {
      open++;
      if (!(await this.#handOnUntilTaken(payload, ackPart))) return false;
    }
    ackPart();
    return true;
  }

  /** Resolves with false when the signal aborted first. */
  async #handOnUntilTaken({ firstId, data }: EventsPayload, ackPart: (part?: Tally) => void): Promise<boolean> {
    const { range, clock, handOn, signal } = this.#options;
    let isAcked = false;
    const ack = (part?: Tally) => {
      if (!isAcked) ackPart(part);
      isAcked = true;
    };
    const shardId = toLogGroupName(range.logGroup);
    const from = { shardId, sequenceNumber: firstId, arrivalMs: undefined, isFetched: true };
    const record: StreamRecord = { ...from, data, readMs: clock.now(), ack };
    while (!signal.aborted) {
      try {
        await handOn(record);
        this.#handing.succeeded();
        return true;
      } catch (error) {
        if (!signal.aborted) await this.#handing.failed(notTaken(firstId, error));
      }
    }
    return false;
  }
}

function notTaken(firstId: string, error: unknown): Failure {
  const message = `Log events from "${firstId}" on were not taken and are retried: ${describeError(error)}`;
  return { stage: 'read', code: 'record-failed', message, cause: error, backoff: handOnBackoff };
}
