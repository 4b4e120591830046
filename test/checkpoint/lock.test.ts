import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { acquireLock, isLocked, lockAddress } from '../../src/checkpoint/lock.js';
import { isAnyAlive } from '../../src/checkpoint/lock-socket.js';
import { HandClock } from '../fakes/hand-clock.js';
import { kill, nextMessage, startChild } from './child.js';
import { makeFolder } from './temporary-folder.js';

const locked = { name: 'CheckpointError', message: /in use by another process/ };

/** The sockets of a lock that are on disk. */
async function socketsOf(path: string): Promise<string[]> {
  const address = lockAddress(path);
  const names = await readdir(dirname(address));
  return names.map((name) => join(dirname(address), name)).filter((name) => name.startsWith(address));
}

async function startHolder(t: ExecutionContext, path: string): Promise<ChildProcess> {
  const holder = startChild(t, 'lock-child', [path]);
  t.is(await nextMessage(holder), 'held');
  return holder;
}

test.serial('whether a lock is held can be seen without taking it, and what a dead process left stays', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  t.false(await isLocked(join(path, 'missing', 'checkpoint.json')));
  t.false(await isLocked(path));
  const holder = await startHolder(t, path);
  t.true(await isLocked(path));
  await kill(holder);
  const left = await socketsOf(path);
  t.is(left.length, 1);
  t.false(await isLocked(path));
  t.deepEqual(await socketsOf(path), left);
});

async function pathOfLength(t: ExecutionContext, length: number): Promise<string> {
  const folder = await makeFolder(t);
  return join(folder, 'x'.repeat(Math.max(1, length - folder.length - 1)));
}

test.serial('a living process is refused to others, and may let go', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  const holder = await startHolder(t, path);
  await t.throwsAsync(acquireLock(path), locked);
  await t.throwsAsync(acquireLock(path), locked);
  holder.send('release');
  t.is(await nextMessage(holder), 'released');
  const lock = await acquireLock(path);
  await lock.release();
  t.deepEqual(await socketsOf(path), []);
});

test.serial('the lock of a killed process is taken over within a second, and its socket cleared away', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  for (let round = 1; round <= 3; round++) {
    await kill(await startHolder(t, path));
    t.is((await socketsOf(path)).length, 1, 'the killed process left its socket');
    // Not by this machine's clock, which says more of its load: whoever is dead is not waited for at all.
    const clock = new HandClock();
    const lock = await acquireLock(path, clock);
    t.is(clock.sleeping, 0);
    t.is((await socketsOf(path)).length, 1, 'the one that is there now is of the new holder');
    t.true(await lock.isHeld());
    await lock.release();
  }
  t.deepEqual(await socketsOf(path), []);
});

test.serial('a process that is stopped, or too busy to answer, still holds its lock', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  const holder = await startHolder(t, path);
  holder.kill('SIGSTOP');
  await t.throwsAsync(acquireLock(path), locked);
  holder.kill('SIGCONT');
  await t.throwsAsync(acquireLock(path), locked);
});

test.serial('one process cannot have it twice', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  const lock = await acquireLock(path);
  await t.throwsAsync(acquireLock(path), locked);
  t.true(await lock.isHeld(), 'a refusal leaves the holder alone');
  await lock.release();
  await lock.release();
  t.false(await lock.isHeld());
});

test.serial('of many that ask in one process at once, one gets it', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  for (let round = 1; round <= 5; round++) {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => acquireLock(path)));
    const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    t.is(held.length, 1);
    await Promise.all(held.map(({ value }) => value.release()));
    t.deepEqual(await socketsOf(path), []);
  }
});

for (const [kind, length] of [
  ['as long as a socket allows', 85],
  ['one byte too long for a socket', 86],
  ['much too long for a socket', 230],
] as const) {
  test.serial(`a path ${kind} is locked like any other`, async (t) => {
    const path = await pathOfLength(t, length);
    t.is(dirname(lockAddress(path)), length === 85 ? dirname(path) : '/tmp');
    const holder = await startHolder(t, path);
    await t.throwsAsync(acquireLock(path), locked);
    await kill(holder);
    const lock = await acquireLock(path);
    t.true(await lock.isHeld());
    await lock.release();
    t.deepEqual(await socketsOf(path), []);
  });
}

test.serial('the length of a path counts in bytes', async (t) => {
  const path = join(await makeFolder(t), 'ü'.repeat(40));
  t.is(dirname(lockAddress(path)), '/tmp');
  const lock = await acquireLock(path);
  await t.throwsAsync(acquireLock(path), locked);
  await lock.release();
});

test.serial('a link and the file behind it are one lock, whether or not the file is there', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'data'));
  await symlink('data/checkpoint.json', join(folder, 'file-link'));
  await symlink('data', join(folder, 'folder-link'));
  for (const isThere of [false, true]) {
    if (isThere) await writeFile(join(folder, 'data/checkpoint.json'), '{}');
    const lock = await acquireLock(join(folder, 'data/checkpoint.json'));
    await t.throwsAsync(acquireLock(join(folder, 'file-link')), locked);
    await t.throwsAsync(acquireLock(join(folder, 'folder-link/checkpoint.json')), locked);
    await lock.release();
  }
});

test.serial('the locks of files in one folder are apart', async (t) => {
  const folder = await makeFolder(t);
  const names = ['a', 'a.lock', 'b'];
  const locks = await Promise.all(names.map((name) => acquireLock(join(folder, name))));
  t.is(locks.length, 3);
  await Promise.all(locks.map((lock) => lock.release()));
});

