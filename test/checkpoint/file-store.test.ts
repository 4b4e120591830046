import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { previousPath, resetCheckpointFile } from '../../src/checkpoint/checkpoint-file.js';
import { createFileStore } from '../../src/checkpoint/file-store.js';
import type { CheckpointStore } from '../../src/checkpoint/store.js';
import { createRandom, seed } from '../fixtures/random.js';
import { kill, startChild } from './child.js';
import { testStore } from './contract.js';
import { after, stream } from './positions.js';
import { makeFolder } from './temporary-folder.js';

testStore('file store', async (t) => {
  const path = join(await makeFolder(t), 'checkpoint.json');
  return () => createFileStore({ path, onRecovered: () => t.fail('nothing was torn') });
});

interface Place {
  readonly folder: string;
  readonly path: string;
  /** Causes that `onRecovered` was called with. */
  readonly recovered: unknown[];
  open(): Promise<{ readonly store: CheckpointStore; readonly position: string | undefined }>;
}

async function makePlace(t: ExecutionContext, name = 'checkpoint.json'): Promise<Place> {
  const folder = await makeFolder(t);
  const path = join(folder, name);
  const recovered: unknown[] = [];
  return {
    folder,
    path,
    recovered,
    async open() {
      const store = createFileStore({ path, onRecovered: (cause) => recovered.push(cause) });
      const position = (await store.open(stream)).get('shard')?.position;
      t.teardown(() => store.close());
      return { store, position: position?.type === 'after' ? position.sequenceNumber : undefined };
    },
  };
}

const at = (sequenceNumber: string) => new Map([['shard', after(sequenceNumber)]]);

async function readPosition(path: string): Promise<string> {
  return JSON.parse(await readFile(path, 'utf8')).shards.shard.position.sequenceNumber;
}

/** Saves these one after the other and closes. */
async function fill({ open }: Place, ...sequenceNumbers: string[]): Promise<void> {
  const { store } = await open();
  for (const sequenceNumber of sequenceNumbers) await store.save(at(sequenceNumber));
  await store.close();
}

test('the file and its previous version are for their owner only, and nothing else is left', async (t) => {
  const place = await makePlace(t);
  await fill(place, '1', '2');
  t.deepEqual((await readdir(place.folder)).toSorted(), ['checkpoint.json', 'checkpoint.json.previous']);
  for (const path of [place.path, previousPath(place.path)]) t.is((await stat(path)).mode & 0o777, 0o600);
  t.is(await readPosition(place.path), '2');
  t.is(await readPosition(previousPath(place.path)), '1');
});

test('a draft that somebody left, or planted as a link, is not written through', async (t) => {
  const place = await makePlace(t);
  await writeFile(join(place.folder, 'victim'), 'mine', { mode: 0o644 });
  await symlink('victim', `${place.path}.new`);
  await fill(place, '1');
  t.is(await readFile(join(place.folder, 'victim'), 'utf8'), 'mine');
  t.true((await lstat(place.path)).isFile());
  t.is((await stat(place.path)).mode & 0o777, 0o600);
});

test('a missing folder is made', async (t) => {
  const place = await makePlace(t, 'not/yet/checkpoint.json');
  await fill(place, '1');
  t.is((await place.open()).position, '1');
});

test('a link is written through and not replaced, and its previous version is found', async (t) => {
  const place = await makePlace(t);
  const target = join(place.folder, 'data/real.json');
  await symlink('data/real.json', place.path);
  await fill(place, '1', '2');
  t.true((await lstat(place.path)).isSymbolicLink());
  t.is(await readPosition(target), '2');
  await writeFile(target, '{"version":');
  t.is((await place.open()).position, '1');
  t.is(place.recovered.length, 1);
});

for (const [damage, text] of [
  ['torn', (whole: string) => whole.slice(0, whole.length / 2)],
  ['empty', () => ''],
  ['full of zeros', (whole: string) => '\0'.repeat(whole.length)],
  ['of a wrong shape', () => '{"version":1,"stream":{"arn":"a","createdMs":1},"shards":{"shard":{}}}'],
  ['with times that are none', (whole: string) => whole.replace(/"createdMs": \d+/, '"createdMs": 1e300')],
  ['of another program', () => '[]'],
] as const) {
  test(`a file that is ${damage} gives way to its previous version, which stays until a better one is saved`, async (t) => {
    const place = await makePlace(t);
    await fill(place, '1', '2', '3');
    await writeFile(place.path, text(await readFile(place.path, 'utf8')));
    const { store, position } = await place.open();
    t.is(position, '2');
    t.is(place.recovered.length, 1);
    t.true(place.recovered[0] instanceof Error);
    await store.save(at('4'));
    t.is(await readPosition(place.path), '4');
    t.is(await readPosition(previousPath(place.path)), '2', 'the damaged file did not become the previous version');
    await store.close();
    t.is((await place.open()).position, '4');
    t.is(place.recovered.length, 1);
  });

  test(`a file that is ${damage} without a good previous version is refused, and nobody is locked out`, async (t) => {
    const place = await makePlace(t);
    await fill(place, '1');
    const whole = await readFile(place.path, 'utf8');
    await writeFile(place.path, text(whole));
    t.like(await t.throwsAsync(place.open()), { name: 'CheckpointError', kind: 'unreadable' });
    await writeFile(previousPath(place.path), text(whole));
    t.like(await t.throwsAsync(place.open()), { name: 'CheckpointError', kind: 'unreadable' });
    t.deepEqual(place.recovered, []);
    await writeFile(place.path, whole);
    t.is((await place.open()).position, '1');
  });
}

