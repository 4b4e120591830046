/** Writes a small letter and one that is larger than this process may make a file. Ends with 0 when only that one failed. */
import { DeadLetterError } from '../../src/errors.js';
import { DeadLetterFile } from '../../src/pipeline/dead-letter-file.js';

process.on('SIGXFSZ', () => {});
const file = new DeadLetterFile(process.argv[2] as string);
const letter = { time: 't', shardId: 's', sequenceNumber: '1', reason: 'r', detail: 'd' };
await file.write([{ ...letter, data: Buffer.alloc(100) }]);
try {
  await file.write([{ ...letter, data: Buffer.alloc(1_000_000) }]);
  process.exitCode = 1;
} catch (error) {
  process.exitCode = error instanceof DeadLetterError ? 0 : 2;
}
