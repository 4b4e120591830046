/** The ledger and the checkpoint on real files, with an end of the process at every place between two writes. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readCheckpointFile, writeCheckpointFile } from '../../src/checkpoint/checkpoint-file.js';
import { Ledger } from '../../src/checkpoint/ledger.js';
import { createBatch, leaveBatch } from '../../src/checkpoint/ledger-batch.js';
import { formatCounts, LedgerCounts, MAX_CELLS } from '../../src/checkpoint/ledger-counts.js';
import { ledgerPath, readLedgerFile } from '../../src/checkpoint/ledger-file.js';
import { readLedger } from '../../src/checkpoint/read-ledger.js';
import type { Fault } from '../../src/faults.js';
import { hourMs, Tally } from '../../src/tally.js';
import { HandClock } from '../fakes/hand-clock.js';
import { createRandom, seed } from '../fixtures/random.js';
import { after, stream } from './positions.js';
import { makeFolder } from './temporary-folder.js';

const days = 14;
const minuteMs = 60_000;

function place(logGroup: string, subscriptionFilters: readonly string[] = ['to-kinesis']) {
  return { owner: '123456789012', logGroup, logStream: 'eni-1-all', subscriptionFilters };
}

function tallyOf(logGroup: string, hour: number, events: number): Tally {
  const tally = new Tally();
  tally.start(0, place(logGroup), hour);
  tally.end(events);
  return tally;
}

/** Events by log group and hour. */
function sums(counts: LedgerCounts): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { place, hours } of counts.places.values()) {
    for (const [hour, { events }] of hours) found[`${place.logGroup} ${hour}`] = events;
  }
  return found;
}

async function setUp(t: ExecutionContext) {
  const checkpointPath = join(await makeFolder(t), 'checkpoint.json');
  const clock = new HandClock();
  const hour = Math.floor(clock.now() / hourMs);
  const faults: Fault[] = [];
  const onFault = (fault: Fault) => faults.push(fault);
  const options = { checkpointPath, days, clock, onFault, onRecovery: () => {} };
  const open = async () => {
    const { content } = await readCheckpointFile(checkpointPath);
    return Ledger.open(options, content?.ledger);
  };
  /** Saves the position with the counts of one more record. */
  const save = (ledger: Ledger, position: number, tally: Tally) => {
    const counts = new LedgerCounts();
    counts.add(tally);
    ledger.add(counts);
    const shards = new Map([['shard', after(String(position))]]);
    return ledger.write((unfolded) => writeCheckpointFile(checkpointPath, { stream, shards, ledger: unfolded }));
  };
  const read = async () => sums((await readLedger(checkpointPath, async () => [])).counts);
  return { checkpointPath, clock, hour, faults, options, open, save, read };
}

class Crash extends Error {}

test(`the counts on disk are those of the position on disk, wherever the process ends (FUZZ_SEED=${seed})`, async (t) => {
  const { checkpointPath, clock, hour, faults, open, read } = await setUp(t);
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const records = Array.from({ length: 240 }, () => tallyOf(`group ${below(3)}`, hour - below(4), 1 + below(50)));
  const totals = [new LedgerCounts()];
  for (const record of records) {
    const sum = new LedgerCounts();
    sum.addAll(totals.at(-1) ?? sum);
    sum.add(record);
    totals.push(sum);
  }
  const check = async () => {
    const { content } = await readCheckpointFile(checkpointPath);
    const position = content?.shards.get('shard')?.position;
    const number = position?.type === 'after' ? Number(position.sequenceNumber) : 0;
    t.deepEqual(await read(), sums(totals[number] as LedgerCounts));
    return number;
  };
  let ledger = await open();
  let folds = 0;
  let crashes = 0;
  for (let stored = 0, taken = 0; stored < records.length; ) {
    const counts = new LedgerCounts();
    for (let more = 1 + below(3); more > 0 && taken < records.length; more--) counts.add(records[taken++] as Tally);
    if (random() < 0.3) await clock.advance(6 * minuteMs);
    ledger.add(counts);
    const kind = below(5);
    const shards = new Map([['shard', after(String(taken))]]);
    const before = (await readLedgerFile(checkpointPath))?.epoch ?? 0;
    try {
      await ledger.write(async (unfolded) => {
        await check();
        if (kind === 0) throw new Crash();
        await writeCheckpointFile(checkpointPath, { stream, shards, ledger: unfolded });
        await check();
        if (kind === 1) throw new Crash();
      });
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      // Either the process has ended, or only the write has failed and another one follows.
      if (random() < 0.5) {
        crashes++;
        ledger = await open();
        taken = await check();
      }
      continue;
    } finally {
      if (((await readLedgerFile(checkpointPath))?.epoch ?? 0) > before) folds++;
    }
    stored = await check();
  }
  t.true(folds > 5 && crashes > 5, `${folds} folds, ${crashes} crashes`);
  t.deepEqual(faults, []);
});