test.serial('a missing folder is made, for its owner only', async (t) => {
  const path = join(await makeFolder(t), 'not/yet/checkpoint.json');
  const lock = await acquireLock(path);
  t.true(await lock.isHeld());
  await lock.release();
  t.is((await stat(dirname(path))).mode & 0o777, 0o700);
});

test.serial('a folder that cannot take the lock is explained, and nothing is left behind', async (t) => {
  const folder = await makeFolder(t);
  await writeFile(join(folder, 'file'), '');
  const error = await t.throwsAsync(acquireLock(join(folder, 'file/checkpoint.json')));
  t.like(error, { name: 'CheckpointError', kind: 'not-written' });
  t.deepEqual(await readdir(folder), ['file']);
});

test.serial('a holder whose socket was removed notices, and takes nothing from the next holder', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  const first = await acquireLock(path);
  for (const socket of await socketsOf(path)) await rm(socket);
  t.false(await first.isHeld());
  const second = await acquireLock(path);
  await first.release();
  t.true(await second.isHeld());
  await t.throwsAsync(acquireLock(path), locked);
  await second.release();
});

test.serial('somebody who connects and never listens does not hold up the release', async (t) => {
  t.timeout(10_000);
  const path = join(await makeFolder(t), 'checkpoint.json');
  const lock = await acquireLock(path);
  const [address = ''] = await socketsOf(path);
  const silent = connect({ path: address, allowHalfOpen: true }).pause();
  t.teardown(() => silent.destroy());
  await once(silent, 'connect');
  const startedMs = performance.now();
  await lock.release();
  t.true(performance.now() - startedMs < 1000);
});

test.serial('the lock does not keep its process alive', async (t) => {
  t.timeout(10_000);
  const path = join(await makeFolder(t), 'checkpoint.json');
  const holder = await startHolder(t, path);
  const exited = once(holder, 'exit');
  holder.disconnect();
  t.deepEqual(await exited, [0, null]);
  await (await acquireLock(path)).release();
});

test.serial(
  'a lock that is let go, and a dead one that is cleared away, do not hinder imports through links',
  async (t) => {
    const folder = await makeFolder(t);
    const path = join(folder, 'checkpoint.json');
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    const importLinked = async (name: string) => {
      await writeFile(join(folder, 'real', name), 'export const { url } = import.meta;');
      return ((await import(pathToFileURL(join(folder, 'link', name)).href)) as { url: string }).url;
    };
    const real = (name: string) => pathToFileURL(join(folder, 'real', name)).href;
    t.is(await importLinked('first.mjs'), real('first.mjs'));
    const lock = await acquireLock(path);
    await lock.release();
    t.is(await importLinked('second.mjs'), real('second.mjs'));
    await kill(await startHolder(t, path));
    const next = await acquireLock(path);
    t.is(await importLinked('third.mjs'), real('third.mjs'));
    await next.release();
  },
);

test.serial("another user's process tells a living holder from a dead one", async (t) => {
  if (process.getuid?.() !== 0) {
    t.log('Skipped: only root can start a process of another user');
    return t.pass();
  }
  const nobody = { uid: 65534, gid: 65534 };
  const folder = await makeFolder(t);
  // Sticky, as /tmp: in another one that others may write to, root would not run.
  await chmod(folder, 0o1777);
  const path = join(folder, 'checkpoint.json');
  const holder = await startHolder(t, path);
  const refused = startChild(t, 'lock-child', [path], nobody);
  const answer = await nextMessage(refused).catch(() => undefined);
  if (answer === undefined) {
    t.log(`Skipped: another user cannot read ${fileURLToPath(import.meta.url)}`);
    return t.pass();
  }
  t.is(answer, 'locked');
  await kill(holder);
  t.is(await nextMessage(startChild(t, 'lock-child', [path], nobody)), 'held');
});

test.serial(
  'six processes that fight for the lock of a killed one are never two holders, and one gets it',
  async (t) => {
    const path = join(await makeFolder(t), 'checkpoint.json');
    const fighters = Array.from({ length: 6 }, () => startChild(t, 'fight-child', [path]));
    t.true((await Promise.all(fighters.map(nextMessage))).every((message) => message === 'ready'));
    const tell = async (order: string, children = fighters) => {
      const said = Promise.all(children.map(nextMessage));
      for (const child of children) child.send(order);
      return said;
    };
    const leaveStale = async () => kill(await startHolder(t, path));

    for (let round = 1; round <= 5; round++) {
      await leaveStale();
      const said = await tell('once');
      t.deepEqual(said.toSorted(), [...Array(5).fill('refused'), 'won'], `round ${round}`);
      t.deepEqual(await tell('let go', [fighters[said.indexOf('won')] as ChildProcess]), ['let go']);
    }

    for (let round = 1; round <= 2; round++) {
      await leaveStale();
      t.deepEqual(await tell('until-won'), Array(6).fill('added'), `round ${round}`);
    }
    const { shards } = JSON.parse(await readFile(path, 'utf8'));
    t.is(shards.shard.position.sequenceNumber, '12', 'no holder overwrote what another had written meanwhile');
    for (const fighter of fighters) fighter.send('quit');
  },
);

test.serial('the answer of a program that writes without end is read up to a limit', async (t) => {
  t.timeout(30_000);
  const path = join(await makeFolder(t), 'checkpoint.json');
  const server = createServer((socket) => {
    const write = (error?: Error | null) => error || socket.write('held'.repeat(1000), write);
    socket.on('error', () => {});
    write();
  });
  t.teardown(() => server.close());
  server.listen(`${lockAddress(path)}.0123456789ab`);
  await once(server, 'listening');
  // It would be read for two minutes.
  t.true(await isAnyAlive(lockAddress(path), 120_000));
});
