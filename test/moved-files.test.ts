/**
 * Files that somebody moves, removes, replaces or truncates while the program runs: what counts as written is under the path by
 * then, or was moved away whole after it had counted.
 */
import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { BackfillCheckpoint, firstState } from '../src/checkpoint/backfill-checkpoint.js';
import { createFileStore } from '../src/checkpoint/file-store.js';
import { LatestFile } from '../src/checkpoint/latest-file.js';
import { acquireLock } from '../src/checkpoint/lock.js';
import { systemClock } from '../src/clock.js';
import { openFileChannel } from '../src/deliver/file-channel.js';
import { replaceFile } from '../src/durable-file.js';
import type { Fault } from '../src/faults.js';
import { isStillNamed } from '../src/named-file.js';
import { DeadLetterFile } from '../src/pipeline/dead-letter-file.js';
import { after, stream } from './checkpoint/positions.js';
import { makeFolder } from './checkpoint/temporary-folder.js';
import { RecordedDeliverer } from './deliver/recorded-deliverer.js';

type Move = (path: string) => Promise<void>;

const moves: readonly (readonly [name: string, move: Move])[] = [
  ['removed', (path) => rm(path)],
  [
    'moved, and another one made (logrotate create)',
    async (path) => {
      await rename(path, `${path}.1`);
      await writeFile(path, '', { mode: 0o600 });
    },
  ],
  ['moved (logrotate nocreate)', (path) => rename(path, `${path}.1`)],
  [
    'moved and then removed',
    async (path) => {
      await rename(path, `${path}.1`);
      await rm(`${path}.1`);
    },
  ],
  [
    'in a folder that is replaced',
    async (path) => {
      await rename(dirname(path), `${dirname(path)}.old`);
      await mkdir(dirname(path));
    },
  ],
  [
    'copied and truncated (logrotate copytruncate)',
    async (path) => {
      await copyFile(path, `${path}.1`);
      await truncate(path);
    },
  ],
];

for (const [name, move] of moves) {
  test.serial(
    `an output file that is ${name} between two lines is opened again, and the next line is in it`,
    async (t) => {
      const path = await createPath(t);
      const output = deliverToFile(t, path);
      output.send(2);
      await output.whenDelivered(2);
      await move(path);
      output.send(1);
      await output.whenDelivered(3);
      t.is(await readFile(path, 'utf8'), `${output.sent[2]}\n`);
      t.deepEqual(output.faults, []);
    },
  );

  test.serial(`a line of an output file that is ${name} while it is written counts once the path has it`, async (t) => {
    const path = await createPath(t);
    const output = deliverToFile(t, path);
    output.send(1);
    await output.whenDelivered(1);
    await atNextSync(t, () => move(path));
    output.send(1);
    await output.whenDelivered(2);
    t.is(await readFile(path, 'utf8'), `${output.sent[1]}\n`);
    t.deepEqual(output.faults, []);
  });

  test.serial(`a dead letter of a file that is ${name} while it is written counts once the path has it`, async (t) => {
    const path = await createPath(t);
    const file = new DeadLetterFile(path);
    await file.writeLines(['first']);
    await atNextSync(t, () => move(path));
    await file.writeLines(['second']);
    t.is(await readFile(path, 'utf8'), 'second\n');
  });
}

test.serial('an output file that is replaced each time is a fault, and its line waits', async (t) => {
  const path = await createPath(t);
  const output = deliverToFile(t, path);
  const restore = await atEachSync(t, () => rm(path, { force: true }));
  output.send(1);
  await output.when(() => output.faults.length > 0);
  t.deepEqual(output.settled, []);
  t.regex(output.faults[0]?.message ?? '', /moved, removed, replaced or truncated/);
  restore();
  await output.whenDelivered(1);
  t.is(await readFile(path, 'utf8'), `${output.sent[0]}\n`);
});

test.serial(
  'a file of gaps or of a backfill that was removed is written again, though nothing has changed',
  async (t) => {
    const path = await createPath(t);
    const file = new LatestFile({ ...recorded(), path, intervalMs: 1000, random: Math.random });
    file.put('text');
    t.true(await file.write());
    await rm(path);
    t.true(await file.write());
    t.is(await readFile(path, 'utf8'), 'text');
    await rename(dirname(path), `${dirname(path)}.old`);
    t.true(await file.close());
    t.is(await readFile(path, 'utf8'), 'text');
  },
);

