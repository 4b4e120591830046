import test from 'ava';
import fc from 'fast-check';
import { MAX_SECONDS, TIME_OF_DAY, TIME_ROLES, TimeTable } from '../../src/fast-path/time-table.js';
import { formatRfc3339Nano } from '../../src/snare/time.js';
import { seed } from '../fixtures/random.js';

const table = new TimeTable(formatRfc3339Nano);

function read(entry: number, words: number): string {
  return Buffer.from(table.words.buffer, entry * 8, words * 8).toString('latin1');
}

test('every second reads as the general path writes it', (t) => {
  const seconds = fc.oneof(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: MAX_SECONDS }));
  fc.assert(
    fc.property(seconds, fc.nat(TIME_ROLES - 1), (second, role) => {
      const entry = table.find(second, role);
      const expected = formatRfc3339Nano(second * 1000);
      t.is(read(entry, 3).slice(0, 20), expected);
      t.is(read(entry + TIME_OF_DAY, 1), expected.slice(11, 19));
    }),
    { seed, numRuns: 3000 },
  );
});

test('the times of one flow log never take the place of each other', (t) => {
  const entries = [0, 1, 2].map((role) => table.find(1_668_722_921 + role * 1024, role));
  t.deepEqual(
    entries.map((entry) => read(entry, 3).slice(0, 19)),
    ['2022-11-17T22:08:41', '2022-11-17T22:25:45', '2022-11-17T22:42:49'],
  );
});
