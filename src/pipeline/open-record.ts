/**
 * A record on its way out, from the moment it is processed until it is acked: one object for each. It is acked when each of its
 * lines is confirmed, or was kept back on purpose.
 *
 * An ack takes four calls from the connection that confirms to the tracker of the shard: `Delivery.settle`,
 * `OpenRecord.settle`, `StreamRecord.ack` and `TrackedPosition.ack`.
 */
import type { LineFormatter } from '../line-format.js';
import type { StreamRecord } from '../record.js';
import type { Counters } from '../report/stats.js';
import type { RebuiltRow } from './parse-event.js';
import type { ProcessedRecord } from './process-record.js';

/** Where what came of a record goes on its way out: through the host's logger, or straight to the output. */
export interface RecordSink {
  /** What its lines are like: where it is known, records are made to lines at once. */
  readonly lines?: SinkLines | undefined;
  /**
   * Takes all that came of a record. Resolves when there is room for the next one, or when nothing more is to be handed out; what
   * was not by then is `abandoned`. Then it closes the record. What has come of the record is not kept: it can be had again.
   */
  take(processed: ProcessedRecord, record: OpenRecord): Promise<void>;
}

export interface SinkLines {
  readonly formatLine: LineFormatter;
  /** Longest line that the output can carry. */
  readonly maxLineBytes: number;
  /** Whether rows are needed beside the lines. */
  readonly needsRows: boolean;
}

/**
 * `delivered`: confirmed. `filtered`: the host's own format or level dropped it. `rejected`: the output cannot carry it, so it
 * is a dead letter; `failed` likewise, since the host's own format failed on it. `abandoned`: none of them, before the end.
 * `blocked`: none of them, because the levels of the logger let no flow log pass at the moment.
 */
export type Outcome = 'delivered' | 'filtered' | RejectReason | 'abandoned' | 'blocked';

/** The output cannot carry it, or a format of the host failed on it. */
export type RejectReason = 'rejected' | 'failed';

/** What is common to all records of a pipeline. */
export interface RecordOwner {
  readonly counters: Pick<Counters, 'acknowledged'>;
  countFiltered(lines: number): void;
  /** All that came of the record, once more. */
  process(record: StreamRecord): Promise<ProcessedRecord>;
  /** The row that was made of the log event with this index, once more. */
  row(record: StreamRecord, index: number): Promise<RebuiltRow>;
  /** Resolves with true when the log event with this index is in the dead-letter file, with false when a stop came first. */
  rejectEvent(record: StreamRecord, index: number, why: RejectReason): Promise<boolean>;
  /** Resolves when the record as it came is in the dead-letter file. */
  reject(record: StreamRecord, reason: string, detail: string): Promise<void>;
}

export class OpenRecord {
  readonly record: StreamRecord;
  readonly #owner: RecordOwner;
  /** What is not settled; as long as more may be handed out, one more. */
  #open = 1;
  #isAbandoned = false;

  constructor(record: StreamRecord, owner: RecordOwner) {
    this.record = record;
    this.#owner = owner;
  }

  /** Something more is handed out, which has to be settled once. */
  expect(): void {
    this.#open++;
  }

  settle(outcome: Outcome, count = 1): void {
    if (outcome === 'filtered') this.#owner.countFiltered(count);
    if (outcome === 'abandoned' || outcome === 'blocked') this.#isAbandoned = true;
    this.#open -= count;
    if (this.#open !== 0 || this.#isAbandoned) return;
    this.#owner.counters.acknowledged++;
    this.record.ack();
  }

  /** Nothing more is handed out. */
  close(): void {
    this.settle('delivered');
  }

  /** Puts the log event with this index, which is expected already, into the dead-letter file, and settles it. */
  async rejectEvent(index: number, why: RejectReason): Promise<void> {
    const isWritten = await this.#owner.rejectEvent(this.record, index, why);
    this.settle(isWritten ? 'delivered' : 'abandoned');
  }

  /** Puts the record as it came into the dead-letter file, and closes it. Rejects when that failed. */
  async reject(reason: string, detail: string): Promise<void> {
    await this.#owner.reject(this.record, reason, detail);
    this.close();
  }

  /** All that came of it, once more. */
  process(): Promise<ProcessedRecord> {
    return this.#owner.process(this.record);
  }

  /** The row that was made of the log event with this index, once more. */
  row(index: number): Promise<RebuiltRow> {
    return this.#owner.row(this.record, index);
  }

  /** What so many of its log events weigh, of so many that are in it, while the record is kept for them. */
  shareBytes(events: number, of: number): number {
    return Math.ceil((this.record.data.byteLength * events) / Math.max(1, of));
  }
}
