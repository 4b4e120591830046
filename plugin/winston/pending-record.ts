/**
 * The rows of one record on their way through a logger, until they are settled. Only their indexes are kept, because many
 * thousands of rows may wait for confirmation.
 */
import type { OpenRecord, Outcome } from '../../src/pipeline/open-record.js';
import type { FlowLogRow } from '../../src/pipeline/parse-event.js';
import type { LineOwner, RowOrigin } from './flow-log-info.js';

/** Called once for a row when all its transports have settled it. */
export type SettleRow = (record: PendingRecord, index: number, outcome: Outcome) => void;

export class PendingRecord implements LineOwner, RowOrigin {
  readonly open: OpenRecord;
  /** Memory of the record divided by its number of rows. */
  readonly bytes: number;
  readonly #settle: SettleRow;

  constructor(open: OpenRecord, bytes: number, settle: SettleRow) {
    this.open = open;
    this.bytes = bytes;
    this.#settle = settle;
  }

  get origin(): RowOrigin {
    return this;
  }

  settle(outcome: Outcome, first: number, count: number): void {
    for (let index = first; index < first + count; index += 1) this.#settle(this, index, outcome);
  }

  rebuild(index: number): Promise<FlowLogRow> {
    return this.open.row(index);
  }
}

/** A row on its way to several transports. It is settled when all of them have settled it. */
export class SharedRow implements LineOwner, RowOrigin {
  readonly #record: PendingRecord;
  readonly #index: number;
  #open: number;
  #worst: Outcome = 'blocked';

  /** @param open number of transports that have to settle the row */
  constructor(record: PendingRecord, index: number, open: number) {
    this.#record = record;
    this.#index = index;
    this.#open = open;
  }

  get origin(): RowOrigin {
    return this;
  }

  get bytes(): number {
    return this.#record.bytes;
  }

  settle(outcome: Outcome): void {
    if (severity[outcome] > severity[this.#worst]) this.#worst = outcome;
    if (--this.#open === 0) this.#record.settle(this.#worst, this.#index, 1);
  }

  rebuild(): Promise<FlowLogRow> {
    return this.#record.rebuild(this.#index);
  }
}

/** If several transports settle a row, the worst outcome counts. */
const severity: Readonly<Record<Outcome, number>> = {
  blocked: 0,
  filtered: 1,
  delivered: 2,
  rejected: 3,
  failed: 4,
  abandoned: 5,
};
