/**
 * Rebuilds the results of a record. Hardly anything is sent twice, and a record is a fraction of the size of its rows and
 * lines, so only the record is kept until everything is confirmed. It remembers its position in the last record, since rows are
 * rebuilt in order.
 */
import type { StreamRecord } from '../record.js';
import { PluginEmitter } from '../report/events.js';
import { Counters } from '../report/stats.js';
import type { RebuiltRow } from './parse-event.js';
import { type ProcessedRecord, type ProcessOptions, processRecord, rowsAgain } from './process-record.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

export class RecordRebuilder {
  readonly #options: ProcessOptions;
  #rows: { readonly record: StreamRecord; readonly left: Iterator<RebuiltRow>; nextIndex: number } | undefined;

  constructor(options: ProcessOptions) {
    // The record was counted and reported the first time.
    this.#options = { ...options, counters: new Counters(), events: new PluginEmitter() };
  }

  /** Rebuilds all results of the record. */
  async process(record: StreamRecord): Promise<ProcessedRecord> {
    await yieldToEventLoop(record.data.byteLength);
    return processRecord(record, this.#options);
  }

  /** Rebuilds the row of the log event with this index. */
  async row(record: StreamRecord, index: number): Promise<RebuiltRow> {
    if (this.#rows?.record !== record || this.#rows.nextIndex > index) {
      const rows = await rowsAgain(record, this.#options);
      this.#rows = { record, left: rows[Symbol.iterator](), nextIndex: 0 };
    }
    const place = this.#rows;
    for (let next = place.left.next(); !next.done; next = place.left.next()) {
      place.nextIndex = next.value.index + 1;
      if (next.value.index === index) return next.value;
    }
    throw new RangeError(`Record "${record.sequenceNumber}" of shard "${record.shardId}" has no row ${index} any more`);
  }
}
