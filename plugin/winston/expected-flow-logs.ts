/**
 * The flow logs on their way through a logger to one transport, in order. A logger hands infos on in the order in which it
 * took them, so an expected record that a later one overtakes was dropped by the logger's format.
 */
import type { Outcome } from '../../src/pipeline/open-record.js';
import type { FlowLogInfo } from './flow-log-info.js';

export class ExpectedFlowLogs {
  /** By itself, since nearly always there is one at a time: an array would allocate its memory again for each. */
  #first: FlowLogInfo | undefined;
  /** Behind it; empty without it. */
  #others: FlowLogInfo[] = [];

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** The record is about to be written to the logger. */
  add(record: FlowLogInfo): void {
    if (this.#first) this.#others.push(record);
    else this.#first = record;
  }

  /** The record arrived: those expected before it never will. True when it was expected here. */
  arrived(record: FlowLogInfo): boolean {
    if (this.#first !== record && !this.#others.includes(record)) return false;
    for (let next = this.#take(); next && next !== record; next = this.#take()) {
      next.owner.settle('filtered', next.index, 1);
    }
    return true;
  }

  /** The record will not arrive; its owner is not called. True when it was expected here. */
  withdraw(record: FlowLogInfo): boolean {
    if (this.#first === record) {
      this.#take();
      return true;
    }
    const index = this.#others.indexOf(record);
    if (index >= 0) this.#others.splice(index, 1);
    return index >= 0;
  }

  /** Nothing that was written is still on its way: whatever has not arrived gets this outcome. */
  settleAll(outcome: Outcome): void {
    const all = this.#first ? [this.#first, ...this.#others] : [];
    this.#first = undefined;
    this.#others = [];
    for (const record of all) record.owner.settle(outcome, record.index, 1);
  }

  #take(): FlowLogInfo | undefined {
    const first = this.#first;
    this.#first = this.#others.shift();
    return first;
  }
}
