/** Saves ever higher positions to the checkpoint, as fast as it can, and says each that is durable. */
import { writeSync } from 'node:fs';
import { createFileStore } from '../../src/checkpoint/file-store.js';
import { after, stream } from './positions.js';

const [path = ''] = process.argv.slice(2);
// Does not outlive the test.
process.on('disconnect', () => process.exit());
const store = createFileStore({ path, onRecovered: (cause) => writeSync(1, `recovered ${cause}\n`) });
const position = (await store.open(stream)).get('shard-0')?.position;
for (let count = position?.type === 'after' ? Number(position.sequenceNumber) + 1 : 1; ; count++) {
  // Long enough that a file written in place would be seen torn.
  const shards = Array.from({ length: 100 }, (_, index) => [`shard-${index}`, after(String(count))] as const);
  await store.save(new Map(shards));
  // Not through a stream, whose buffer would die with the process.
  writeSync(1, `${count}\n`);
}
