/** Takes the lock of the path, says `held` or the kind of the refusal, and lets go when told. */

import { acquireLock } from '../../src/checkpoint/lock.js';
import { CheckpointError } from '../../src/errors.js';

const [path = ''] = process.argv.slice(2);
try {
  const lock = await acquireLock(path);
  process.once('message', async () => {
    await lock.release();
    process.send?.('released', () => process.disconnect());
  });
  process.send?.('held');
} catch (error) {
  process.send?.(error instanceof CheckpointError ? error.kind : String(error), () => process.disconnect());
}
