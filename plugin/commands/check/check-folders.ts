/** Checks whether a run can write its checkpoint and its dead letters: creates a file for each and removes it at once. */
import { dirname } from 'node:path';
import { DeadLetterError } from '../../../src/errors.js';
import { describeError } from '../../../src/faults.js';
import { DeadLetterFile } from '../../../src/pipeline/dead-letter-file.js';
import type { Settings } from '../../../src/settings/settings.js';
import { findFolderDistrust, resolveFile } from '../../../src/trusted-file.js';
import { tryMissingFolder } from '../../../src/try-folder.js';
import type { CheckResult } from './check-result.js';

const name = 'files';

export async function* checkFolders({ input, deadLetter }: Settings): AsyncGenerator<CheckResult> {
  if (!input) return;
  if (input.checkpoint.type !== 'memory') yield checkState(dirname(await resolveFile(input.checkpoint.path)));
  yield checkDeadLetters(deadLetter.path);
}

async function checkState(folder: string): Promise<CheckResult> {
  try {
    const reason = await findFolderDistrust(folder);
    if (reason !== undefined) throw new Error(reason);
    await tryMissingFolder(folder);
    return { name, status: 'pass', message: `The checkpoint can be written to "${folder}"` };
  } catch (error) {
    const message = `The checkpoint cannot be written to "${folder}" (${describeError(error)})`;
    const advice = 'allow the user of the program to write there, or set input.checkpoint.path';
    return { name, status: 'fail', message, advice };
  }
}

async function checkDeadLetters(path: string): Promise<CheckResult> {
  try {
    await new DeadLetterFile(path).test();
    return { name, status: 'pass', message: `Dead letters can be written to "${path}"` };
  } catch (error) {
    const reason = describeError(error instanceof DeadLetterError ? error.cause : error);
    const message = `Dead letters cannot be written to "${path}" (${reason})`;
    const advice = 'allow the user of the program to write there, or set deadLetter.path';
    return { name, status: 'fail', message, advice };
  }
}
