/** Where what came of a record goes on its way out: through the host's logger, or straight to the output. */
import type { StreamRecord } from '../src/record.js';
import type { ProcessedRecord } from './process-record.js';
import type { Remaker } from './remaker.js';
import type { Outcome, Settlement } from './settlement.js';

export interface RecordSink {
  /**
   * Takes all that came of a record. Resolves when there is room for the next one, or when the signal aborted; what was not
   * handed out by then is `abandoned`.
   */
  take(taken: TakenRecord, signal: AbortSignal): Promise<void>;
}

export interface TakenRecord {
  readonly record: StreamRecord;
  readonly processed: ProcessedRecord;
  readonly remaker: Pick<Remaker, 'process' | 'row'>;
  /** Told of each piece that is handed out. */
  readonly settlement: Pick<Settlement, 'expect'>;
  /** Puts the log event with this index into the dead-letter file, then settles. */
  setAside(index: number, why: 'rejected' | 'failed', settle: (outcome: Outcome) => void): void;
}

/** What a part of a record weighs while the record is kept for it. */
export function shareBytes({ record, processed }: TakenRecord, parts: number): number {
  return Math.ceil((record.data.byteLength * parts) / Math.max(1, processed.events));
}
