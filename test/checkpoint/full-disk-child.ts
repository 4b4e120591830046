/** Runs under a limit on the size of files, which takes a part of a write as a disk does that is filling up. */

import { createFileStore } from '../../src/checkpoint/file-store.js';
import { CheckpointError } from '../../src/errors.js';
import { after, stream } from './positions.js';

const [path = ''] = process.argv.slice(2);
// Its default is to end the process; a handler makes the write fail instead.
process.on('SIGXFSZ', () => {});
const store = createFileStore({ path, onRecovered: () => {} });
await store.open(stream);
await store.save(new Map([['shard', after('1')]]));
const many = Array.from({ length: 10_000 }, (_, index) => `shardId-${String(index).padStart(12, '0')}`);
const outcome = await store.save(new Map(many.map((shardId) => [shardId, after('2')]))).then(
  () => 'saved',
  (error) => (error instanceof CheckpointError ? error.kind : String(error)),
);
process.stdout.write(`${outcome}\n`);
if (process.argv[3] === 'recover') {
  await store.remove(many);
  await store.save(new Map([['shard', after('3')]]));
}
await store.close();