test('a crash before the checkpoint takes an epoch, again after the restart, is no ledger that is ahead', async (t) => {
  const { clock, faults, hour, open, save } = await setUp(t);
  await save(await open(), 1, tallyOf('group', hour, 1));
  for (let crashes = 0; crashes < 3; crashes++) {
    const ledger = await open();
    await clock.advance(6 * minuteMs);
    await t.throwsAsync(ledger.write(() => Promise.reject(new Crash())));
  }
  await open();
  t.deepEqual(faults, []);
});

test('a previous version of the checkpoint comes with the counts of its own position', async (t) => {
  const { checkpointPath, clock, hour, open, save, read } = await setUp(t);
  const ledger = await open();
  for (let position = 1; position <= 3; position++) {
    // Each save adds the counts of the one before to the file.
    await clock.advance(6 * minuteMs);
    await save(ledger, position, tallyOf('g', hour, 10));
  }
  await writeFile(checkpointPath, 'torn');
  t.deepEqual(await read(), { [`g ${hour}`]: 20 });
});

const countsOf = (tally: string) =>
  `{"version":1,"epoch":0,"sinceMs":0,"batches":[],"counts":{"places":[],"outside":${tally}}}`;

for (const [what, text] of [
  ['is torn', '{"version":1,"epo'],
  ['has fewer than no events', countsOf('{"events":-5}')],
  ['is of another shape', '{"version":1,"epoch":0,"sinceMs":0,"batches":[],"counts":{"places":[{"owner":1}]}}'],
  ['has no numbers', '{"version":1,"epoch":0,"sinceMs":0,"batches":[],"counts":{"places":[],"other":{"x":{}}}}'],
] as const) {
  test(`a ledger that ${what} is kept aside and reported, and what follows is counted`, async (t) => {
    const { checkpointPath, hour, faults, open, save, read } = await setUp(t);
    await writeFile(ledgerPath(checkpointPath), text);
    const ledger = await open();
    t.deepEqual(
      faults.map(({ code }) => code),
      ['ledger-unreadable'],
    );
    await save(ledger, 1, tallyOf('g', hour, 10));
    t.deepEqual(await read(), { [`g ${hour}`]: 10 });
    const aside = (await readdir(join(checkpointPath, '..'))).filter((name) => name.includes('.unreadable-'));
    t.is(aside.length, 1);
    t.is(await readFile(join(checkpointPath, '..', aside[0] ?? ''), 'utf8'), text);
  });
}

test('counts that cannot be read in a checkpoint cost no position, and are kept aside; all is counted from then on', async (t) => {
  const { checkpointPath, clock, hour, faults, open, save } = await setUp(t);
  const ledger = await open();
  await save(ledger, 6, tallyOf('g', hour, 10));
  await clock.advance(6 * minuteMs);
  await save(ledger, 7, tallyOf('g', hour, 10));
  const sinceMs = async () => (await readLedger(checkpointPath, async () => [])).sinceMs;
  const begunMs = await sinceMs();
  const content = JSON.parse(await readFile(checkpointPath, 'utf8'));
  content.ledger.counts.places = 'none';
  const text = JSON.stringify(content);
  await writeFile(checkpointPath, text);
  t.deepEqual((await readCheckpointFile(checkpointPath)).content?.shards.get('shard'), after('7'));
  const nowMs = clock.now();
  t.true(nowMs > Number(begunMs));
  const next = await open();
  const aside = (await readdir(join(checkpointPath, '..'))).filter((name) => name.includes('.unreadable-'));
  t.deepEqual(
    faults.map(({ code, message }) => [code, message.includes(`/${aside}"`)]),
    [['ledger-unreadable', true]],
  );
  t.is(await readFile(join(checkpointPath, '..', aside[0] ?? ''), 'utf8'), text);
  await save(next, 8, tallyOf('g', hour, 1));
  t.is(await sinceMs(), nowMs);
  // A restart does not take the earlier time from the file of the ledger, which takes the later one.
  const folding = await open();
  await clock.advance(6 * minuteMs);
  await save(folding, 10, tallyOf('g', hour, 1));
  t.is((await readLedgerFile(checkpointPath))?.sinceMs, nowMs);
});

