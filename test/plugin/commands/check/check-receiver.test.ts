import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { usualServiceOf } from '../../../../plugin/commands/check/check-connection.js';
import { checkReceiver } from '../../../../plugin/commands/check/check-receiver.js';
import { resolveOutput } from '../../../../plugin/manifest/manifest.js';
import { systemClock } from '../../../../src/clock.js';
import { makeFolder } from '../../../checkpoint/temporary-folder.js';
import { createAuthority } from '../../../fakes/certificates.js';
import { type ReceiverBehaviour, startReceiver } from '../../../fakes/receiver.js';

const checkPath = (output: object) => checkReceiver(resolveOutput(output), systemClock, new AbortController().signal);
const check = (output: object) => checkPath({ host: '127.0.0.1', ...output });

/** A server on the loopback that does this with each connection. @returns its port */
async function serve(t: ExecutionContext, answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => answer(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function listen(t: ExecutionContext, behaviour?: ReceiverBehaviour) {
  const receiver = await startReceiver(behaviour);
  t.teardown(() => receiver.close());
  return receiver;
}

test('a receiver that closes after us passes, and gets no line of the check but empty ones', async (t) => {
  const receiver = await listen(t);
  t.is((await check({ type: 'tcp', host: receiver.host, port: receiver.port })).status, 'pass');
  t.is(receiver.connections.length, 1);
  t.deepEqual(new Set(receiver.lines), new Set(['']));
});

test('a receiver that never closes fails with confirm "closed", with the way out, and is doubted with "written"', async (t) => {
  const { host, port } = await listen(t, { type: 'never-closes' });
  const output = { type: 'tcp', host, port, confirmTimeoutMs: 100 };
  const result = await check(output);
  t.is(result.status, 'fail');
  t.regex(result.advice ?? '', /output\.confirm to "written"/);
  const written = await check({ ...output, confirm: 'written' });
  t.is(written.status, 'warn');
  t.regex(written.message, /nothing proves that lines arrive/);
  const closing = await listen(t);
  const doubted = await check({ ...output, port: closing.port, confirm: 'written' });
  t.is(doubted.status, 'warn');
  t.is(doubted.advice, 'set output.confirm to "closed"');
});

const greetings: Readonly<Record<string, string>> = {
  SMTP: '220 mail.example.com ESMTP\r\n',
  SSH: 'SSH-2.0-OpenSSH_9.6\r\n',
  POP3: '+OK ready\r\n',
  'no name that is known': '\u0000\u0001',
};

for (const confirm of ['closed', 'written'] as const) {
  for (const [service, greeting] of Object.entries(greetings)) {
    test(`a port that greets fails, and "written" is not advised: ${service}, confirm "${confirm}"`, async (t) => {
      const result = await check({ type: 'tcp', port: await serve(t, (socket) => socket.write(greeting)), confirm });
      t.is(result.status, 'fail');
      t.regex(result.message, /not a log receiver/);
      if (service in greetings && !service.includes(' ')) t.true(result.message.includes(service), result.message);
      t.notRegex(JSON.stringify(result), /written/);
    });
  }

  test(`a port for TLS fails where the type is tcp, and "written" is not advised: confirm "${confirm}"`, async (t) => {
    const { certificate: cert, key } = createAuthority('Test CA').issue(['127.0.0.1']);
    const server = createTlsServer({ cert, key });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const result = await check({ type: 'tcp', host: '127.0.0.1', port, confirm });
    t.is(result.status, 'fail');
    t.regex(result.advice ?? '', /output\.type to "tls"/);
    t.notRegex(JSON.stringify(result), /written/);
  });

  test(`a TLS alert is reported as such, and "written" is not advised: confirm "${confirm}"`, async (t) => {
    const alert = Uint8Array.from([21, 3, 1, 0, 2, 2, 70]);
    const port = await serve(t, (socket) => socket.once('data', () => socket.end(alert)));
    const result = await check({ type: 'tcp', port, confirm });
    t.is(result.status, 'fail');
    t.regex(result.message, /TLS alert/);
    t.notRegex(JSON.stringify(result), /written/);
  });

  test(`a receiver that ends connections by itself fails, and "written" is not advised: confirm "${confirm}"`, async (t) => {
    const { host, port } = await listen(t, { type: 'closes-early', afterBytes: 1 });
    const result = await check({ type: 'tcp', host, port, confirm });
    t.is(result.status, 'fail');
    t.notRegex(JSON.stringify(result), /written/);
  });
}

test('lines with octet counts have no empty lines sent before them', async (t) => {
  const receiver = await listen(t);
  t.is((await check({ type: 'tcp', port: receiver.port, framing: 'octet-counting' })).status, 'pass');
  t.is(receiver.bytes, 0);
});

test('a port on which one usually finds a web server, which is silent until it gets a line, is doubted', (t) => {
  t.deepEqual([80, 443].map(usualServiceOf), ['a web server', 'a web server']);
  t.deepEqual([514, 6161, 6163].map(usualServiceOf), [undefined, undefined, undefined]);
});

test('a receiver that is not there, and one that speaks no TLS, fail with what to do', async (t) => {
  const receiver = await listen(t, { type: 'closes-early', afterBytes: 1 });
  const { host, port } = receiver;
  const plain = await check({ type: 'tls', host, port, connectTimeoutMs: 2000 });
  t.is(plain.status, 'fail');
  t.regex(plain.advice ?? '', /receiver's TLS port/);
  t.notRegex(JSON.stringify(plain), /tcp/);
  await receiver.kill();
  const refused = await check({ type: 'tcp', host, port });
  t.is(refused.status, 'fail');
  t.regex(refused.advice ?? '', /is running/);
});

test('of other outputs, what can be checked is reported, and no file is created', async (t) => {
  const folder = await makeFolder(t);
  t.is((await check({ type: 'udp', host: '127.0.0.1' })).status, 'warn');
  t.is((await checkPath({ type: 'stdout' })).status, 'pass');
  t.is((await checkPath({ type: 'file', path: join(folder, 'new') })).status, 'pass');
  t.is((await checkPath({ type: 'file', path: join(folder, 'missing', 'new') })).status, 'fail');
  t.deepEqual(await readdir(folder), []);
  await mkdir(join(folder, 'folder'));
  await writeFile(join(folder, 'old'), 'a\n');
  t.is((await checkPath({ type: 'file', path: join(folder, 'folder') })).status, 'fail');
  t.is((await checkPath({ type: 'file', path: join(folder, 'old') })).status, 'pass');
  await chmod(join(folder, 'old'), 0o666);
  const untrusted = await checkPath({ type: 'file', path: join(folder, 'old') });
  t.is(untrusted.status, 'fail');
  t.regex(untrusted.message, /everybody may write/);
});
