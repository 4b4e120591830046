import { link, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openRunNote } from '../../src/checkpoint/run-note.js';
import { makeFolder } from './temporary-folder.js';

const record = { shardId: 'a', sequenceNumber: '7' };
const other = { ...record, sequenceNumber: '6' };

async function setUp(t: ExecutionContext) {
  const folder = await makeFolder(t);
  const path = join(folder, 'checkpoint.json');
  /** A run; without a `close` it ends uncleanly. */
  const run = (firstRecords?: number) => openRunNote(path, { firstRecords });
  return { folder, path, run };
}

test('a run that ends cleanly leaves no note, and the records of the next are not noted', async (t) => {
  const { folder, run } = await setUp(t);
  for (let count = 0; count < 3; count++) {
    const note = await run();
    t.false(note.isCareful('a'));
    t.deepEqual(await readdir(folder), ['checkpoint.json.run']);
    await note.close(true);
    t.deepEqual(await readdir(folder), []);
  }
});

test('after an unclean end records are noted while they are under way, until an end that is clean', async (t) => {
  const { folder, run } = await setUp(t);
  await run();
  const second = await run();
  t.true(second.isCareful('a'));
  second.begin(other);
  second.begin(record);
  t.deepEqual(JSON.parse(await readFile(join(folder, 'checkpoint.json.under-way'), 'utf8')), record);
  second.end();
  t.deepEqual(await readdir(folder), ['checkpoint.json.run']);
  await second.close(true);
  t.false((await run()).isCareful('a'));
});

test('the record that is noted at three unclean ends is a suspect, until a run ends with all acknowledged', async (t) => {
  const { run } = await setUp(t);
  await run();
  for (let count = 0; count < 2; count++) (await run()).begin(record);
  const third = await run();
  t.false(third.isSuspect(record), 'two ends may be kills from outside');
  third.begin(other);
  (await run()).begin(record);
  const fifth = await run();
  t.true(fifth.isSuspect(record), 'the ends need not follow each other');
  t.false(fifth.isSuspect(other));
  const sixth = await run();
  t.true(sixth.isSuspect(record), 'an unclean end does not forget it');
  await sixth.close(false);
  const seventh = await run();
  t.true(seventh.isSuspect(record), 'nor does a clean end before it is acknowledged');
  t.false(seventh.isCareful('a'));
  await seventh.close(true);
  t.false((await run()).isSuspect(record));
});

test('a record whose note has ended is no suspect', async (t) => {
  const { run } = await setUp(t);
  await run();
  for (let count = 0; count < 3; count++) {
    const note = await run();
    note.begin(record);
    note.end();
  }
  t.false((await run()).isSuspect(record));
});

test('a bounded number of records of each shard is noted, and more with each further end', async (t) => {
  const { run } = await setUp(t);
  await run();
  for (const limit of [10, 20, 40]) {
    const note = await run(10);
    for (let count = 1; count < limit; count++) note.begin(record);
    t.true(note.isCareful('a'));
    note.begin(record);
    t.false(note.isCareful('a'));
    t.true(note.isCareful('b'));
  }
});

test('a torn note, and a torn name of a record, count as none', async (t) => {
  const { path, run } = await setUp(t);
  await writeFile(`${path}.run`, '{"isClean":fal');
  t.false((await run()).isCareful('a'));
  await writeFile(`${path}.under-way`, '{"shardId":"a","seq');
  t.true((await run()).isCareful('a'));
});

for (const [what, plant] of [
  ['a link', symlink],
  ['a second name', link],
] as const) {
  test(`a note takes the place of ${what} of another file, which stays as it is`, async (t) => {
    const { folder, path, run } = await setUp(t);
    const target = join(folder, 'target');
    await writeFile(target, 'kept');
    const note = await run();
    await plant(target, `${path}.under-way`);
    note.begin(record);
    t.is(await readFile(target, 'utf8'), 'kept');
    t.deepEqual(JSON.parse(await readFile(`${path}.under-way`, 'utf8')), record);
  });
}