test('a batch that takes more dead letters away than are counted is valid', async (t) => {
  const { checkpointPath, clock, hour, faults, open, save, read } = await setUp(t);
  const batch = createBatch('a-replay');
  const change = { events: 0, deadLettered: -3, filtered: 0, unparsed: 0, skipData: 0 };
  batch.counts.add([{ source: place('g'), hour, ...change }]);
  await leaveBatch(checkpointPath, batch);
  const ledger = await open();
  await clock.advance(6 * minuteMs);
  await save(ledger, 1, tallyOf('g', hour, 1));
  await open();
  t.deepEqual(faults, []);
  t.deepEqual(await read(), { [`g ${hour}`]: 1 });
});

test('a ledger that cannot be written is reported, and loses nothing', async (t) => {
  const { checkpointPath, clock, hour, faults, open, save, read } = await setUp(t);
  const ledger = await open();
  await save(ledger, 1, tallyOf('g', hour, 1));
  // A folder in the place of the draft.
  const { mkdir, rm } = await import('node:fs/promises');
  const draft = `${ledgerPath(checkpointPath)}.new`;
  await mkdir(join(draft, 'full'), { recursive: true });
  await clock.advance(6 * minuteMs);
  await save(ledger, 2, tallyOf('g', hour, 1));
  t.deepEqual(
    faults.map(({ code }) => code),
    ['ledger-not-written'],
  );
  t.deepEqual(await read(), { [`g ${hour}`]: 2 });
  await rm(draft, { recursive: true });
  await clock.advance(6 * minuteMs);
  await save(ledger, 3, tallyOf('g', hour, 1));
  t.deepEqual(sums((await readLedgerFile(checkpointPath))?.counts ?? new LedgerCounts()), { [`g ${hour}`]: 2 });
  t.deepEqual(await read(), { [`g ${hour}`]: 3 });
});

test('a batch counts once: beside the ledger, in it, and when a crash leaves it once more', async (t) => {
  const { checkpointPath, clock, hour, open, save, read } = await setUp(t);
  const ledger = await open();
  const batch = createBatch('a-backfill');
  batch.counts.add(tallyOf('g', hour, 5));
  await leaveBatch(checkpointPath, batch);
  await leaveBatch(checkpointPath, batch);
  t.deepEqual(await read(), { [`g ${hour}`]: 5 });
  t.deepEqual(sums((await readLedger(checkpointPath, async () => [batch])).counts), { [`g ${hour}`]: 5 });
  await clock.advance(6 * minuteMs);
  await save(ledger, 1, tallyOf('g', hour, 1));
  t.deepEqual(
    (await readdir(join(checkpointPath, '..'))).filter((name) => name.includes('.ledger-')),
    [],
  );
  t.deepEqual(await read(), { [`g ${hour}`]: 6 });
  await leaveBatch(checkpointPath, batch);
  t.deepEqual(await read(), { [`g ${hour}`]: 6 });
  await clock.advance(6 * minuteMs);
  await save(ledger, 2, tallyOf('g', hour, 1));
  t.deepEqual(await read(), { [`g ${hour}`]: 7 });
});

test('a batch that cannot be read is kept aside and reported', async (t) => {
  const { checkpointPath, clock, hour, faults, open, save } = await setUp(t);
  const path = `${checkpointPath}.ledger-torn.json`;
  await writeFile(path, '{');
  t.deepEqual((await readLedger(checkpointPath, async () => [])).unreadable, [path]);
  const ledger = await open();
  await clock.advance(6 * minuteMs);
  await save(ledger, 1, tallyOf('g', hour, 1));
  t.deepEqual(
    faults.map(({ code }) => code),
    ['ledger-unreadable'],
  );
});

