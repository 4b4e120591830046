import { createBatch } from '../checkpoint/ledger-batch.js';
import type { RangeState } from '../checkpoint/range-progress.js';
import type { InputSettings } from '../settings/settings.js';

type LedgerSettings = Pick<InputSettings, 'checkpoint' | 'ledgerDays'>;

/** Whether log events are counted: the ledger is a file beside that of the checkpoint. */
export function hasLedger({ checkpoint, ledgerDays }: LedgerSettings): boolean {
  return checkpoint.type === 'file' && ledgerDays > 0;
}

/** The state with counts of its own, if log events are counted. */
export function withBatch(state: RangeState, input: LedgerSettings): RangeState {
  return hasLedger(input) ? { ...state, batch: state.batch ?? createBatch() } : state;
}
