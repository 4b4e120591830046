import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkReceiver } from '../../../plugin/check/check-receiver.js';
import { resolveOutput } from '../../../plugin/manifest.js';
import { systemClock } from '../../../src/clock.js';
import { makeFolder } from '../../checkpoint/temporary-folder.js';
import { type ReceiverBehaviour, startReceiver } from '../../fakes/receiver.js';

const { signal } = new AbortController();
const check = (output: object) => checkReceiver(resolveOutput(output), systemClock, signal);

async function listen(t: ExecutionContext, behaviour?: ReceiverBehaviour) {
  const receiver = await startReceiver(behaviour);
  t.teardown(() => receiver.close());
  return receiver;
}

test('a receiver that closes after us passes, and gets no byte of the check', async (t) => {
  const receiver = await listen(t);
  t.is((await check({ type: 'tcp', host: receiver.host, port: receiver.port })).status, 'pass');
  t.is(receiver.connections.length, 1);
  t.is(receiver.bytes, 0);
});

test('a receiver that never closes fails with confirm "closed", with the way out, and passes with "written"', async (t) => {
  const { host, port } = await listen(t, { type: 'never-closes' });
  const output = { type: 'tcp', host, port, confirmTimeoutMs: 100 };
  const result = await check(output);
  t.is(result.status, 'fail');
  t.regex(result.advice ?? '', /output\.confirm to "written"/);
  t.is((await check({ ...output, confirm: 'written' })).status, 'pass');
});

test('a receiver that is not there, and one that speaks no TLS, fail with what to do', async (t) => {
  const receiver = await listen(t, { type: 'closes-early', afterBytes: 1 });
  const { host, port } = receiver;
  const plain = await check({ type: 'tls', host, port, connectTimeoutMs: 2000 });
  t.is(plain.status, 'fail');
  t.regex(plain.advice ?? '', /port for TLS/);
  await receiver.kill();
  const refused = await check({ type: 'tcp', host, port });
  t.is(refused.status, 'fail');
  t.regex(refused.advice ?? '', /listens/);
});

test('of other outputs what can be seen is told, and no file is made', async (t) => {
  const folder = await makeFolder(t);
  t.is((await check({ type: 'udp', host: '127.0.0.1' })).status, 'warn');
  t.is((await check({ type: 'stdout' })).status, 'pass');
  t.is((await check({ type: 'file', path: join(folder, 'new') })).status, 'pass');
  t.is((await check({ type: 'file', path: join(folder, 'missing', 'new') })).status, 'fail');
  t.deepEqual(await readdir(folder), []);
  await mkdir(join(folder, 'folder'));
  await writeFile(join(folder, 'old'), 'a\n');
  t.is((await check({ type: 'file', path: join(folder, 'folder') })).status, 'fail');
  t.is((await check({ type: 'file', path: join(folder, 'old') })).status, 'pass');
  await chmod(join(folder, 'old'), 0o666);
  const untrusted = await check({ type: 'file', path: join(folder, 'old') });
  t.is(untrusted.status, 'fail');
  t.regex(untrusted.message, /everybody may write/);
});
