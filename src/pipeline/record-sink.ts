/** Where what came of a record goes on its way out: through the host's logger, or straight to the output. */
import type { LineFormatter } from '../line-format.js';
import type { StreamRecord } from '../record.js';
import type { ProcessedRecord } from './process-record.js';
import type { Remaker } from './rebuild-record.js';
import type { Settlement } from './settlement.js';

export interface RecordSink {
  /** What its lines are like: where it is known, records are made to lines at once. */
  readonly lines?: SinkLines | undefined;
  /**
   * Takes all that came of a record. Resolves when there is room for the next one, or when nothing more is to be handed out; what
   * was not by then is `abandoned`. Then it closes the settlement. What has come of the record is not kept: it can be had again.
   */
  take(processed: ProcessedRecord, source: RecordSource): Promise<void>;
}

export interface SinkLines {
  readonly formatLine: LineFormatter;
  /** Longest line that the output can carry. */
  readonly maxLineBytes: number;
  /** Whether rows are needed beside the lines. */
  readonly needsRows: boolean;
}

/** All that is kept of a record until it is settled. */
export interface RecordSource {
  readonly record: StreamRecord;
  readonly remaker: Pick<Remaker, 'process' | 'row'>;
  /** Told of each piece that is handed out, and of its fate. */
  readonly settlement: Pick<Settlement, 'expect' | 'settle' | 'close'>;
  /** Puts the log event with this index, which is expected already, into the dead-letter file, and settles it. */
  setAside(index: number, why: AsideReason): void;
}

/** The output cannot carry it, or a format of the host failed on it. */
export type AsideReason = 'rejected' | 'failed';

/** What each of so many log events weighs, of so many in the record, while the record is kept for them. */
export function shareBytes({ data }: StreamRecord, events: number, of: number): number {
  return Math.ceil((data.byteLength * events) / Math.max(1, of));
}
