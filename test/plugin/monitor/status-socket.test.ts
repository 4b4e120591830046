/** The socket that answers with the status. */

import { once } from 'node:events';
import { statSync } from 'node:fs';
import files, { chmod, chown, lchown, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { connect, createServer, type ListenOptions, Server } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { askStatus } from '../../../plugin/commands/status/ask-status.js';
import { StatusSocket } from '../../../plugin/monitor/status-socket.js';
import { acquireLock } from '../../../src/checkpoint/lock.js';
import { settingsSchema } from '../../../src/settings/settings.js';
import { makeFolder } from '../../end-to-end/command.js';
import { exampleSnapshot } from '../../report/example-snapshot.js';

async function setUp(t: ExecutionContext, subfolder = '') {
  const folder = join(await makeFolder(t), subfolder);
  const path = join(folder, 'checkpoint.json');
  const address = `${path}.status`;
  const faults: string[] = [];
  const recovered: string[] = [];
  const create = () => {
    const socket = new StatusSocket({
      address,
      answer: () => JSON.stringify(exampleSnapshot()),
      onFault: ({ message }) => faults.push(message),
      onRecovery: ({ stage }) => recovered.push(stage),
    });
    t.teardown(() => socket.close());
    return socket;
  };
  const settings = settingsSchema.parse({ input: { stream: 's', checkpoint: { type: 'file', path } } });
  const ask = (manifest = 'manifest.json') => askStatus(settings, manifest);
  return { address, path, faults, recovered, create, ask };
}

test('a socket that somebody removed is opened again', async (t) => {
  const { address, path, faults, recovered, create, ask } = await setUp(t);
  const socket = create();
  await socket.keep();
  t.is((await stat(address)).mode & 0o777, 0o600);
  await unlink(address);
  await t.throwsAsync(ask(), { message: /No process uses the checkpoint .*; start one with npx kinesis-snare run$/ });
  await t.throwsAsync(ask('a b.json'), { message: / npx kinesis-snare run --manifest 'a b\.json'$/ });
  const lock = await acquireLock(path);
  await t.throwsAsync(ask(), { message: /no status socket now; it opens one within 5 s/ });
  await lock.release();
  await socket.keep();
  t.is((await ask()).pid, 123);
  t.deepEqual(faults, []);
  t.deepEqual(recovered, []);
});

test.serial('at no moment can another user reach the socket', async (t) => {
  const { address, faults, create } = await setUp(t);
  await chmod(dirname(address), 0o755);
  const { listen } = Server.prototype;
  const { rename } = files;
  t.teardown(() => {
    Server.prototype.listen = listen;
    Object.assign(files, { rename });
    syncBuiltinESMExports();
  });
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  const seen: (readonly [event: string, mode: number])[] = [];
  Server.prototype.listen = function (this: Server, options: ListenOptions) {
    this.once('listening', () => seen.push(['listens in a folder', modeOf(dirname(options.path ?? ''))]));
    return listen.call(this, options);
  } as typeof listen;
  Object.assign(files, {
    rename(from: string, to: string) {
      seen.push(['gets its name', modeOf(from)]);
      return rename(from, to);
    },
  });
  syncBuiltinESMExports();
  await create().keep();
  t.deepEqual(faults, []);
  t.deepEqual(seen, [
    ['listens in a folder', 0o700],
    ['gets its name', 0o600],
  ]);
});

test('at a first start, the folder of the checkpoint is created', async (t) => {
  const { faults, create, ask } = await setUp(t, 'not/there/yet');
  await create().keep();
  t.is((await ask()).pid, 123);
  t.deepEqual(faults, []);
});

test('a socket of a live process is not replaced, and taken when that process ends', async (t) => {
  const { faults, recovered, create, ask } = await setUp(t);
  const first = create();
  await first.keep();
  const second = create();
  await second.keep();
  t.deepEqual(faults, [], 'the lock of the checkpoint reports it first');
  await second.keep();
  t.regex(faults.join(), /another process uses it$/);
  t.is((await ask()).pid, 123);
  await first.close();
  await second.keep();
  t.is((await ask()).pid, 123);
  t.deepEqual(recovered, ['report']);
});

test('many clients that do not read cost nothing, and do not hold up a close', async (t) => {
  const { address, create } = await setUp(t);
  const socket = create();
  await socket.keep();
  const clients = Array.from({ length: 40 }, () => connect(address).on('error', () => {}));
  await Promise.all(clients.map((client) => Promise.race([once(client, 'connect'), once(client, 'close')])));
  await socket.close();
  for (const client of clients) client.destroy();
  await t.throwsAsync(stat(address), { code: 'ENOENT' });
});

test('what a client sends is not read as anything', async (t) => {
  const { address, create } = await setUp(t);
  const socket = create();
  await socket.keep();
  const client = connect(address);
  client.write('{"want":"everything"}\n'.repeat(1000));
  t.is((JSON.parse(await text(client)) as { version: string }).version, '0.1.0');
});

const root = process.getuid?.() === 0;

(root ? test : test.skip)(
  `root asks the process of another user, but no socket of a third one, and replaces neither${root ? '' : ' (only root can give a file away)'}`,
  async (t) => {
    const { address, faults, create, ask } = await setUp(t);
    const server = createServer((socket) => socket.end(JSON.stringify(exampleSnapshot()))).listen(address);
    await once(server, 'listening');
    t.teardown(() => server.close());
    await chown(address, 12_345, 12_345);
    const refusal = {
      message: /belongs to user 12345, and the checkpoint to user 0, so another process may answer there/,
    };
    await t.throwsAsync(ask(), refusal);
    await create().keep();
    t.regex(
      faults.join(),
      /cannot be opened: it belongs to user 12345, whose process may be running; run the program as that user/,
    );
    t.is((await stat(address)).uid, 12_345);
    await chown(dirname(address), 12_345, 12_345);
    t.is((await ask()).pid, 123, 'there is no checkpoint yet, and the folder is that of the user');
    const checkpoint = address.replace(/\.status$/, '');
    await writeFile(checkpoint, '');
    await t.throwsAsync(ask(), refusal);
    await chown(checkpoint, 12_345, 12_345);
    t.is((await ask()).pid, 123);
    await rename(address, `${address}-other`);
    await symlink(`${address}-other`, address);
    await lchown(address, 12_345, 12_345);
    await t.throwsAsync(ask(), { message: /is not a socket of a process; remove it$/ }, 'a link');
    await rm(`${address}-other`);
  },
);
