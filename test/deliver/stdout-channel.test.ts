import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openStdoutChannel } from '../../src/deliver/stdout-channel.js';
import { OutputClosedError } from '../../src/errors.js';
import type { OutputReport } from './output-child.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

const program = fileURLToPath(new URL('output-child.js', import.meta.url));

test('a slow reader gets every line once and in order', async (t) => {
  const child = spawnOutput(t, ['20000', '100', '30000']);
  await delay(300);
  const [received, report] = await Promise.all([text(child.stdout as never), reportOf(child)]);
  const lines = received.split('\n');
  t.is(lines.pop(), '');
  t.is(lines.length, 20_000);
  t.true(lines.every((line, index) => line.startsWith(`line ${index} `)));
  t.is(report.delivered, 20_000);
  t.true(report.isFlushed);
  t.deepEqual(report.faults, []);
});

test('a reader that leaves ends the output for good, without a fault and without a crash', async (t) => {
  const child = spawnOutput(t, ['1000000', '100', '1000']);
  const ended = Promise.all([reportOf(child), once(child, 'exit')]);
  await once(child.stdout as never, 'data');
  child.stdout?.destroy();
  const [report, [code]] = await ended;
  t.is(code, 0);
  t.is(report.closed.length, 1);
  t.deepEqual(report.faults, []);
  t.is(report.delivered + report.abandoned, report.sent);
  t.true(report.abandoned > 0);
  t.false(report.isFlushed);
});

test('standard output on a full disk confirms no line that is not there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'stdout-channel-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'lines');
  // A limit on the size of files shortens a write as a full disk does.
  const command = `ulimit -f 1200; exec "${process.execPath}" "${program}" stdout 20000 100 1000 > "${path}"`;
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  t.teardown(() => child.kill());
  const report = await reportOf(child);
  const lines = (await readFile(path, 'utf8')).split('\n');
  lines.pop();
  t.true(report.delivered > 0);
  t.true(report.delivered < report.sent);
  t.true(report.delivered <= lines.length);
  t.is(report.closed.length, 1);
});

test('a stream that takes nothing more holds one write, and the rest waits outside', async (t) => {
  const written: Buffer[] = [];
  const stream = new Writable({
    write(chunk) {
      // Never calls back.
      written.push(chunk);
    },
  });
  const output = deliverToStream(stream);
  output.send(20_000, 99);
  await output.deliverer.flush(50);
  t.is(written.length, 1);
  t.true(stream.writableLength <= 256 * 1024);
  t.false(output.deliverer.hasRoom);
  t.deepEqual(output.delivered, []);
  const startedMs = performance.now();
  const closed = output.deliverer.close(50);
  stream.destroy();
  t.false(await closed);
  t.true(performance.now() - startedMs < 5000);
  t.is(output.abandoned.length, 20_000);
});

for (const [code, isFault] of [
  ['EPIPE', false],
  ['ENOSPC', true],
] as const) {
  test(`a stream that fails with ${code} is closed for good, which is ${isFault ? 'a' : 'no'} fault`, async (t) => {
    const output = deliverToStream(createFailing(code));
    output.send(1);
    await output.when(() => output.closed.length === 1);
    t.like(output.closed[0], { name: 'OutputClosedError', isFault });
  });
}

test('a stream that fails is closed for good; the error and what comes after it reach nobody else', async (t) => {
  const stream = createFailing('EPIPE');
  const output = deliverToStream(stream);
  output.send(3);
  await output.when(() => output.closed.length === 1);
  t.true(output.closed[0] instanceof OutputClosedError);
  t.is(output.abandoned.length, 3);
  t.false(await output.deliverer.flush(1000));
  t.false(await output.deliverer.close(1000));
  t.notThrows(() => stream.emit('error', new Error('Late')));
});

test('the stream is not ended, and many channels leave one listener on it', async (t) => {
  const stream = new Writable({ write: (_chunk, _encoding, callback) => callback() });
  for (let i = 0; i < 20; i++) {
    const output = deliverToStream(stream);
    output.send(1);
    t.true(await output.deliverer.close(5000));
  }
  t.false(stream.writableEnded);
  t.false(stream.destroyed);
  t.is(stream.listenerCount('error'), 1);
  t.is(stream.listenerCount('close'), 0);
});

function createFailing(code: string): Writable {
  return new Writable({
    write(_chunk, _encoding, callback) {
      callback(Object.assign(new Error(`write ${code}`), { code }));
    },
  });
}

function deliverToStream(stream: Writable): RecordedDeliverer {
  const output = new RecordedDeliverer({ open: async () => openStdoutChannel(stream), confirm: { by: 'written' } });
  output.deliverer.start();
  return output;
}

function spawnOutput(t: ExecutionContext, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, 'stdout', ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  t.teardown(() => child.kill());
  return child;
}

async function reportOf(child: ChildProcess): Promise<OutputReport> {
  const [report] = await once(child, 'message');
  return report as OutputReport;
}
