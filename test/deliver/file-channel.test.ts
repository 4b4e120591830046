import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openFileChannel } from '../../src/deliver/file-channel.js';
import type { OutputReport } from './output-child.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

const program = fileURLToPath(new URL('output-child.js', import.meta.url));

test('a new file is for its owner alone', async (t) => {
  const path = createPath(t);
  const channel = await openFileChannel(path);
  await channel.write(bytes('a\n'));
  await channel.end();
  t.is((await stat(path)).mode & 0o777, 0o600);
});

// As when a transport is added again while its last output still drains.
test('channels on the same file never write over each other', async (t) => {
  const path = createPath(t);
  const channels = [await openFileChannel(path), await openFileChannel(path)];
  for (const line of ['a', 'b', 'c']) {
    for (const [index, channel] of channels.entries()) await channel.write(bytes(`${line}${index}\n`));
  }
  for (const channel of channels) await channel.end();
  t.is(await readFile(path, 'utf8'), 'a0\na1\nb0\nb1\nc0\nc1\n');
});

const contents: readonly (readonly [name: string, before: string, after: string])[] = [
  ['nothing', '', 'new\n'],
  ['whole lines', 'a\nb\n', 'a\nb\nnew\n'],
  ['whole lines and a torn one', 'a\nb\nto', 'a\nb\nnew\n'],
  ['a torn line alone', 'to', 'new\n'],
  ['a torn line of many blocks', `a\n${'x'.repeat(200_000)}`, 'a\nnew\n'],
  ['a line feed at the end of a block', `${'x'.repeat(64 * 1024 - 1)}\nto`, `${'x'.repeat(64 * 1024 - 1)}\nnew\n`],
];

for (const [name, before, after] of contents) {
  test(`a file with ${name} is continued after its last whole line`, async (t) => {
    const path = createPath(t);
    await writeFile(path, before);
    const channel = await openFileChannel(path);
    await channel.write(bytes('new\n'));
    await channel.end();
    t.is(await readFile(path, 'utf8'), after);
  });
}

test("a large file without any line feed is somebody else's and stays as it is", async (t) => {
  const path = createPath(t);
  await writeFile(path, 'x'.repeat(1024 * 1024 + 1));
  await t.throwsAsync(openFileChannel(path));
  t.is((await stat(path)).size, 1024 * 1024 + 1);
});

test('what is in the file when a line is settled is the line', async (t) => {
  const path = createPath(t);
  const output = deliverToFile(path);
  output.deliverer.start();
  for (let round = 0; round < 3; round++) {
    output.send(1000);
    t.true(await output.deliverer.flush(10_000));
    t.is(await readFile(path, 'utf8'), textOf(output.sent));
  }
  t.true(await output.deliverer.close(10_000));
  t.deepEqual(output.delivered, output.sent);
  t.deepEqual(output.faults, []);
});

test('another deliverer continues the file', async (t) => {
  const path = createPath(t);
  const sent: string[] = [];
  for (let run = 0; run < 3; run++) {
    const output = deliverToFile(path);
    output.deliverer.start();
    output.send(10);
    t.true(await output.deliverer.close(10_000));
    sent.push(...output.sent);
  }
  t.is(await readFile(path, 'utf8'), textOf(sent));
});

test('a full disk is reported, and the lines are written once there is room', async (t) => {
  const path = createPath(t);
  await symlink('/dev/full', path);
  const output = deliverToFile(path);
  output.deliverer.start();
  output.send(10);
  await output.when(() => output.faults.length >= 3);
  t.deepEqual(output.settled, []);
  t.true(output.faults.every(({ code }) => code === 'output-unreachable'));
  t.deepEqual(
    output.faults.slice(0, 3).map(({ attempt }) => attempt),
    [1, 2, 3],
  );
  await rm(path);
  await output.whenDelivered(10);
  t.is(output.recoveries, 1);
  t.true(await output.deliverer.close(10_000));
  t.is(await readFile(path, 'utf8'), textOf(output.sent));
});

test('a folder that does not exist is reported, and the lines are written once it is there', async (t) => {
  const folder = createPath(t);
  const output = deliverToFile(join(folder, 'lines'));
  output.deliverer.start();
  output.send(1);
  await output.when(() => output.faults.length === 1);
  await mkdir(folder);
  await output.whenDelivered(1);
  t.true(await output.deliverer.close(10_000));
});

test('what a full disk took of a write that failed is cut off again', async (t) => {
  const path = createPath(t);
  // A limit on the size of files shortens a write as a full disk does.
  const command = `ulimit -f 1200; exec "${process.execPath}" "${program}" "${path}" 20000 100 300`;
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  t.teardown(() => child.kill());
  // At the end of its wait a write may be under way, which cuts the file before the process is over.
  const ended = once(child, 'exit');
  const [report] = (await once(child, 'message')) as [OutputReport];
  await ended;
  t.true(report.delivered > 0);
  t.true(report.abandoned > 0);
  t.true(report.faults.every((code) => code === 'output-unreachable'));
  t.true(report.faults.length > 0);
  t.is((await stat(path)).size, report.delivered * 101);
});

function deliverToFile(path: string): RecordedDeliverer {
  return new RecordedDeliverer({ open: () => openFileChannel(path), confirm: { by: 'written' } });
}

function createPath(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'file-channel-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'lines');
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
