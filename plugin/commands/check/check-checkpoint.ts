/** Reads the checkpoint. Takes no lock and writes nothing. */

import { readCheckpointFile } from '../../../src/checkpoint/checkpoint-file.js';
import { isLocked } from '../../../src/checkpoint/lock.js';
import { CheckpointError } from '../../../src/errors.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import type { CheckResult } from './check-result.js';
import { type CheckpointContext, judgeCheckpoint } from './judge-checkpoint.js';

const name = 'checkpoint';

interface LocalInput extends Pick<InputSettings, 'startAt'> {
  readonly checkpoint: Exclude<InputSettings['checkpoint'], { type: 'dynamodb' }>;
}

export async function checkCheckpoint(
  { checkpoint, startAt }: LocalInput,
  context: Omit<CheckpointContext, 'startAt'>,
): Promise<CheckResult> {
  if (checkpoint.type === 'memory') {
    const message = `Positions are kept in memory, so every run starts at "${startAt}"`;
    return { name, status: 'warn', message, advice: 'set input.checkpoint.type to "file", unless this is a trial' };
  }
  const { path } = checkpoint;
  try {
    const { content, recoveredFrom } = await readCheckpointFile(path);
    const found = { path, content, isRecovered: recoveredFrom !== undefined, isLocked: await isLocked(path) };
    return judgeCheckpoint(found, { ...context, startAt });
  } catch (error) {
    if (error instanceof CheckpointError) return { name, status: 'fail', message: error.message, details: { path } };
    throw error;
  }
}
