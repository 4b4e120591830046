import test from 'ava';
import { joinPayloads } from '../../src/deliver/join-payloads.js';
import { Outbox } from '../../src/deliver/outbox.js';
import { type BatchPiece, LineBatch } from '../../src/pipeline/line-batch.js';
import type { OpenRecord } from '../../src/pipeline/open-record.js';

const memory = Buffer.from('one\ntwo\nthree\nfour\n');

function createBatch() {
  const outbox = new Outbox({ maxBytes: 2000, maxLines: 100 }, () => 0);
  const settled: string[] = [];
  const freed: string[] = [];
  const rebuilt: string[] = [];
  /** A record whose lines are this part of the memory. */
  const toPiece = (text: string, change: Partial<BatchPiece> = {}): BatchPiece => {
    const from = memory.indexOf(text);
    const record = { text, settle: (outcome: string) => settled.push(`${text} ${outcome}`) } as unknown as OpenRecord;
    const lines = { memory, from, to: from + text.length, lines: 1, free: () => freed.push(text) };
    return { record, offset: 0, length: text.length, lines, recordBytes: 10, isRestorable: true, ...change };
  };
  const batch = new LineBatch(toPiece('one\n'), async (record) => {
    const { text } = record as unknown as { readonly text: string };
    rebuilt.push(text);
    return Buffer.from(text);
  });
  outbox.add(batch);
  return { outbox, batch, toPiece, settled, freed, rebuilt };
}

test('lines of several records go out in one delivery, and are settled by it, each for its record', async (t) => {
  const { outbox, batch, toPiece, settled, freed } = createBatch();
  t.true(outbox.grow(batch, toPiece('two\n')));
  t.true(outbox.grow(batch, toPiece('three\n')));
  t.deepEqual(outbox.size, { lines: 3, bytes: 14 });
  const taken = outbox.take(1000);
  t.is(taken.length, 1);
  t.is(String(await joinPayloads(taken)), 'one\ntwo\nthree\n');
  t.is(outbox.confirm(1), 14);
  t.deepEqual(freed, ['one\n', 'two\n', 'three\n']);
  t.deepEqual(settled, ['one\n delivered', 'two\n delivered', 'three\n delivered']);
  t.deepEqual(outbox.size, { lines: 0, bytes: 0 });
});

test('a batch that was written is rebuilt from its records, and takes no more', async (t) => {
  const { outbox, batch, toPiece, freed, rebuilt } = createBatch();
  outbox.grow(batch, toPiece('two\n'));
  outbox.release(outbox.take(1000));
  t.deepEqual(freed, ['one\n', 'two\n']);
  outbox.putBack();
  t.false(outbox.grow(batch, toPiece('three\n')));
  t.is(String(await joinPayloads(outbox.take(1000))), 'one\ntwo\n');
  t.deepEqual(rebuilt, ['one\n', 'two\n']);
});

test('a batch does not grow once a connection has taken it, or another delivery follows it', (t) => {
  const { outbox, batch, toPiece } = createBatch();
  outbox.take(1000);
  t.false(outbox.grow(batch, toPiece('two\n')));
  outbox.putBack();
  outbox.add({ payload: 'other', bytes: 5, lines: 1, settle() {} });
  t.false(outbox.grow(batch, toPiece('two\n')));
  t.deepEqual(outbox.size, { lines: 2, bytes: 9 });
});

test('a batch takes lines only behind its own, of records that it can rebuild like the others, up to its size', (t) => {
  const { outbox, batch, toPiece } = createBatch();
  t.false(outbox.grow(batch, toPiece('three\n')), 'not behind its own');
  t.false(outbox.grow(batch, toPiece('two\n', { isRestorable: false })), 'not rebuilt to the same lines');
  t.false(outbox.grow(batch, toPiece('two\n', { length: 64 * 1024 })), 'too long');
  t.deepEqual(outbox.size, { lines: 1, bytes: 4 });
  t.true(outbox.grow(batch, toPiece('two\n')));
});

test('each record of a batch counts in the memory that is held', (t) => {
  const { outbox, batch, toPiece } = createBatch();
  // 266 for what each is rebuilt from, and the lines.
  for (const text of ['two\n', 'three\n', 'four\n']) t.true(outbox.grow(batch, toPiece(text)));
  t.true(outbox.hasRoom);
  const heavy = toPiece('two\n', { recordBytes: 1000 });
  outbox.add(new LineBatch(heavy, async () => memory));
  t.false(outbox.hasRoom);
  outbox.take(1000);
  outbox.confirm(2);
  t.true(outbox.hasRoom);
});
