/**
 * A record from the moment it is processed until it is acked: one object for each record. It is acked when each of its lines is
 * confirmed, or was kept back on purpose.
 *
 * An ack takes four calls from the connection that confirms to the tracker of the shard: `Delivery.settle`,
 * `OpenRecord.settle`, `StreamRecord.ack` and `TrackedPosition.ack`.
 */
import type { FlowEnd } from '../flow-end.js';
import type { LineFormatter } from '../line-format.js';
import type { StreamRecord } from '../record.js';
import type { Tally } from '../tally.js';
import type { RebuiltRow } from './parse-event.js';
import type { ProcessedRecord } from './process-record.js';

/** Where the results of a record are sent: through the host's logger, or straight to the output. */
export interface RecordSink {
  /** The form of its lines. If known, records are turned into lines at once. */
  readonly lines?: SinkLines | undefined;
  /**
   * Takes all results of a record. Resolves when there is room for the next record, or when nothing more may be handed out;
   * what was not handed out by then is `abandoned`. Then it closes the record. The results are not kept, since they can be
   * rebuilt. Returns undefined if there is room at once, since small records cost little more than a promise.
   */
  take(processed: ProcessedRecord, record: OpenRecord): Promise<void> | undefined;
}

export interface SinkLines {
  readonly formatLine: LineFormatter;
  /** Longest line that the output allows. */
  readonly maxLineBytes: number;
  /** Whether rows are needed beside the lines. */
  readonly needsRows: boolean;
}

/**
 * `delivered`: confirmed. `filtered`: the host's own format or level dropped it. `rejected`: the output cannot carry it, so it
 * becomes a dead letter. `failed`: the host's own format failed on it, so it becomes a dead letter. `abandoned`: none of these
 * before the end. `blocked`: none of these, because the logger's levels currently let no flow log pass.
 */
export type Outcome = 'delivered' | 'filtered' | RejectReason | 'abandoned' | 'blocked';

/** The output cannot carry it, or a format of the host failed on it. */
export type RejectReason = 'rejected' | 'failed';

/** What became of a rejected log event: it is in the dead-letter file, its rows are confirmed, or a stop came first. */
export type Rejection = 'dead-letter' | 'rows' | 'abandoned';

/** What all records of a pipeline share. */
export interface RecordOwner {
  /** Counts a record that is acked. */
  countAcked(record: StreamRecord, flowEndMs: number | undefined): void;
  countFiltered(lines: number): void;
  /** Rebuilds all results of the record. */
  process(record: StreamRecord): Promise<ProcessedRecord>;
  /** Rebuilds the row of the log event with this index. */
  row(record: StreamRecord, index: number): Promise<RebuiltRow>;
  /** Resolves when the log event with this index is in the dead-letter file or confirmed as rows, or if a stop came first. */
  rejectEvent(record: StreamRecord, index: number, why: RejectReason): Promise<Rejection>;
  /**
   * Resolves when the unchanged record is in the dead-letter file.
   *
   * @param logEvents how many of its log events count in the ledger
   */
  reject(record: StreamRecord, reason: string, detail: string, logEvents?: number): Promise<void>;
}

export class OpenRecord {
  readonly record: StreamRecord;
  readonly #owner: RecordOwner;
  readonly #tally: Tally | undefined;
  /** Number of unsettled lines, plus one while more may be handed out. */
  #open = 1;
  #isAbandoned = false;
  #flowEndMs: number | undefined;

  /** @param tally what the record adds to the ledger once it is acked */
  constructor(record: StreamRecord, owner: RecordOwner, tally?: Tally) {
    this.record = record;
    this.#owner = owner;
    this.#tally = tally;
  }

  /** Announces one more item, which has to be settled once. */
  expect(): void {
    this.#open++;
  }

  /** @param index of the log event, for a single one that is filtered */
  settle(outcome: Outcome, count = 1, index?: number): void {
    if (outcome === 'filtered') this.#owner.countFiltered(count);
    if (outcome === 'filtered' && index !== undefined) this.#tally?.mark(index, 'filtered');
    if (outcome === 'abandoned' || outcome === 'blocked') this.#isAbandoned = true;
    this.#open -= count;
    if (this.#open !== 0 || this.#isAbandoned) return;
    this.#owner.countAcked(this.record, this.#flowEndMs);
    this.record.ack(this.#tally);
  }

  /**
   * Nothing more is handed out from now on.
   *
   * @param flowEnd of its last flow
   */
  close(flowEnd?: FlowEnd): void {
    this.#flowEndMs = flowEnd?.ms;
    this.settle('delivered');
  }

  /** Writes the log event with this index, which was announced by `expect`, to the dead-letter file or as rows, and settles it. */
  async rejectEvent(index: number, why: RejectReason): Promise<void> {
    const rejection = await this.#owner.rejectEvent(this.record, index, why);
    if (rejection === 'dead-letter') this.#tally?.mark(index, 'deadLettered');
    this.settle(rejection === 'abandoned' ? 'abandoned' : 'delivered');
  }

  /** Writes the unchanged record to the dead-letter file, and closes it. Rejects if that failed. */
  async reject(reason: string, detail: string): Promise<void> {
    await this.#owner.reject(this.record, reason, detail, this.#tally?.events);
    this.#tally?.markAll('deadLettered');
    this.close();
  }

  /** Rebuilds all of its results. */
  process(): Promise<ProcessedRecord> {
    return this.#owner.process(this.record);
  }

  /** Rebuilds the row of the log event with this index. */
  row(index: number): Promise<RebuiltRow> {
    return this.#owner.row(this.record, index);
  }

  /** The share of the record's memory for `events` of its log events, while they keep the record in memory. */
  shareBytes(events: number, of: number): number {
    return Math.ceil((this.record.data.byteLength * events) / Math.max(1, of));
  }
}
