/**
 * Opens the checkpoint of the settings. If it belongs to an earlier stream of the same name, it is refused, or renamed first if
 * the settings say so.
 */

import { resetCheckpointFile } from '../checkpoint/checkpoint-file.js';
import { createFileStore } from '../checkpoint/file-store.js';
import { createMemoryStore } from '../checkpoint/memory-store.js';
import type { CheckpointStore, ShardCheckpoint } from '../checkpoint/store.js';
import type { Clock } from '../clock.js';
import { CheckpointError } from '../errors.js';
import { describeError, type ReportFault } from '../faults.js';
import type { StreamIdentity } from '../progress.js';
import type { InputSettings } from '../settings/settings.js';

export interface OpenCheckpoint {
  readonly store: CheckpointStore;
  readonly stored: ReadonlyMap<string, ShardCheckpoint>;
}

/** Rejects with a `CheckpointError`, like `CheckpointStore.open`. */
export async function openCheckpoint(
  { checkpoint, onStreamRecreated }: InputSettings,
  stream: StreamIdentity,
  clock: Clock,
  onFault: ReportFault,
): Promise<OpenCheckpoint> {
  const open = async () => {
    const store = createStore(checkpoint, onFault);
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

function createStore(checkpoint: InputSettings['checkpoint'], onFault: ReportFault): CheckpointStore {
  if (checkpoint.type === 'memory') return createMemoryStore();
  const onRecovered = (cause: unknown) => {
    const message = `The checkpoint "${checkpoint.path}" cannot be read, so its previous version is used and some records are sent again (${describeError(cause)}); to start at input.startAt, use kinesis-snare checkpoint reset`;
    onFault({ stage: 'checkpoint', code: 'recovered-previous', message, cause });
  };
  return createFileStore({ path: checkpoint.path, onRecovered });
}
