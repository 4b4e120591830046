import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openRunNote } from '../../src/checkpoint/run-note.js';
import type { ShardPosition } from '../../src/progress.js';
import { makeFolder } from './temporary-folder.js';

const after = (sequenceNumber: string): ShardPosition => ({ type: 'after', sequenceNumber });
const record = { shardId: 'a', sequenceNumber: '7' };

async function setUp(t: ExecutionContext) {
  const folder = await makeFolder(t);
  const path = join(folder, 'checkpoint.json');
  /** A run that begins at these positions; without a `close` it ends uncleanly. */
  const run = (positions: Record<string, ShardPosition> = { a: after('1') }, carefulRecords?: number) =>
    openRunNote(path, new Map(Object.entries(positions)), carefulRecords);
  return { folder, path, run };
}

test('a run that ends cleanly leaves no note, and none is careful', async (t) => {
  const { folder, run } = await setUp(t);
  for (let count = 0; count < 4; count++) {
    const note = await run();
    t.false(note.isCareful('a'));
    t.deepEqual(await readdir(folder), ['checkpoint.json.run']);
    await note.close(true);
    t.deepEqual(await readdir(folder), []);
  }
});

test('after two unclean ends at the same position the records of that shard are noted, of others not', async (t) => {
  const { run } = await setUp(t);
  t.false((await run({ a: after('1'), b: after('1') })).isCareful('a'));
  t.false((await run({ a: after('1'), b: after('2') })).isCareful('a'));
  const third = await run({ a: after('1'), b: after('3'), c: after('1') });
  t.deepEqual(
    ['a', 'b', 'c', 'd'].map((shardId) => third.isCareful(shardId)),
    [true, false, false, false],
  );
  await third.close(true);
  t.false((await run()).isCareful('a'), 'a clean end ends that');
});

test('a shard whose position moved between unclean ends is not noted', async (t) => {
  const { run } = await setUp(t);
  for (let count = 0; count < 5; count++) t.false((await run({ a: after(String(count)) })).isCareful('a'));
});

test('the record that is noted when a process ends is a suspect, until its run ends with all acknowledged', async (t) => {
  const { run } = await setUp(t);
  await run();
  await run();
  const third = await run();
  await third.begin({ ...record, sequenceNumber: '6' });
  await third.end();
  await third.begin(record);
  const fourth = await run();
  t.true(fourth.isSuspect(record));
  t.false(fourth.isSuspect({ ...record, sequenceNumber: '6' }));
  const fifth = await run();
  t.true(fifth.isSuspect(record), 'an unclean end does not forget it');
  await fifth.close(false);
  const sixth = await run();
  t.true(sixth.isSuspect(record), 'nor does a clean end before it is acknowledged');
  const seventh = await run();
  t.false(seventh.isCareful('a'), 'that end was not unclean, so there was one');
  await seventh.close(true);
  t.false((await run()).isSuspect(record));
});

test('a record whose note has ended is no suspect', async (t) => {
  const { run } = await setUp(t);
  await run();
  await run();
  const third = await run();
  await third.begin(record);
  await third.end();
  t.false((await run()).isSuspect(record));
});

test('a bounded number of records is noted, and more with each further end', async (t) => {
  const { run } = await setUp(t);
  await run();
  await run();
  for (const limit of [10, 20]) {
    const note = await run({ a: after('1') }, 10);
    for (let count = 1; count < limit; count++) await note.begin(record);
    t.true(note.isCareful('a'));
    await note.begin(record);
    t.false(note.isCareful('a'));
  }
});

test('a torn note, and a torn name of a record, count as none', async (t) => {
  const { path, run } = await setUp(t);
  await writeFile(`${path}.run`, '{"isClean":fal');
  t.false((await run()).isCareful('a'));
  await run();
  await writeFile(`${path}.under-way`, '{"shardId":"a","seq');
  t.false((await run()).isSuspect(record));
});
