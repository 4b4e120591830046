/** When the process of a script ends that logs and does nothing more: once all is confirmed, and not before. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { makeFolder } from '../checkpoint/temporary-folder.js';
import { createAuthority } from '../fakes/certificates.js';
import { startFullBacklog } from '../fakes/full-backlog.js';
import { type Receiver, startReceiver } from '../fakes/receiver.js';
import type { WayIn } from './script-child.js';

/** A process that does not end fails its test then. */
const limitMs = 60_000;
const script = fileURLToPath(new URL('script-child.js', import.meta.url));
const quick = { rotateMs: 100, confirmHoldMs: 50, reconnectMaxMs: 200 };

for (const confirm of ['closed', 'written'] as const) {
  test(`tls, confirm ${confirm}: a script that logs ends once its line is confirmed`, async (t) => {
    const receiver = await start(t);
    const { port, ca } = await startTls(t, receiver);
    const child = run('transport', { type: 'tls', port, confirm, tls: { ca } });
    await ends(t, child);
    await receiver.whenLines(1);
    t.is(receiver.lines.length, 1);
  });

  test(`confirm ${confirm}: while the receiver is down a script stays, and ends once its line is confirmed`, async (t) => {
    const receiver = await start(t);
    await receiver.kill();
    const child = run('transport', { type: 'tcp', port: receiver.port, confirm });
    // The pause after the fault is then under way, and nothing else.
    await warning(child);
    await receiver.restart();
    await ends(t, child);
    await receiver.whenLines(1);
  });
}

test('udp: a script that logs ends once its line is sent', async (t) => {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const received = once(socket, 'message');
  await ends(t, run('transport', { type: 'udp', port: socket.address().port }));
  t.regex(String((await received)[0]), /one/);
});

test('file: a script that logs ends once its line is written', async (t) => {
  const path = join(await makeFolder(t), 'lines');
  await ends(t, run('transport', { type: 'file', path }));
  t.regex(await readFile(path, 'utf8'), /one/);
});

for (const wayIn of ['flushed', 'started', 'stopped'] as const) {
  test(`a plugin that is ${wayIn} and has nothing to read does not hold its script`, async (t) => {
    const receiver = await start(t);
    await ends(t, run(wayIn, { type: 'tcp', port: receiver.port }));
    t.is(receiver.lines.length, wayIn === 'started' || wayIn === 'stopped' ? 1 : 0);
  });
}

test('a started plugin that has nothing to send does not hold its script, connected or not', async (t) => {
  const receiver = await start(t);
  await ends(t, run('started', { type: 'tcp', port: receiver.port }, 'idle'));
  await receiver.kill();
  await ends(t, run('started', { type: 'tcp', port: receiver.port }, 'idle'));
});

test('an attempt to connect that nobody answers holds an idle script no longer than the limit of one attempt', async (t) => {
  const backlog = await startFullBacklog();
  t.teardown(() => backlog.close());
  const output = { type: 'tcp', port: backlog.port, connectTimeoutMs: 500 };
  await ends(t, run('started', output, 'idle'));
});

function run(wayIn: WayIn, output: object, idle?: 'idle'): ChildProcess {
  const isNetwork = !('path' in output);
  const settings = { ...(isNetwork && { host: '127.0.0.1' }), ...('confirm' in output && quick), ...output };
  return spawn(process.execPath, [script, wayIn, JSON.stringify(settings), ...(idle ? [idle] : [])], {
    stdio: ['ignore', 'inherit', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
}

async function ends(t: ExecutionContext, child: ChildProcess): Promise<void> {
  t.timeout(2 * limitMs);
  let errors = '';
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const [code, signal] = await once(child, 'close');
  t.deepEqual([code, signal], [0, null], errors);
}

async function warning(child: ChildProcess): Promise<void> {
  if (child.stderr) await once(child.stderr, 'data');
}

async function start(t: ExecutionContext): Promise<Receiver> {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  return receiver;
}

/** A TLS server before the receiver. */
async function startTls(t: ExecutionContext, receiver: Receiver) {
  const authority = createAuthority('Test CA');
  const { certificate: cert, key } = authority.issue(['127.0.0.1']);
  const server = createServer({ cert, key, allowHalfOpen: true }, (socket) => {
    const plain = connect({ host: receiver.host, port: receiver.port, allowHalfOpen: true });
    socket.pipe(plain).pipe(socket);
    for (const end of [socket, plain]) end.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const ca = join(await makeFolder(t), 'ca.pem');
  await writeFile(ca, authority.certificate);
  return { port: (server.address() as { port: number }).port, ca };
}
