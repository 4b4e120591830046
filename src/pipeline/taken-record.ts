/** A record on its way out, from the moment it is processed until all that came of it is settled. */
import type { StreamRecord } from '../record.js';
import type { Remaker } from './rebuild-record.js';
import type { AsideReason, RecordSource } from './record-sink.js';
import { Settlement, type SettlementOwner } from './settlement.js';

/** What becomes of records. */
export interface RecordOwner {
  acknowledge(record: StreamRecord): void;
  countFiltered(): void;
  /** Resolves with true when the log event with this index is on disk, with false when a stop came first. */
  setAside(record: StreamRecord, index: number, why: AsideReason, remaker: Remaker): Promise<boolean>;
}

export class TakenRecord implements RecordSource, SettlementOwner {
  readonly record: StreamRecord;
  readonly remaker: Remaker;
  readonly settlement = new Settlement(this);
  readonly #owner: RecordOwner;

  constructor(record: StreamRecord, remaker: Remaker, owner: RecordOwner) {
    this.record = record;
    this.remaker = remaker;
    this.#owner = owner;
  }

  async setAside(index: number, why: AsideReason): Promise<void> {
    const isWritten = await this.#owner.setAside(this.record, index, why, this.remaker);
    this.settlement.settle(isWritten ? 'delivered' : 'abandoned');
  }

  allSettled(): void {
    this.#owner.acknowledge(this.record);
  }

  filtered(): void {
    this.#owner.countFiltered();
  }
}
