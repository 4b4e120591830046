/** What another user of the machine may put in the place of a file or a folder is refused, and what it leads to stays as it is. */
import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  lchown,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { type ListenOptions, Server } from 'node:net';
import { dirname, join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkCheckpoint } from '../plugin/commands/check/check-checkpoint.js';
import { checkReceiver } from '../plugin/commands/check/check-receiver.js';
import { ReplayFile } from '../plugin/commands/replay/replay-file.js';
import { loadSettings } from '../plugin/manifest/manifest.js';
import { BackfillCheckpoint } from '../src/checkpoint/backfill-checkpoint.js';
import { previousPath, readCheckpointFile } from '../src/checkpoint/checkpoint-file.js';
import { acquireLock } from '../src/checkpoint/lock.js';
import { openRunNote } from '../src/checkpoint/run-note.js';
import { systemClock } from '../src/clock.js';
import { openFileChannel } from '../src/deliver/file-channel.js';
import { openTlsChannel } from '../src/deliver/tls-channel.js';
import { DeadLetterFile } from '../src/pipeline/dead-letter-file.js';
import { readGapFile } from '../src/pipeline/gaps/gap-file.js';
import { outputSchema } from '../src/settings/output.js';
import { adviseAccess, readSecret, resolveFile, UntrustedFileError } from '../src/trusted-file.js';
import { nextMessage, startChild } from './checkpoint/child.js';
import { makeFolder } from './checkpoint/temporary-folder.js';

const nobody = 65534;
const isRoot = process.geteuid?.() === 0;

type Plant = (path: string, victim: string) => Promise<void>;

/** Only root can give a file to another user. */
const plants: readonly (readonly [what: string, plant: Plant, needsRoot: boolean])[] = [
  [
    'is a link of another user',
    async (path, victim) => {
      await symlink(victim, path);
      await lchown(path, nobody, nobody);
    },
    true,
  ],
  ['is a second name of another file', (path, victim) => link(victim, path), false],
  [
    'everybody may write to',
    async (path) => {
      await writeFile(path, '{}\n');
      await chmod(path, 0o666);
    },
    false,
  ],
  [
    'belongs to another user',
    async (path) => {
      await writeFile(path, '{}\n', { mode: 0o600 });
      await chown(path, nobody, nobody);
    },
    true,
  ],
];

const pipe: (typeof plants)[number] = ['is a pipe', async (path) => void execFileSync('mkfifo', [path]), false];

type Open = (path: string) => Promise<unknown>;

/** Each writes or reads what the path names. */
const uses: readonly (readonly [what: string, use: Open, isState: boolean])[] = [
  ['an output file', async (path) => (await openFileChannel(path)).write(Buffer.from('line\n')), false],
  ['a dead-letter file', (path) => new DeadLetterFile(path).writeLines(['letter']), true],
  ['a dead-letter file, at the start,', (path) => new DeadLetterFile(path).test(), true],
  ['a dead-letter file to be replayed', (path) => ReplayFile.take(path), true],
  [
    'the file of an interrupted replay',
    async (path) => {
      await rename(path, `${path}.replaying`);
      await ReplayFile.take(path);
    },
    true,
  ],
  ['a checkpoint', readCheckpointFile, true],
  ['a file of gaps', readGapFile, true],
  [
    'the note of a run',
    async (path) => {
      await rename(path, `${path}.run`);
      await openRunNote(path);
    },
    true,
  ],
  [
    'the note of a record',
    async (path) => {
      await writeFile(`${path}.run`, JSON.stringify({ ends: 1, isClean: false, noted: [] }), { mode: 0o600 });
      await rename(path, `${path}.under-way`);
      await openRunNote(path);
    },
    true,
  ],
];

for (const [what, use, isState] of uses) {
  for (const [how, plant, needsRoot] of [...plants, ...(isState ? [pipe] : [])]) {
    test.serial(`${what} that ${how} is refused`, async (t) => {
      if (needsRoot && !isRoot) return t.pass('Skipped: only root can give a file to another user');
      const { path, victim } = await setUp(t);
      await plant(path, victim);
      await t.throwsAsync(use(path), { message: /refused/ });
      t.is(await readFile(victim, 'utf8'), 'victim\n');
      t.is((await stat(victim)).mode & 0o777, 0o600);
    });
  }
}

