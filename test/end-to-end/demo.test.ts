/** What a newcomer sees first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { cli, makeFolder, run, startProgram } from './command.js';

test('the demo prints Snare lines of every kind on standard output, then a summary and what to do next on standard error', async (t) => {
  const { code, stdout, stderr } = await run(t, await makeFolder(t), ['demo'], {});
  t.is(code, 0, stderr);
  const lines = stdout.trim().split('\n');
  const tables = lines.map((line) => line.split('\t')[1]);
  t.deepEqual(new Set(tables), new Set(['GenericLog', 'AWSVPCFlowLog', 'AWSGenericLog']));
  for (const part of ['"ACTION":"ACCEPT"', '"ACTION":"REJECT"', 'NODATA', 'SKIPDATA', 'tgw-', '2001:db8', '"vpc-id"']) {
    t.true(stdout.includes(part), part);
  }
  t.true(stderr.includes(`${lines.length} lines received, ${lines.length} confirmed`), stderr);
  const end = stderr.slice(stderr.indexOf('lines received'));
  for (const part of ['kinesis-snare init', 'kinesis-snare check', 'kinesis-snare run', 'README.md']) {
    t.true(end.includes(part), `the demo does not end with ${part}`);
  }
});

test('a demo whose readers leave ends with 0', async (t) => {
  const child = spawn(process.execPath, [cli, 'demo'], { cwd: await makeFolder(t), stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  // As `2>&1 | head -1` leaves: the first line is read, and every later write fails.
  await once(child.stderr, 'data');
  child.stderr.destroy();
  child.stdout.destroy();
  t.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the emulator listens on the loopback alone, and ends with a parent that is killed', async (t) => {
  const program = fileURLToPath(new URL('../fakes/emulator-parent.js', import.meta.url));
  const parent = startProgram(t, await makeFolder(t), [program]);
  const [line] = (await once(parent.child.stdout as NodeJS.ReadableStream, 'data')) as [string];
  const { port } = new URL(line.trim());
  t.true(await canConnect('127.0.0.1', Number(port)));
  // Every address of 127/8 is this machine's, and answers where a program listens on all of them.
  t.false(await canConnect('127.0.0.2', Number(port)));
  // An open connection does not keep it.
  const client = connect({ host: '127.0.0.1', port: Number(port) }).on('error', () => {});
  t.teardown(() => client.destroy());
  await once(client, 'connect');
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.write('POST / HTTP/1.1\r\n');
  parent.child.kill('SIGKILL');
  await closed;
  while (await canConnect('127.0.0.1', Number(port))) await delay(20);
  await parent.ended;
});

async function canConnect(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
