import type { InputSettings } from '../settings/settings.js';

/** Whether log events are counted: the ledger is a file beside that of the checkpoint. */
export function hasLedger({ checkpoint, ledgerDays }: Pick<InputSettings, 'checkpoint' | 'ledgerDays'>): boolean {
  return checkpoint.type === 'file' && ledgerDays > 0;
}
