import test from 'ava';
import { joinPayloads } from '../../src/deliver/delivery.js';

const bytes = (text: string) => new TextEncoder().encode(text);

const cases: readonly (readonly [name: string, payloads: readonly (string | Uint8Array)[], expected: string])[] = [
  ['texts', ['a\n', 'ü\n'], 'a\nü\n'],
  ['bytes', [bytes('a\n'), bytes('ü\n')], 'a\nü\n'],
  ['texts and bytes in their order', ['a\n', bytes('ü\n'), 'c\n'], 'a\nü\nc\n'],
  ['one piece of bytes', [bytes('a\nb\n')], 'a\nb\n'],
  ['nothing', [], ''],
];

for (const [name, payloads, expected] of cases) {
  test(`joins ${name}`, (t) => {
    const deliveries = payloads.map((payload) => ({ payload, bytes: 0, lines: 1, settle: () => {} }));
    t.is(new TextDecoder().decode(joinPayloads(deliveries)), expected);
  });
}
