/**
 * The flow logs on their way through a logger to one transport, in order. A logger keeps the order of its infos. If a later
 * record arrives before an expected one, the logger's format has dropped the expected one.
 */
import type { Outcome } from '../../src/pipeline/open-record.js';
import type { FlowLogInfo } from './flow-log-info.js';

export class ExpectedFlowLogs {
  /** Kept outside of the array, because there is nearly always just one: an array would allocate its memory again for each. */
  #first: FlowLogInfo | undefined;
  /** The records after the first; empty if there is no first. */
  #others: FlowLogInfo[] = [];

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Call this right before the record is written to the logger. */
  add(record: FlowLogInfo): void {
    if (this.#first) this.#others.push(record);
    else this.#first = record;
  }

  /** Marks the record as arrived; records expected before it never will. Returns true if it was expected here. */
  arrived(record: FlowLogInfo): boolean {
    if (this.#first !== record && !this.#others.includes(record)) return false;
    for (let next = this.#take(); next && next !== record; next = this.#take()) {
      next.owner.settle('filtered', next.item.index, 1);
    }
    return true;
  }

  /** Stops expecting the record, without calling its owner. Returns true if it was expected here. */
  withdraw(record: FlowLogInfo): boolean {
    if (this.#first === record) {
      this.#take();
      return true;
    }
    const index = this.#others.indexOf(record);
    if (index >= 0) this.#others.splice(index, 1);
    return index >= 0;
  }

  /** Call this when the logger is empty: every record that has not arrived gets this outcome. */
  settleAll(outcome: Outcome): void {
    const all = this.#first ? [this.#first, ...this.#others] : [];
    this.#first = undefined;
    this.#others = [];
    for (const record of all) record.owner.settle(outcome, record.item.index, 1);
  }

  #take(): FlowLogInfo | undefined {
    const first = this.#first;
    this.#first = this.#others.shift();
    return first;
  }
}
