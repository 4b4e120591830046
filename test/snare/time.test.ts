import test from 'ava';
import { formatDate, formatRfc3339Nano, formatTime } from '../../src/snare/time.js';

const times: readonly (readonly [ms: number | undefined, offsetMinutes: number, expected: string])[] = [
  [1668680181123, 0, '2022-11-17T10:16:21.123Z'],
  [1668680181000, 0, '2022-11-17T10:16:21Z'],
  [1668680181100, 0, '2022-11-17T10:16:21.1Z'],
  [1668680181120, 0, '2022-11-17T10:16:21.12Z'],
  [1668680181010, 0, '2022-11-17T10:16:21.01Z'],
  [1668680181001, 0, '2022-11-17T10:16:21.001Z'],
  [1668680180000, 0, '2022-11-17T10:16:20Z'],
  [1418530010000, 0, '2014-12-14T04:06:50Z'],
  [1668680181120.9, 0, '2022-11-17T10:16:21.12Z'],
  [0, 0, '1970-01-01T00:00:00Z'],
  [-1, 0, '1969-12-31T23:59:59.999Z'],
  [-62167219200000, 0, '0000-01-01T00:00:00Z'],
  [253402300799999, 0, '9999-12-31T23:59:59.999Z'],
  [1668680181500, 660, '2022-11-17T21:16:21.5+11:00'],
  [1668680181500, 570, '2022-11-17T19:46:21.5+09:30'],
  [1668680181500, -480, '2022-11-17T02:16:21.5-08:00'],
  [1668680181500, -30, '2022-11-17T09:46:21.5-00:30'],
  [1668718800000, 840, '2022-11-18T11:00:00+14:00'],
  [253402300800000, 0, '-'],
  [253402300799999, 1, '-'],
  [-62167219200001, 0, '-'],
  [8.64e15, 0, '-'],
  [Number.NaN, 0, '-'],
  [Number.POSITIVE_INFINITY, 0, '-'],
  [undefined, 0, '-'],
];

for (const [ms, offsetMinutes, expected] of times) {
  test(`${ms} ms at ${offsetMinutes} minutes is ${expected}`, (t) => {
    t.is(formatRfc3339Nano(ms, offsetMinutes), expected);
  });
}

test('a date and a time of day are in UTC', (t) => {
  t.is(formatDate(1668722981999), '2022-11-17');
  t.is(formatTime(1668722981999), '22:09:41');
  t.is(formatDate(-1), '1969-12-31');
  t.is(formatTime(-1), '23:59:59');
});

test('without a time there is no date and no time of day', (t) => {
  for (const ms of [undefined, Number.NaN, 8.64e15]) {
    t.is(formatDate(ms), '-');
    t.is(formatTime(ms), '-');
  }
});