test('a file that is missing gives way to its previous version, which stays until a better one is saved', async (t) => {
  const place = await makePlace(t);
  await fill(place, '1', '2', '3');
  await rm(place.path);
  const { store, position } = await place.open();
  t.is(position, '2');
  t.is(place.recovered.length, 1);
  await store.save(at('4'));
  t.is(await readPosition(previousPath(place.path)), '2');
});

test('a previous version alone that cannot be read is refused, and no first start', async (t) => {
  const place = await makePlace(t);
  await fill(place, '1', '2');
  await rm(place.path);
  await writeFile(previousPath(place.path), '{');
  t.like(await t.throwsAsync(place.open()), { name: 'CheckpointError', kind: 'unreadable' });
});

test('a reset of a file that is missing moves its previous version', async (t) => {
  const place = await makePlace(t);
  await fill(place, '1', '2');
  await rm(place.path);
  const moved = await resetCheckpointFile(place.path, new Date(0));
  t.is(await readPosition(moved ?? ''), '1');
  t.is((await place.open()).position, undefined);
  t.deepEqual(place.recovered, []);
});

test('a previous version of another stream is refused like the file', async (t) => {
  const place = await makePlace(t);
  await fill(place, '1', '2');
  const previous = await readFile(previousPath(place.path), 'utf8');
  await writeFile(previousPath(place.path), previous.replace('stream/logs', 'stream/other'));
  await writeFile(place.path, '');
  t.like(await t.throwsAsync(place.open()), { kind: 'other-stream' });
  t.deepEqual(place.recovered, []);
});

test('keys that a later version has added do no harm', async (t) => {
  const place = await makePlace(t);
  await fill(place, '1');
  const content = JSON.parse(await readFile(place.path, 'utf8'));
  content.later = { shards: 1 };
  content.stream.region = 'eu-west-1';
  content.shards.shard.later = [];
  content.shards.shard.position.subSequenceNumber = 7;
  await writeFile(place.path, JSON.stringify(content));
  t.is((await place.open()).position, '1');
  t.deepEqual(place.recovered, []);
});

test('saves at the same time share writes, and each resolves once its own content is on disk', async (t) => {
  const place = await makePlace(t);
  const { store } = await place.open();
  const seen = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      await store.save(at(String(index)));
      return { index, position: Number(await readPosition(place.path)) };
    }),
  );
  t.deepEqual(
    seen.filter(({ index, position }) => position < index),
    [],
  );
  t.is(await readPosition(place.path), '199');
  const writtenNs = await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      await store.save(at(String(200 + index)));
      return (await stat(place.path, { bigint: true })).mtimeNs;
    }),
  );
  t.true(new Set(writtenNs).size <= 2, 'the first of them, and one write for all others');
});

test('a removal and saves that cross each other end as they were called', async (t) => {
  const place = await makePlace(t);
  const { store } = await place.open();
  await Promise.all([
    store.save(
      new Map([
        ['shard', after('1')],
        ['other', after('1')],
      ]),
    ),
    store.remove(['other']),
    store.save(at('2')),
    store.remove(['shard']),
    store.save(at('3')),
  ]);
  const { shards } = JSON.parse(await readFile(place.path, 'utf8'));
  t.deepEqual(Object.keys(shards), ['shard']);
  t.is(await readPosition(place.path), '3');
});

test('close waits for saves under way, and takes none afterwards', async (t) => {
  const place = await makePlace(t);
  const { store } = await place.open();
  const saved = Promise.all([store.save(at('1')), store.save(at('2'))]);
  await store.close();
  t.is(await readPosition(place.path), '2');
  await saved;
  const next = await place.open();
  t.like(await t.throwsAsync(store.save(at('1'))), { name: 'CheckpointError', kind: 'not-written' });
  t.like(await t.throwsAsync(store.remove(['shard'])), { name: 'CheckpointError', kind: 'not-written' });
  t.is(await readPosition(place.path), '2', 'the next holder has it for itself');
  t.is(next.position, '2');
});