test.serial('what only belongs to another user is neither to be reset nor removed', async (t) => {
  const denied = Object.assign(new Error('permission denied'), { code: 'EACCES' });
  t.is(adviseAccess(denied, '; remove it'), '; run the program as the user to whom it belongs');
  for (const error of [new SyntaxError('torn'), new UntrustedFileError('path', 'it is no regular file')])
    t.is(adviseAccess(error, '; remove it'), '; remove it');
  if (!isRoot) return t.pass('Skipped: only root can give a file to another user');
  const { path } = await setUp(t);
  await writeFile(path, '{}\n', { mode: 0o600 });
  await chown(path, nobody, nobody);
  const advice = { message: /it belongs to user 65534.*\); run the program as the user to whom it belongs$/ };
  await t.throwsAsync(readCheckpointFile(path), advice);
  await t.throwsAsync(readGapFile(path), advice);
  const context = { stream: undefined, nowMs: 0, startAt: 'latest' } as const;
  const checked = await checkCheckpoint({ startAt: 'latest', checkpoint: { type: 'file', path } }, context);
  t.is(checked.status, 'fail');
  t.regex(checked.message, advice.message);
  t.is(checked.advice, undefined);
});

test.serial(
  'a previous version, and the file of a backfill, that are a second name of another file are refused',
  async (t) => {
    const { path, victim } = await setUp(t);
    await link(victim, previousPath(path));
    await t.throwsAsync(readCheckpointFile(path), { message: /refused/ });
    const range = { logGroup: 'group', fromMs: 0, toMs: 1000 };
    const options = {
      checkpointPath: path,
      key: { account: '', region: '', range },
      intervalMs: 1000,
      clock: systemClock,
      random: Math.random,
      onFault: () => {},
      onRecovery: () => {},
    };
    const { checkpoint } = await BackfillCheckpoint.open(options);
    await checkpoint.close({ position: { type: 'end' }, events: 0 });
    await link(victim, checkpoint.path);
    await t.throwsAsync(BackfillCheckpoint.open(options), { message: /refused/ });
  },
);

test.serial('an output may be a link of the own user, also to a device', async (t) => {
  const { path } = await setUp(t);
  await symlink('target', path);
  const channel = await openFileChannel(path);
  await channel.write(Buffer.from('line\n'));
  await channel.end();
  t.is(await readFile(join(dirname(path), 'target'), 'utf8'), 'line\n');
  await rm(path);
  await symlink('/dev/stdout', path);
  const device = await openFileChannel(path).catch((error: NodeJS.ErrnoException) => error);
  // A socket cannot be opened again.
  t.true(!(device instanceof Error) || device.code === 'ENXIO', String(device));
  if (!(device instanceof Error)) await device.end();
});

test.serial(
  'a key is read through links, as a volume of Kubernetes has them, unless another user may write it',
  async (t) => {
    const { path } = await setUp(t);
    const folder = dirname(path);
    await mkdir(join(folder, '..2026'));
    const file = join(folder, '..2026', 'key');
    await writeFile(file, 'key', { mode: 0o644 });
    await symlink('..2026', join(folder, '..data'));
    await symlink('..data/key', path);
    t.is(String(await readSecret(path)), 'key');
    await chmod(file, 0o664);
    t.is(String(await readSecret(path)), 'key', 'the group is trusted');
    await chmod(file, 0o646);
    await t.throwsAsync(readSecret(path), { message: /refused: everybody may write/ });
    const tls = { key: path, verify: 'any', minVersion: 'TLSv1.2' } as const;
    const timeouts = { connectTimeoutMs: 1000, confirmTimeoutMs: 1000, clock: systemClock };
    const channel = openTlsChannel({ host: '127.0.0.1', port: 1 }, tls, timeouts, new AbortController().signal);
    await t.throwsAsync(channel, { message: /refused: everybody may write/ });
    await chmod(file, 0o600);
    if (!isRoot) return;
    await chown(file, nobody, nobody);
    await t.throwsAsync(readSecret(path), { message: /refused: it belongs to user 65534/ });
  },
);

