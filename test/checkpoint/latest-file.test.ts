import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { LatestFile } from '../../src/checkpoint/latest-file.js';
import type { Fault } from '../../src/faults.js';
import { HandClock } from '../fakes/hand-clock.js';
import { makeFolder } from './temporary-folder.js';

async function setUp(t: ExecutionContext) {
  const path = join(await makeFolder(t), 'latest.json');
  const clock = new HandClock();
  const faults: Fault[] = [];
  const heard = { faults, recoveries: 0 };
  const file = new LatestFile({
    path,
    intervalMs: 1000,
    clock,
    random: () => 0.5,
    onFault: (fault) => faults.push(fault),
    onRecovery: () => heard.recoveries++,
  });
  return { path, clock, file, heard, read: () => readFile(path, 'utf8') };
}

test('many texts of an interval are one write, of the last one; a write that is asked for comes at once', async (t) => {
  const { clock, file, read, path } = await setUp(t);
  for (const text of ['1', '2', '3']) file.put(text);
  await clock.advance(999);
  await t.throwsAsync(read(), { code: 'ENOENT' });
  await clock.advance(1);
  t.true(await file.write());
  t.is(await read(), '3');
  // What is on disk is not written again.
  await writeFile(path, 'touched');
  t.true(await file.write());
  t.is(await read(), 'touched');
  file.put('4');
  t.true(await file.write());
  t.is(await read(), '4');
});

test('a latest text that cannot be written is retried until it can', async (t) => {
  const { path, clock, file, read, heard } = await setUp(t);
  await mkdir(path);
  file.put('1');
  const written = file.write();
  while (heard.faults.length === 0) await clock.settle();
  await rmdir(path);
  while (heard.recoveries === 0) await clock.advance(1000);
  t.true(await written);
  t.is(await read(), '1');
});

test('a close writes the latest text, and says so when it could not', async (t) => {
  const good = await setUp(t);
  good.file.put('1');
  t.true(await good.file.close());
  t.is(await good.read(), '1');
  const bad = await setUp(t);
  await mkdir(bad.path);
  bad.file.put('1');
  const written = bad.file.write();
  t.false(await bad.file.close());
  t.false(await written);
});
