/**
 * The flow logs on their way through a logger to one transport, in order. A logger hands infos on in the order in which it
 * took them, so an expected record that a later one overtakes was dropped by the logger's format.
 */
import type { FlowLogRecord } from './flow-log-record.js';
import type { Outcome } from './settlement.js';

export class ExpectedRecords {
  #expected: FlowLogRecord[] = [];

  get isEmpty(): boolean {
    return this.#expected.length === 0;
  }

  /** The record is about to be written to the logger. */
  add(record: FlowLogRecord): void {
    this.#expected.push(record);
  }

  /**
   * The record arrived: those expected before it never will. True when it was expected here.
   */
  arrived(record: FlowLogRecord): boolean {
    // What nearly always happens, without arrays for each record.
    if (this.#expected[0] === record) {
      this.#expected.shift();
      return true;
    }
    const index = this.#expected.indexOf(record);
    if (index < 0) return false;
    const overtaken = this.#expected.splice(0, index + 1);
    for (const earlier of overtaken.slice(0, -1)) earlier.settler.settle('filtered');
    return true;
  }

  /** Nothing that was written is still on its way: whatever has not arrived gets this outcome. */
  settleAll(outcome: Outcome): void {
    for (const record of this.#expected.splice(0)) record.settler.settle(outcome);
  }
}