test.serial(
  'a manifest with a secret that everybody may write to is refused, and as root one without too',
  async (t) => {
    const { path } = await setUp(t);
    const load = async (config: object, mode: number) => {
      await writeFile(path, JSON.stringify({ id: 'kinesis-snare', config }));
      await chmod(path, mode);
      return loadSettings(path, {}, { environment: { PASSPHRASE: 'secret' } });
    };
    const withTls = (passphrase: string) => ({ output: { type: 'tls', host: 'h', tls: { passphrase } } });
    const refusal = { name: 'ConfigurationError', message: /with secrets.*everybody may write/ };
    await t.throwsAsync(load(withTls('secret'), 0o646), refusal);
    await t.throwsAsync(load({ input: { stream: 's', proxy: 'http://u:secret@h:1' } }, 0o646), refusal);
    await t.notThrowsAsync(load(withTls('secret'), 0o644));
    for (const config of [withTls('${PASSPHRASE}'), { input: { stream: 's', proxy: 'http://h:1' } }]) {
      await t.notThrowsAsync(load(config, 0o664));
      if (!isRoot) await t.notThrowsAsync(load(config, 0o646));
      else await t.throwsAsync(load(config, 0o646), { message: /where root writes.*everybody may write/ });
    }
  },
);

test.serial('the socket of a lock can be connected to by every user, whatever the umask, which stays', async (t) => {
  const { path } = await setUp(t);
  // A worker thread, such as the one of this test, has no umask of its own.
  const execArgv = ['-c', 'umask 077; exec "$0" "$@"', process.execPath];
  const holder = startChild(t, 'lock-child', [path], { execPath: '/bin/sh', execArgv });
  t.is(await nextMessage(holder), 'held');
  const name = (await readdir(dirname(path))).find((name) => name.startsWith('file.lock.')) ?? '';
  t.is((await stat(join(dirname(path), name))).mode & 0o777, 0o666);
  if (process.platform === 'linux') t.regex(await readFile(`/proc/${holder.pid}/status`, 'utf8'), /^Umask:\t0077$/m);
});

test.serial('the socket of a lock is not changed by path, where somebody could have put a link', async (t) => {
  const { path } = await setUp(t);
  const { listen } = Server.prototype;
  const given: ListenOptions[] = [];
  t.teardown(() => {
    Server.prototype.listen = listen;
  });
  Server.prototype.listen = function (this: Server, options: ListenOptions) {
    given.push(options);
    return listen.call(this, options);
  } as typeof listen;
  await (await acquireLock(path)).release();
  t.is(given.length, 1);
  t.false(given.some((options) => options.readableAll || options.writableAll));
});

const folders: readonly (readonly [what: string, mode: number, owner: number, group: number, isRefused: boolean])[] = [
  ['of another user', 0o700, nobody, nobody, true],
  ['that everybody may write to', 0o777, 0, 0, true],
  ['that another group may write to', 0o770, 0, nobody, true],
  ['that the group of root may write to', 0o770, 0, 0, false],
  ['that others may only add to, as /tmp', 0o1777, 0, 0, false],
];

for (const [what, mode, owner, group, isRefused] of folders) {
  test.serial(`root ${isRefused ? 'refuses' : 'takes'} the folder of a checkpoint ${what}`, async (t) => {
    if (!isRoot) return t.pass('Skipped: it is for root');
    const { path } = await setUp(t);
    await chown(dirname(path), owner, group);
    await chmod(dirname(path), mode);
    const locked = acquireLock(path);
    if (isRefused) await t.throwsAsync(locked, { name: 'CheckpointError', message: /not safe for root/ });
    else await t.notThrowsAsync(locked.then((lock) => lock.release()));
  });
}

/** Each creates or renames a file. */
const writes: readonly (readonly [what: string, write: Open])[] = [
  ['a checkpoint', async (path) => (await acquireLock(path)).release()],
  ['an output file', async (path) => (await openFileChannel(path)).end()],
  ['a dead-letter file', (path) => new DeadLetterFile(path).writeLines(['letter'])],
  ['a dead-letter file, at the start,', (path) => new DeadLetterFile(path).test()],
  [
    'a dead-letter file to be replayed',
    async (path) => {
      await writeFile(path, 'letter\n', { mode: 0o600 });
      await (await ReplayFile.take(path))?.close();
    },
  ],
];

