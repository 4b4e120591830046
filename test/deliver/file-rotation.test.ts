import { mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type FileRotation, openFileChannel } from '../../src/deliver/file-channel.js';
import { makeFolder } from '../checkpoint/temporary-folder.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

test('a line that would take the file beyond its size begins a new one, for its owner alone', async (t) => {
  const path = await createPath(t);
  const channel = await openFileChannel(path, { maxFileBytes: 10, maxFiles: 3 });
  await channel.write(bytes('12345\n'));
  await channel.write(bytes('789\n'));
  t.deepEqual(await readAll(path), ['12345\n789\n']);
  await channel.write(bytes('b\n'));
  await channel.end();
  t.deepEqual(await readAll(path), ['b\n', '12345\n789\n']);
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test('the latest files are kept, as many as were asked for', async (t) => {
  const path = await createPath(t);
  const channel = await openFileChannel(path, { maxFileBytes: 4, maxFiles: 3 });
  for (const line of ['1__', '2__', '3__', '4__', '5__', '6__']) await channel.write(bytes(`${line}\n`));
  await channel.end();
  t.deepEqual(await readAll(path), ['6__\n', '5__\n', '4__\n', '3__\n']);
});

test('a write of many lines is divided among files between its lines, so that each file keeps its size', async (t) => {
  const path = await createPath(t);
  const channel = await openFileChannel(path, { maxFileBytes: 10, maxFiles: 9 });
  await channel.write(bytes('1__\n2__\n3__\n4__\n5__\nlonger than a file\n6__\n'));
  await channel.end();
  const files = ['6__\n', 'longer than a file\n', '5__\n', '3__\n4__\n', '1__\n2__\n'];
  t.deepEqual(await readAll(path), files);
});

test('a line larger than a file has one of its own, and no empty file comes of it', async (t) => {
  const path = await createPath(t);
  const channel = await openFileChannel(path, { maxFileBytes: 4, maxFiles: 3 });
  await channel.write(bytes('larger\n'));
  await channel.write(bytes('a\n'));
  await channel.end();
  t.deepEqual(await readAll(path), ['a\n', 'larger\n']);
});

test('without a size the file grows', async (t) => {
  const path = await createPath(t);
  const channel = await openFileChannel(path, { maxFileBytes: 0, maxFiles: 3 });
  for (let count = 0; count < 10; count++) await channel.write(bytes('a line\n'));
  await channel.end();
  t.deepEqual(await readAll(path), ['a line\n'.repeat(10)]);
});

test('a restart continues with the size of the file, without what a crash has torn', async (t) => {
  const path = await createPath(t);
  const rotation = { maxFileBytes: 10, maxFiles: 3 };
  await writeFile(path, '12345\ntorn');
  const first = await openFileChannel(path, rotation);
  await first.write(bytes('789\n'));
  await first.end();
  const second = await openFileChannel(path, rotation);
  await second.write(bytes('b\n'));
  await second.end();
  t.deepEqual(await readAll(path), ['b\n', '12345\n789\n']);
});

test('a gap in the numbers, as a crash in a rotation leaves it, costs no file', async (t) => {
  const path = await createPath(t);
  await writeFile(`${path}.2`, 'old\n');
  await writeFile(path, 'before\n');
  const channel = await openFileChannel(path, { maxFileBytes: 4, maxFiles: 3 });
  await channel.write(bytes('a\n'));
  await channel.end();
  t.deepEqual(await readAll(path), ['a\n', 'before\n', 'old\n']);
});

test('nothing is lost or torn over many rotations of a deliverer, and each file keeps its size', async (t) => {
  const path = await createPath(t);
  const rotation = { maxFileBytes: 1000, maxFiles: 100 };
  const sent: string[] = [];
  for (let run = 0; run < 3; run++) {
    const output = deliverToFile(path, rotation);
    output.deliverer.start();
    for (let count = 0; count < 10; count++) {
      output.send(7);
      t.true(await output.deliverer.flush(10_000));
    }
    t.true(await output.deliverer.close(10_000));
    t.deepEqual(output.delivered, output.sent);
    sent.push(...output.sent);
  }
  const files = await readAll(path);
  t.true(files.length > 3);
  t.true(files.every((file) => file.endsWith('\n') && file.length <= rotation.maxFileBytes));
  t.is(files.toReversed().join(''), sent.map((line) => `${line}\n`).join(''));
});

test('a rotation that fails is reported, and continues once it can', async (t) => {
  const path = await createPath(t);
  // A folder that holds something cannot be renamed over.
  await mkdir(join(`${path}.1`, 'in the way'), { recursive: true });
  const output = deliverToFile(path, { maxFileBytes: 100, maxFiles: 1 });
  output.deliverer.start();
  output.send(4);
  await output.whenDelivered(4);
  output.send(4);
  await output.when(() => output.faults.length >= 2);
  t.is(output.delivered.length, 4);
  await rm(`${path}.1`, { recursive: true });
  await output.whenDelivered(8);
  t.true(await output.deliverer.close(10_000));
  t.is((await readAll(path)).toReversed().join(''), output.sent.map((line) => `${line}\n`).join(''));
});

test('a channel that is destroyed in a rotation leaves no file open', async (t) => {
  if (process.platform !== 'linux') return t.pass();
  const path = await createPath(t);
  for (let run = 0; run < 20; run++) {
    const channel = await openFileChannel(path, { maxFileBytes: 1, maxFiles: 1 });
    const written = channel.write(bytes('a\n')).catch(() => {});
    await turns(run);
    channel.destroy();
    await written;
  }
  await turns(50);
  t.deepEqual(await findOpen(path), []);
});

function deliverToFile(path: string, rotation: FileRotation): RecordedDeliverer {
  return new RecordedDeliverer({ open: () => openFileChannel(path, rotation), confirm: { by: 'written' } });
}

async function createPath(t: ExecutionContext): Promise<string> {
  return join(await makeFolder(t), 'lines');
}

/** The file and those rotated, the latest first. */
async function readAll(path: string): Promise<string[]> {
  const names = (await readdir(join(path, '..'))).filter((name) => name.startsWith('lines'));
  const numbers = names.map((name) => Number(name.split('.')[1] ?? 0)).toSorted((a, b) => a - b);
  return Promise.all(numbers.map((number) => readFile(number === 0 ? path : `${path}.${number}`, 'utf8')));
}

/** The files of that name that this process has open. */
async function findOpen(path: string): Promise<string[]> {
  const open = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return open.filter((target) => target.startsWith(path));
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
