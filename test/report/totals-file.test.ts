/** The counts of all runs with a checkpoint. */
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Fault } from '../../src/faults.js';
import { totalsOf } from '../../src/report/totals.js';
import { TotalsFile } from '../../src/report/totals-file.js';
import { exampleStats } from './example-snapshot.js';

function setUp(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'kinesis-snare-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const checkpointPath = join(folder, 'checkpoint.json');
  const faults: Fault[] = [];
  const recovered: string[] = [];
  const onRecovery = ({ stage }: { readonly stage: string }) => recovered.push(stage);
  const open = (nowMs: number) =>
    TotalsFile.open({ checkpointPath, nowMs, onFault: (fault) => faults.push(fault), onRecovery });
  return { open, faults, recovered, folder, path: `${checkpointPath}.totals.json` };
}

const run = totalsOf(exampleStats({ records: 5, rows: { T: { ACCEPT: 2 } }, unparsed: { odd: 1 } }));

test('the totals of runs add up, reason by reason, since the first', async (t) => {
  const { open, path } = setUp(t);
  await (await open(1000)).write(run);
  t.is((await stat(path)).mode & 0o777, 0o600);
  const second = await open(2000);
  await second.write(
    totalsOf(exampleStats({ records: 1, rows: { T: { REJECT: 3 } }, unparsed: { odd: 1, other: 4 } })),
  );
  const { sinceMs, totals } = (await open(3000)).sum(run);
  t.is(sinceMs, 1000);
  t.is(totals.records, 11);
  t.deepEqual(totals.rows, { T: { ACCEPT: 4, REJECT: 3 } });
  t.deepEqual(totals.unparsed, { odd: 3, other: 4 });
});

test('a count that a later version adds is kept', async (t) => {
  const { open, path } = setUp(t);
  await writeFile(path, JSON.stringify({ version: 1, since: '2026-01-01T00:00:00Z', totals: { later: { a: 2 } } }));
  await (await open(0)).write(run);
  t.deepEqual(JSON.parse(await readFile(path, 'utf8')).totals.later, { a: 2 });
});

for (const [name, text] of Object.entries({
  torn: '{"version":1,"since":"2026-01-0',
  'of another version': JSON.stringify({ version: 2, since: '2026-01-01T00:00:00Z', totals: {} }),
  'with a count below zero': JSON.stringify({ version: 1, since: '2026-01-01T00:00:00Z', totals: { records: -1 } }),
  'with a text as a count': JSON.stringify({ version: 1, since: '2026-01-01T00:00:00Z', totals: { records: 'x' } }),
  'of an array': '[]',
})) {
  test(`totals ${name} are reported, and begin again`, async (t) => {
    const { open, path, faults, recovered } = setUp(t);
    await writeFile(path, text);
    const file = await open(7);
    t.deepEqual(
      faults.map(({ code }) => code),
      ['totals-not-read'],
    );
    t.is(file.sum(run).totals.records, 5);
    t.is(file.sum(run).sinceMs, 7);
    await file.write(run);
    t.deepEqual(recovered, [], 'it happened once');
    t.is((await open(8)).sum(run).totals.records, 10);
  });
}

test('totals that cannot be written are a fault, and the next write makes up for it', async (t) => {
  const { open, folder, path, faults, recovered } = setUp(t);
  const file = await open(0);
  await rm(folder, { recursive: true });
  await file.write(run);
  t.deepEqual(
    faults.map(({ code, stage }) => [code, stage]),
    [['totals-not-written', 'report']],
  );
  t.deepEqual(recovered, []);
  await mkdir(folder);
  await file.write(run);
  t.deepEqual(recovered, ['report']);
  t.is(JSON.parse(await readFile(path, 'utf8')).totals.records, 5);
});