for (const [what, write] of writes) {
  test.serial(`root does not write ${what} below a folder that others could exchange`, async (t) => {
    if (!isRoot) {
      t.log('Skipped: it is for root');
      return t.pass();
    }
    const { path } = await setUp(t);
    const [above, folder] = [dirname(path), join(dirname(path), 'own')];
    await mkdir(folder, { mode: 0o700 });
    await symlink('own', join(above, 'link'));
    const refusal = { message: /not safe for root: .*folder"/ };
    const attempt = (name: string) => write(join(above, name, 'file'));
    await chmod(above, 0o777);
    await t.throwsAsync(attempt('own'), refusal);
    await t.throwsAsync(attempt('link'), refusal);
    if (what === 'a checkpoint') await t.throwsAsync(attempt('missing'), refusal, 'it would be made there');
    await chmod(above, 0o755);
    await chown(above, nobody, 0);
    await t.throwsAsync(attempt('own'), refusal);
    await chown(above, 0, nobody);
    for (const mode of [0o755, 0o775, 0o1777]) {
      await chmod(above, mode);
      await t.notThrowsAsync(attempt('own'), mode.toString(8));
    }
  });
}

const outputFolders: readonly (readonly [what: string, mode: number, group: number, isRefused: boolean])[] = [
  ['that everybody may write to', 0o777, 0, true],
  ['that a group may write to, as /var/log of Ubuntu', 0o775, nobody, false],
];

for (const [what, mode, group, isRefused] of outputFolders) {
  test.serial(
    `root ${isRefused ? 'refuses' : 'takes'} the folder of an output and of dead letters ${what}`,
    async (t) => {
      if (!isRoot) {
        t.log('Skipped: it is for root');
        return t.pass();
      }
      const { path } = await setUp(t);
      await chown(dirname(path), 0, group);
      await chmod(dirname(path), mode);
      const signal = new AbortController().signal;
      const checked = await checkReceiver(outputSchema.parse({ type: 'file', path }), systemClock, signal);
      t.is(checked.status, isRefused ? 'fail' : 'pass');
      for (const [, write] of writes.slice(1, 4)) {
        if (isRefused) await t.throwsAsync(write(path), { message: /not safe for root/ });
        else await t.notThrowsAsync(write(path));
      }
    },
  );
}

async function setUp(t: ExecutionContext) {
  const folder = join(await makeFolder(t), 'folder');
  await mkdir(folder);
  const victim = join(folder, 'victim');
  await writeFile(victim, 'victim\n', { mode: 0o600 });
  return { path: join(folder, 'file'), victim };
}

test('a path without links stands for itself, whether or not anything is there', async (t) => {
  const folder = await makeFolder(t);
  await writeFile(join(folder, 'file'), '');
  for (const name of ['file', 'missing', 'missing/folder/file', 'file/below']) {
    t.is(await resolveFile(join(folder, name)), join(folder, name));
    t.is(await resolveFile(relative('', join(folder, name))), join(folder, name));
  }
});

test('links are followed to files, to folders, and to what is not there yet', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'real/deep'), { recursive: true });
  await writeFile(join(folder, 'real/deep/file'), '');
  await symlink('real/deep', join(folder, 'folder'));
  await symlink('folder/file', join(folder, 'file'));
  await symlink('folder/new', join(folder, 'dangling'));
  await symlink('dangling', join(folder, 'twice'));
  await symlink('nowhere', join(folder, 'no-folder'));
  const table = {
    file: 'real/deep/file',
    'folder/file': 'real/deep/file',
    'folder/new': 'real/deep/new',
    dangling: 'real/deep/new',
    twice: 'real/deep/new',
    'no-folder/file': 'nowhere/file',
  };
  for (const [name, target] of Object.entries(table)) {
    t.is(await resolveFile(join(folder, name)), join(folder, target), name);
  }
});

test('a circle of links is left for its user to fail on', async (t) => {
  const folder = await makeFolder(t);
  await symlink('b', join(folder, 'a'));
  await symlink('a', join(folder, 'b'));
  t.is(await resolveFile(join(folder, 'a')), join(folder, 'a'));
});