test('a ledger that is ahead of a restored checkpoint is reported', async (t) => {
  const { checkpointPath, clock, hour, faults, open, save } = await setUp(t);
  const ledger = await open();
  await save(ledger, 1, tallyOf('g', hour, 1));
  const copy = await readFile(checkpointPath, 'utf8');
  for (let position = 2; position <= 4; position++) {
    await clock.advance(6 * minuteMs);
    await save(ledger, position, tallyOf('g', hour, 1));
  }
  await writeFile(checkpointPath, copy);
  await open();
  t.deepEqual(
    faults.map(({ code }) => code),
    ['ledger-ahead'],
  );
});

test('hours are kept for ledgerDays; what is in none of them is counted as outside', async (t) => {
  const { clock, hour, checkpointPath, open, save, read } = await setUp(t);
  const ledger = await open();
  await save(ledger, 1, tallyOf('g', hour - 24 * days, 1));
  await save(ledger, 2, tallyOf('g', hour, 2));
  for (const far of [hour - 24 * days - 1, hour + 25, -1]) await save(ledger, 3, tallyOf('g', far, 4));
  t.deepEqual(await read(), { [`g ${hour - 24 * days}`]: 1, [`g ${hour}`]: 2 });
  t.is((await readLedger(checkpointPath, async () => [])).counts.outside.events, 12);
  await clock.advance(2 * hourMs);
  await save(ledger, 4, tallyOf('g', hour, 1));
  await clock.advance(6 * minuteMs);
  await save(ledger, 5, tallyOf('g', hour, 1));
  const kept = (await readLedgerFile(checkpointPath))?.counts ?? new LedgerCounts();
  t.deepEqual(sums(kept), { [`g ${hour}`]: 3 });
});

test('made-up names and hours take bounded room, and what is beyond it is counted as others and reported once', async (t) => {
  const { hour, faults, open, save, checkpointPath } = await setUp(t);
  const ledger = await open();
  const many = new LedgerCounts();
  const eachHours = 200;
  for (let number = 0; number < MAX_CELLS / eachHours; number++) {
    const tally = new Tally();
    const group = place(`group ${number}`);
    for (let back = 0; back < eachHours; back++) tally.start(back, group, hour - back);
    tally.end(eachHours);
    many.add(tally);
  }
  for (let number = 1; number <= 5; number++) many.add(tallyOf(`late group ${number}`, hour, 1));
  many.add(tallyOf('group 7', hour, 1));
  ledger.add(many);
  await save(ledger, 1, tallyOf('one more', hour, 1));
  const { counts } = await readLedger(checkpointPath, async () => []);
  t.is(counts.cells, MAX_CELLS);
  t.is(counts.other.get(hour)?.events, 6);
  t.is(sums(counts)[`group 7 ${hour}`], 2);
  t.deepEqual(
    faults.map(({ code }) => code),
    ['ledger-full'],
  );
});

test('the copies that two subscription filters send are counted apart', (t) => {
  const counts = new LedgerCounts();
  for (const filter of ['one', 'other', 'other']) {
    const tally = new Tally();
    tally.start(0, place('g', [filter]), 5);
    tally.end(3);
    counts.add(tally);
  }
  t.deepEqual(
    formatCounts(counts).places.map(({ subscriptionFilters, hours }) => [subscriptionFilters, hours]),
    [
      [['one'], { '1970-01-01T05': { events: 3 } }],
      [['other'], { '1970-01-01T05': { events: 6 } }],
    ] as never,
  );
});

test('marks count for the hour of their event', (t) => {
  const tally = new Tally();
  tally.start(0, place('g'), 5);
  tally.start(3, place('g'), 6);
  tally.mark(2, 'filtered');
  tally.mark(3, 'deadLettered');
  tally.end(4);
  tally.start(9, place('g'), 6);
  tally.end(10);
  tally.mark(9, 'unparsed');
  const counts = new LedgerCounts();
  counts.add(tally);
  const [found] = formatCounts(counts).places;
  t.deepEqual(found?.hours, {
    '1970-01-01T05': { events: 3, filtered: 1 },
    '1970-01-01T06': { events: 2, deadLettered: 1, unparsed: 1 },
  } as never);
});
