/**
 * Sends dead letters as rows, for what is known to be unusable only after its record was processed: a record that fails
 * repeatedly, and a line that the output cannot carry. They are confirmed as every other row.
 */
import type { StreamRecord } from '../record.js';
import { orAtAbort } from '../waiters.js';
import type { DeadLetter } from './dead-letter-file.js';
import { Mutex } from './mutex.js';
import { OpenRecord, type RecordSink } from './open-record.js';
import { countUnreadable, type ProcessedRecord, type ProcessOptions, toCollected } from './process-record.js';
import { createRecordOwner, type RecordOwnerOptions } from './record-owner.js';
import { type LineLimit, toUnreadableRows } from './unreadable-rows.js';

export interface UnreadableLettersOptions extends RecordOwnerOptions, Pick<ProcessOptions, 'clock'> {
  readonly sink: RecordSink;
  readonly lines: LineLimit;
}

export class UnreadableLetters {
  readonly #options: UnreadableLettersOptions;
  /** Letters are made and handed out one at a time, to limit memory. */
  readonly #sending = new Mutex();

  constructor(options: UnreadableLettersOptions) {
    this.#options = options;
  }

  /** Hands out the letter in place of the results of its record. Resolves as `RecordSink.take` does. */
  put(letter: DeadLetter, record: StreamRecord): Promise<void> {
    return this.#take(letter, record, this.#options.countAcked);
  }

  /** Resolves with true when the letter is confirmed, with false when the signal aborts first. */
  async putUntilDone(record: StreamRecord, make: () => Promise<DeadLetter>, signal: AbortSignal): Promise<boolean> {
    const locked = this.#sending.lock();
    if (locked) await locked;
    let confirmed = Promise.resolve(false);
    try {
      const letter = await make();
      let ack = () => {};
      confirmed = new Promise((resolve) => {
        ack = () => resolve(true);
      });
      // Its record is counted when that is acked.
      if (!signal.aborted) await this.#take(letter, { ...record, ack }, () => {});
    } finally {
      this.#sending.unlock();
    }
    return orAtAbort(confirmed, signal, false);
  }

  async #take(letter: DeadLetter, record: StreamRecord, countAcked: RecordOwnerOptions['countAcked']): Promise<void> {
    const { sink, lines, clock, counters } = this.#options;
    const collected = toCollected(record, clock);
    const make = () => toUnreadableRows([letter], record, 0, collected, lines);
    const process = (): ProcessedRecord => {
      const { count: events, rows } = make();
      return { deadLetters: [], events, isWhole: true, lines: undefined, rows, tally: undefined };
    };
    const rebuilder = {
      process: async () => process(),
      async row(_: StreamRecord, index: number) {
        for (const row of make().rows) if (row.index === index) return row;
        throw new RangeError(`A dead letter of record "${record.sequenceNumber}" has no row ${index}`);
      },
    };
    countUnreadable([letter], this.#options);
    for (const { row } of make().rows) counters.countRow(row);
    // A row that the output cannot carry either is a dead letter in the file.
    const owner = createRecordOwner(rebuilder, { ...this.#options, countAcked, unreadable: undefined });
    await sink.take(process(), new OpenRecord(record, owner));
  }
}