test.serial('a file that has the number of one that was removed is another file', async (t) => {
  const written = await replaceFile(await createPath(t), 'text');
  t.true(await isStillNamed(written));
  t.false(await isStillNamed({ ...written, birthtimeNs: written.birthtimeNs - 1n }));
});

test.serial('a checkpoint whose folder is replaced while it is written counts once the path has it', async (t) => {
  const path = await createPath(t);
  const store = createFileStore({ path, onRecovered: () => {} });
  await store.open(stream);
  await store.save(new Map([['shard', after('1')]]));
  // The last sync is that of the folder.
  let syncs = 0;
  await atEachSync(t, async (kind) => {
    if (kind === 'sync' && ++syncs === 4) await moves[4]?.[1](path);
  });
  await store.save(new Map([['shard', after('2')]]));
  t.is(await readPosition(path), '2');
  await store.close();
});

test.serial('a checkpoint that was removed is written again at the close, or the close rejects', async (t) => {
  const path = await createPath(t);
  const open = async () => {
    const store = createFileStore({ path, onRecovered: () => {} });
    await store.open(stream);
    return store;
  };
  const first = await open();
  await first.save(new Map([['shard', after('1')]]));
  await rm(path);
  await first.close();
  t.is(await readPosition(path), '1');
  const second = await open();
  await second.save(new Map([['shard', after('2')]]));
  await rm(path);
  await mkdir(path);
  await t.throwsAsync(second.close(), { message: /could not be written/ });
  await rm(path, { recursive: true });
  // Its lock is free all the same.
  await (await open()).close();
});

test.serial('a lock whose socket is replaced by another file is no longer held, and is taken again', async (t) => {
  const path = await createPath(t);
  const lock = await acquireLock(path);
  const [socket = ''] = await readdir(dirname(path));
  await rm(join(dirname(path), socket));
  await writeFile(join(dirname(path), socket), '');
  t.false(await lock.isHeld());
  await lock.keep();
  t.true(await lock.isHeld());
  await lock.release();
});

test.serial('a backfill whose lock was removed writes no place over that of another process', async (t) => {
  const path = await createPath(t);
  const range = { logGroup: 'group', fromMs: 0, toMs: 1000 };
  const { faults, ...wiring } = recorded();
  const options = {
    ...wiring,
    checkpointPath: path,
    key: { account: '', region: '', range },
    intervalMs: 1000,
    random: Math.random,
  };
  const first = await BackfillCheckpoint.open(options);
  for (const name of await readdir(dirname(path))) await rm(join(dirname(path), name));
  const second = await BackfillCheckpoint.open(options);
  first.checkpoint.put(firstState(range));
  t.false(await first.checkpoint.close(firstState(range)));
  t.regex(faults[0]?.message ?? '', /in use by another process/);
  await second.checkpoint.close(firstState(range));
});

function deliverToFile(t: ExecutionContext, path: string): RecordedDeliverer {
  const output = new RecordedDeliverer({ open: () => openFileChannel(path), confirm: { by: 'written' } });
  output.deliverer.start();
  t.teardown(() => output.deliverer.close(0));
  return output;
}

function recorded() {
  const faults: Fault[] = [];
  return { faults, clock: systemClock, onFault: (fault: Fault) => void faults.push(fault), onRecovery: () => {} };
}

async function createPath(t: ExecutionContext): Promise<string> {
  const folder = join(await makeFolder(t), 'folder');
  await mkdir(folder);
  return join(folder, 'file');
}

async function readPosition(path: string): Promise<string> {
  return JSON.parse(await readFile(path, 'utf8')).shards.shard.position.sequenceNumber;
}

/** Runs once, when the bytes of a file are on disk and its writer does not know yet. */
async function atNextSync(t: ExecutionContext, act: () => Promise<void>): Promise<void> {
  const restore = await atEachSync(t, async (kind) => {
    if (kind !== 'datasync') return;
    restore();
    await act();
  });
}

async function atEachSync(t: ExecutionContext, act: (kind: 'sync' | 'datasync') => Promise<void>): Promise<() => void> {
  const file = await open(import.meta.filename);
  const prototype: FileHandle = Object.getPrototypeOf(file);
  await file.close();
  const { sync, datasync } = prototype;
  const restore = () => {
    Object.assign(prototype, { sync, datasync });
  };
  t.teardown(restore);
  prototype.sync = async function (this: FileHandle) {
    await sync.call(this);
    await act('sync');
  };
  prototype.datasync = async function (this: FileHandle) {
    await datasync.call(this);
    await act('datasync');
  };
  return restore;
}
