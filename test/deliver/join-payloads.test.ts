import test from 'ava';
import { gatherPayloads, joinPayloads } from '../../src/deliver/join-payloads.js';

const bytes = (text: string) => new TextEncoder().encode(text);

const cases: readonly (readonly [name: string, payloads: readonly (string | Uint8Array)[], expected: string])[] = [
  ['texts', ['a\n', 'ü\n'], 'a\nü\n'],
  ['bytes', [bytes('a\n'), bytes('ü\n')], 'a\nü\n'],
  ['texts and bytes in their order', ['a\n', bytes('ü\n'), 'c\n'], 'a\nü\nc\n'],
  ['one piece of bytes', [bytes('a\nb\n')], 'a\nb\n'],
  ['nothing', [], ''],
];

for (const [name, payloads, expected] of cases) {
  test(`joins ${name}`, async (t) => {
    const deliveries = payloads.map((payload) => ({ payload, bytes: 0, lines: 1, settle: () => {} }));
    t.is(new TextDecoder().decode(await joinPayloads(deliveries)), expected);
  });
}

test('pieces that lie one behind the other in memory are joined without a copy', async (t) => {
  const memory = bytes('a\nb\nc\n');
  const deliver = (from: number, to: number) => ({
    payload: memory.subarray(from, to),
    bytes: to - from,
    lines: 1,
    settle: () => {},
  });
  const joined = await joinPayloads([deliver(2, 4), deliver(4, 6)]);
  t.is(joined.buffer, memory.buffer);
  t.is(new TextDecoder().decode(joined), 'b\nc\n');
  const apart = await joinPayloads([deliver(0, 2), deliver(4, 6)]);
  t.is(new TextDecoder().decode(apart), 'a\nc\n');
});

test('what was released is made again, in its place', async (t) => {
  const restore = async () => bytes('b\n');
  const deliveries = [
    { payload: 'a\n', bytes: 2, lines: 1, settle: () => {} },
    { payload: undefined, bytes: 2, lines: 1, origin: { bytes: 1, restore }, settle: () => {} },
  ];
  t.is(new TextDecoder().decode(await joinPayloads(deliveries)), 'a\nb\n');
});

test('pieces that lie apart are gathered as they are when they are few, and in one when they are many', async (t) => {
  const deliver = (text: string) => ({ payload: bytes(text), bytes: text.length, lines: 1, settle: () => {} });
  const few = [deliver('a\n'), deliver('b\n')];
  t.deepEqual(
    await gatherPayloads(few),
    few.map(({ payload }) => payload),
  );
  const many = Array.from({ length: 9 }, (_, index) => deliver(`${index}\n`));
  const [all, ...more] = await gatherPayloads(many);
  t.is(new TextDecoder().decode(all), '0\n1\n2\n3\n4\n5\n6\n7\n8\n');
  t.deepEqual(more, []);
});
