/**
 * Opens the checkpoint of the settings. If it belongs to an earlier stream of the same name, it is refused, or renamed first if
 * the settings say so.
 */

import { resetCheckpointFile } from '../checkpoint/checkpoint-file.js';
import { createFileStore } from '../checkpoint/file-store.js';
import { Ledger } from '../checkpoint/ledger.js';
import { createMemoryStore } from '../checkpoint/memory-store.js';
import type { CheckpointStore, ShardCheckpoint } from '../checkpoint/store.js';
import type { Clock } from '../clock.js';
import { CheckpointError } from '../errors.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import type { StreamIdentity } from '../progress.js';
import type { InputSettings } from '../settings/settings.js';

type LocalCheckpoint = Exclude<InputSettings['checkpoint'], { type: 'dynamodb' }>;

interface LocalSettings extends Pick<InputSettings, 'onStreamRecreated' | 'ledgerDays'> {
  readonly checkpoint: LocalCheckpoint;
}

export interface OpenCheckpoint {
  readonly store: CheckpointStore;
  readonly stored: ReadonlyMap<string, ShardCheckpoint>;
}

export interface CheckpointContext {
  readonly clock: Clock;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

/** Rejects with a `CheckpointError`, like `CheckpointStore.open`. */
export async function openCheckpoint(
  input: LocalSettings,
  stream: StreamIdentity,
  context: CheckpointContext,
): Promise<OpenCheckpoint> {
  const { checkpoint, onStreamRecreated } = input;
  const { clock, onFault } = context;
  const open = async () => {
    const store = createStore(input, context);
    return { store, stored: await store.open(stream) };
  };
  try {
    return await open();
  } catch (error) {
    const isOld = error instanceof CheckpointError && error.kind === 'stream-recreated';
    if (!isOld || onStreamRecreated !== 'reset') throw error;
  }
  if (checkpoint.type === 'file') await resetCheckpointFile(checkpoint.path, new Date(clock.now()));
  const message =
    'The stream was deleted and created again; its checkpoint is renamed, and reading starts at input.startAt';
  onFault({ stage: 'checkpoint', code: 'stream-reset', message });
  return open();
}

function createStore({ checkpoint, ledgerDays }: LocalSettings, context: CheckpointContext): CheckpointStore {
  if (checkpoint.type === 'memory') return createMemoryStore();
  const { path } = checkpoint;
  const onRecovered = (cause: unknown) => {
    const message = `The checkpoint "${path}" cannot be read, so its previous version is used and some records are sent again (${describeError(cause)}); to start at input.startAt, use npx kinesis-snare checkpoint reset`;
    context.onFault({ stage: 'checkpoint', code: 'recovered-previous', message, cause });
  };
  return createFileStore({
    path,
    onRecovered,
    openLedger:
      ledgerDays === 0
        ? undefined
        : (unfolded) => Ledger.open({ ...context, checkpointPath: path, days: ledgerDays }, unfolded),
  });
}
