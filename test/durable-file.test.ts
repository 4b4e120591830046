/** What counts as on disk is there after a loss of power too: the folder of a new name is synced before a write resolves. */
import { type FileHandle, open, rename, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createFileStore } from '../src/checkpoint/file-store.js';
import { LatestFile } from '../src/checkpoint/latest-file.js';
import { systemClock } from '../src/clock.js';
import { openFileChannel } from '../src/deliver/file-channel.js';
import { syncFolder } from '../src/durable-file.js';
import { DeadLetterFile } from '../src/pipeline/dead-letter-file.js';
import { makeFolder } from './end-to-end/command.js';

const line = Buffer.from('a line\n');
const context = { clock: systemClock, random: Math.random, onFault: () => {}, onRecovery: () => {} };
const stream = { arn: 'arn:aws:kinesis:us-east-1:123456789012:stream/a', createdMs: 1 };

test.serial('a new output file counts once its folder is synced, and no later line syncs it again', async (t) => {
  const folder = await makeFolder(t);
  const synced = await watchSyncs(t);
  const channel = await openFileChannel(join(folder, 'out.log'));
  await channel.write(line);
  t.is(await synced(folder), 1);
  await channel.write(line);
  await channel.end();
  t.is(await synced(folder), 1);
});

test.serial('a new file behind a link counts once the folder that it is in is synced', async (t) => {
  const [folder, other] = [await makeFolder(t), await makeFolder(t)];
  await symlink(join(other, 'out.log'), join(folder, 'out.log'));
  await symlink(join(other, 'letters'), join(folder, 'letters'));
  const synced = await watchSyncs(t);
  await (await openFileChannel(join(folder, 'out.log'))).end();
  t.is(await synced(other), 1);
  await new DeadLetterFile(join(folder, 'letters')).writeLines(['{}']);
  t.is(await synced(other), 2);
});

test.serial(
  'an output file that is rotated by size, and the one that follows it, count once the folder is synced',
  async (t) => {
    const folder = await makeFolder(t);
    const channel = await openFileChannel(join(folder, 'out.log'), { maxFileBytes: line.length, maxFiles: 3 });
    await channel.write(line);
    const synced = await watchSyncs(t);
    await channel.write(line);
    t.is(await synced(folder), 1);
    await channel.end();
  },
);

test.serial(
  'a dead letter in a new file counts once the folder is synced, also after a replay took the file',
  async (t) => {
    const folder = await makeFolder(t);
    const path = join(folder, 'dead-letter.ndjson');
    const synced = await watchSyncs(t);
    const file = new DeadLetterFile(path);
    await file.writeLines(['{}']);
    t.is(await synced(folder), 1);
    await file.writeLines(['{}']);
    t.is(await synced(folder), 1);
    await rename(path, `${path}.aside`);
    await file.writeLines(['{}']);
    t.is(await synced(folder), 2);
  },
);

test.serial('a checkpoint counts once its folder is synced, and the folders that had to be made', async (t) => {
  const above = await makeFolder(t);
  const [made, folder] = [join(above, 'a'), join(above, 'a', 'b')];
  const synced = await watchSyncs(t);
  const store = createFileStore({ path: join(folder, 'checkpoint.json'), onRecovered: () => {} });
  await store.open(stream);
  await store.save(new Map([['shardId-000000000000', { position: { type: 'beginning' }, updatedMs: 1 }]]));
  for (const path of [above, made, folder]) t.true((await synced(path)) > 0, path);
  await store.close();
  const other = join(above, 'c');
  const file = new LatestFile({ ...context, path: join(other, 'latest.json'), intervalMs: 1000 });
  const before = await synced(above);
  file.put('1');
  t.true(await file.close());
  t.deepEqual([await synced(above), await synced(other)], [before + 1, 1]);
});

test.serial('a folder that is not there is an error', async (t) => {
  await t.throwsAsync(syncFolder(join(await makeFolder(t), 'nowhere')), { code: 'ENOENT' });
});

/** Counts how often a folder is synced, on the handles that Node gives to everybody. */
async function watchSyncs(t: ExecutionContext): Promise<(folder: string) => Promise<number>> {
  const inodes: number[] = [];
  const probe = await open('.', 'r');
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const { sync } = prototype;
  prototype.sync = async function (this: FileHandle) {
    const { ino } = await this.stat();
    await sync.call(this);
    inodes.push(ino);
  };
  t.teardown(() => {
    prototype.sync = sync;
  });
  return async (folder) => {
    const { ino } = await stat(folder);
    return inodes.filter((inode) => inode === ino).length;
  };
}