test('a write that fails rejects, leaves the file as it was, and the next one saves all', async (t) => {
  const place = await makePlace(t, 'data/checkpoint.json');
  const { store } = await place.open();
  await store.save(at('1'));
  const [data, away] = [join(place.folder, 'data'), join(place.folder, 'away')];
  await rename(data, away);
  await writeFile(data, 'a file where the folder was');
  const outcomes = await Promise.allSettled([store.save(at('2')), store.save(new Map([['new', after('7')]]))]);
  for (const outcome of outcomes) t.like(outcome, { status: 'rejected', reason: { name: 'CheckpointError' } });
  t.is(await readPosition(join(away, 'checkpoint.json')), '1');
  await rm(data);
  await rename(away, data);
  await store.save(new Map([['last', after('9')]]));
  const { shards } = JSON.parse(await readFile(place.path, 'utf8'));
  t.deepEqual(Object.keys(shards), ['shard', 'new', 'last']);
  t.is(await readPosition(place.path), '2');
});

test('close after a failed write lets the lock go', async (t) => {
  const place = await makePlace(t);
  const { store } = await place.open();
  await mkdir(`${place.path}/in-the-way`, { recursive: true });
  const saved = store.save(at('1'));
  await Promise.all([t.throwsAsync(saved, { message: /could not be written \(.+\)/ }), store.close()]);
  await rm(place.path, { recursive: true });
  t.is((await place.open()).position, undefined);
});

for (const isRecovered of [true, false]) {
  test(`a disk that takes half of the text ${isRecovered ? 'and then has room again' : 'to the end'} spoils nothing`, async (t) => {
    if (process.platform === 'win32') {
      t.log('Skipped: no limits on file sizes here');
      return t.pass();
    }
    const place = await makePlace(t);
    const program = fileURLToPath(new URL('./full-disk-child.js', import.meta.url));
    const limited = 'ulimit -f 100 && exec "$0" "$@"';
    const args = ['-c', limited, process.execPath, program, place.path, isRecovered ? 'recover' : 'give-up'];
    const child = spawn('/bin/sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => kill(child));
    const [said, [code]] = await Promise.all([readAll(child), once(child, 'exit')]);
    t.is(code, 0);
    t.is(said, 'not-written\n');
    t.is(await readPosition(place.path), isRecovered ? '3' : '1');
    t.true((await readdir(place.folder)).every((name) => !name.endsWith('.new')));
    t.is((await place.open()).position, isRecovered ? '3' : '1');
    t.deepEqual(place.recovered, []);
  });
}

test('a process killed while it saves leaves a whole file, no older than what it had called durable', async (t) => {
  const place = await makePlace(t);
  const random = createRandom(seed);
  let last = 0;
  for (let run = 1; run <= 5; run++) {
    const given = `FUZZ_SEED=${seed} run ${run}`;
    const child = startChild(t, 'save-child', [place.path], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const said = readAll(child);
    if (child.stdout) await once(child.stdout, 'data');
    await delay(random() * 60);
    await kill(child);
    const lines = (await said).trim().split('\n');
    const durable = Number(lines.at(-1));
    const { shards } = JSON.parse(await readFile(place.path, 'utf8'));
    const positions = new Set(
      Object.values(shards).map(
        (shard) =>
          (shard as ReturnType<typeof after> & { position: { sequenceNumber: string } }).position.sequenceNumber,
      ),
    );
    t.is(positions.size, 1, given);
    const position = Number([...positions][0]);
    t.true(durable > last && position >= durable, `${given}: ${last} ${durable} ${position}`);
    last = position;
  }
  await fill(place, String(last));
  t.deepEqual(place.recovered, []);
  t.deepEqual((await readdir(place.folder)).toSorted(), ['checkpoint.json', 'checkpoint.json.previous']);
});

test('a store whose lock was removed takes it again, unless another process has come', async (t) => {
  const place = await makePlace(t);
  const first = await place.open();
  await first.store.save(at('1'));
  const removeLock = async () => {
    for (const name of await readdir(place.folder)) if (name.includes('.lock')) await rm(join(place.folder, name));
  };
  await removeLock();
  await first.store.save(at('2'));
  await t.throwsAsync(place.open(), { message: /in use by another process/ });
  await removeLock();
  const second = await place.open();
  t.is(second.position, '2');
  t.like(await t.throwsAsync(first.store.save(at('3'))), { name: 'CheckpointError', kind: 'locked' });
  t.is(await readPosition(place.path), '2');
  await second.store.save(at('4'));
  await second.store.close();
  await first.store.save(at('5'));
  t.is(await readPosition(place.path), '5');
});

async function readAll(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += chunk;
  return text;
}

test('a file of a later version is refused and left alone, also when a previous version is beside it', async (t) => {
  const place = await makePlace(t);
  await fill(place, '1', '2');
  const later = JSON.stringify({ version: 2, anything: 'else' });
  await writeFile(place.path, later);
  await t.throwsAsync(place.open(), { name: 'CheckpointError' });
  t.is(await readFile(place.path, 'utf8'), later);
  t.deepEqual(place.recovered, []);
});
