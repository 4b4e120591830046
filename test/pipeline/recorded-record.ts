/** A record on its way out that reports what becomes of its rows, and acks nothing. */
import { OpenRecord, type Outcome, type RecordOwner } from '../../src/pipeline/open-record.js';
import type { RebuiltRow } from '../../src/pipeline/parse-event.js';
import type { StreamRecord } from '../../src/record.js';

export class RecordedRecord extends OpenRecord {
  readonly #onOutcome: (outcome: Outcome) => void;

  /** @param row gives a row once more */
  constructor(record: StreamRecord, onOutcome: (outcome: Outcome) => void, row?: (index: number) => RebuiltRow) {
    const fail = () => Promise.reject(new Error('Nothing is made again here'));
    const owner: RecordOwner = {
      countAcked() {},
      countFiltered() {},
      process: fail,
      row: row ? async (_record, index) => row(index) : fail,
      rejectEvent: fail,
      reject: fail,
    };
    super(record, owner);
    this.#onOutcome = onOutcome;
  }

  override settle(outcome: Outcome, count = 1): void {
    for (let row = 0; row < count; row++) this.#onOutcome(outcome);
  }

  override async rejectEvent(_index: number, why: Outcome): Promise<void> {
    this.#onOutcome(why);
  }

  override close(): void {}
}
