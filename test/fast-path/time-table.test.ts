import test from 'ava';
import fc from 'fast-check';
import { loadSource } from '../../src/fast-path/source-window.js';
import { findTime, TIME_OF_DAY, TIME_ROLES, timeWords } from '../../src/fast-path/time-table.js';
import { formatRfc3339Nano } from '../../src/snare/time.js';
import { seed } from '../fixtures/random.js';

function find(seconds: number, role: number): number {
  loadSource(Buffer.from(` ${String(seconds).padStart(10, '0')} `), 0);
  return findTime(1, role);
}

function read(entry: number, words: number): string {
  return Buffer.from(timeWords.buffer, entry * 8, words * 8).toString('latin1');
}

test('every second reads as the general path writes it', (t) => {
  const near = fc.integer({ min: 1_668_700_000, max: 1_668_703_000 });
  const seconds = fc.oneof(near, fc.integer({ min: 0, max: 9_999_999_999 }));
  fc.assert(
    fc.property(seconds, fc.nat(TIME_ROLES - 1), (second, role) => {
      const entry = find(second, role);
      const expected = formatRfc3339Nano(second * 1000);
      t.is(read(entry, 3).slice(0, 20), expected);
      t.is(read(entry + TIME_OF_DAY, 1), expected.slice(11, 19));
    }),
    { seed, numRuns: 1000 },
  );
});

test('the times of one flow log never take the place of each other', (t) => {
  const entries = [0, 1, 2].map((role) => find(1_668_722_921 + role * 1000, role));
  t.deepEqual(
    entries.map((entry) => read(entry, 3).slice(0, 19)),
    ['2022-11-17T22:08:41', '2022-11-17T22:25:21', '2022-11-17T22:42:01'],
  );
});
