import test from 'ava';
import { LineBatcher } from '../../../plugin/winston/line-batcher.js';
import { PrebuiltBlock } from '../../../plugin/winston/prebuilt-lines.js';
import { joinPayloads } from '../../../src/deliver/join-payloads.js';
import type { Delivery } from '../../../src/delivery.js';
import type { Outcome } from '../../../src/pipeline/open-record.js';

const row = { TABLE: 't', SYSTEM: 's', DATETIME: 'd', SNAREDATAMAP: {} };

function createBatcher() {
  const sent: Delivery[] = [];
  const settled: string[] = [];
  const batcher = new LineBatcher(
    (_row, message) => message,
    (delivery) => sent.push(delivery),
  );
  /** Each line is its owner's only one. */
  const add = (line: string, { isRestorable = true } = {}) =>
    batcher.add(
      line,
      Buffer.byteLength(line),
      {
        settle: (outcome: Outcome) => settled.push(`${line.trim().slice(0, 20)} ${outcome}`),
        origin: isRestorable ? { bytes: 10, rebuild: async () => ({ row, message: line }) } : undefined,
      },
      0,
    );
  const texts = () => sent.map(({ payload }) => Buffer.from(payload ?? '').toString());
  return { batcher, sent, settled, add, texts };
}

test('lines of one stretch of work are one batch, in their order', async (t) => {
  const { sent, settled, add, texts } = createBatcher();
  for (const line of ['a\n', 'ü\n', 'c\n']) add(line);
  t.deepEqual(sent, []);
  await Promise.resolve();
  t.deepEqual(texts(), ['a\nü\nc\n']);
  t.deepEqual([sent[0]?.lines, sent[0]?.bytes], [3, 7]);
  sent[0]?.settle('delivered');
  t.deepEqual(settled, ['a delivered', 'ü delivered', 'c delivered']);
});

test('a full batch goes at once, and what follows is in the next one', async (t) => {
  const { sent, add, texts } = createBatcher();
  const lines = Array.from({ length: 600 }, (_, index) => `${String(index).padEnd(999, '.')}\n`);
  for (const line of lines) add(line);
  t.true(sent.length >= 4);
  await Promise.resolve();
  t.is(texts().join(''), lines.join(''));
});

test('a line larger than a batch goes alone, behind those before it', async (t) => {
  const { batcher, add, texts } = createBatcher();
  const large = `${'x'.repeat(300_000)}\n`;
  add('before\n');
  add(large);
  add('behind\n');
  batcher.flush();
  t.deepEqual(texts(), ['before\n', large, 'behind\n']);
});

test('a batch is made again from its rows, unless one of them cannot be', async (t) => {
  const { batcher, sent, add } = createBatcher();
  add('a\n');
  add('b\n');
  batcher.flush();
  const [batch] = sent;
  if (batch) batch.payload = undefined;
  t.is(Buffer.from(await joinPayloads(sent)).toString(), 'a\nb\n');
  t.true((batch?.origin?.bytes ?? 0) > 20);
  add('c\n');
  add('d\n', { isRestorable: false });
  batcher.flush();
  t.is(sent[1]?.origin, undefined);
});

test('memory is used again only once its lines are over', async (t) => {
  const { batcher, sent, add, texts } = createBatcher();
  const fill = (letter: string) => {
    for (let line = 0; line < 120; line++) add(`${letter.repeat(999)}\n`);
    batcher.flush();
  };
  fill('a');
  fill('b');
  t.deepEqual([new Set(texts()[0]), new Set(texts()[1])], [new Set('a\n'), new Set('b\n')]);
  sent[0]?.free?.();
  fill('c');
  t.deepEqual([new Set(texts()[1]), new Set(texts()[2])], [new Set('b\n'), new Set('c\n')]);
  const memoryOf = (index: number) => (sent[index]?.payload as Buffer | undefined)?.buffer;
  t.truthy(memoryOf(2));
  t.is(memoryOf(2), memoryOf(0));
});

test('prebuilt lines are in their place among others, also those whose memory is given back before the batch goes', (t) => {
  const { batcher, add, texts } = createBatcher();
  const block = new PrebuiltBlock(Buffer.from('a\nb\nc\nd\n'));
  const prebuilt = (index: number) =>
    batcher.addPrebuilt(
      { formatLine: (_row, message) => message, block, from: 2 * index, to: 2 * index + 2 },
      { settle: () => {} },
      0,
    );
  for (const index of [0, 1]) prebuilt(index);
  add('between\n');
  for (const index of [3, 2]) prebuilt(index);
  block.free();
  t.is(block.bytes, undefined);
  add('behind\n');
  batcher.flush();
  t.deepEqual(texts(), ['a\nb\nbetween\nd\nc\nbehind\n']);
});

test('lines of one owner are settled in runs, and made again one by one', async (t) => {
  const { batcher, sent } = createBatcher();
  const fates: string[] = [];
  const createOwner = (name: string) => ({
    settle: (outcome: Outcome, first: number, count: number) => fates.push(`${name} ${first} ${count} ${outcome}`),
    origin: { bytes: 10, rebuild: async (index: number) => ({ row, message: `${name}${index}\n` }) },
  });
  const [a, b] = [createOwner('a'), createOwner('b')];
  for (const index of [0, 1, 2]) batcher.add(`a${index}\n`, 3, a, index);
  batcher.add('b0\n', 3, b, 0);
  // What was in between was left out.
  for (const index of [4, 5]) batcher.add(`a${index}\n`, 3, a, index);
  batcher.flush();
  const [batch] = sent;
  t.is(batch?.lines, 6);
  if (batch) batch.payload = undefined;
  t.is(Buffer.from(await joinPayloads(sent)).toString(), 'a0\na1\na2\nb0\na4\na5\n');
  batch?.settle('delivered');
  t.deepEqual(fates, ['a 0 3 delivered', 'b 0 1 delivered', 'a 4 2 delivered']);
});
