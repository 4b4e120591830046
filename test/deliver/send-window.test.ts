import test from 'ava';
import { SendWindow } from '../../src/deliver/send-window.js';

const kib = 1024;
const mib = 1024 * kib;

test('nothing limits what goes out first, and what goes on well', (t) => {
  const window = new SendWindow();
  t.is(window.bytes, Number.POSITIVE_INFINITY);
  window.confirmed(100);
  t.is(window.bytes, Number.POSITIVE_INFINITY);
});

test('each failure without a confirmation leaves less, down to one delivery', (t) => {
  const window = new SendWindow();
  const seen = Array.from({ length: 4 }, () => {
    window.failed();
    return [window.fruitless, window.bytes];
  });
  t.deepEqual(seen, [
    [1, mib],
    [2, 64 * kib],
    [3, 1],
    [4, 1],
  ]);
});

test('confirmations let it grow again until nothing limits it', (t) => {
  const window = new SendWindow();
  for (let count = 0; count < 3; count++) window.failed();
  const seen = Array.from({ length: 12 }, () => {
    window.confirmed(10);
    return window.bytes / kib;
  });
  t.deepEqual(seen.slice(0, 3), [64, 128, 256]);
  t.deepEqual(seen.slice(-2), [65_536, Number.POSITIVE_INFINITY]);
  t.is(window.fruitless, 0);
});

test('a failure after confirmations leaves as much as they had confirmed since the last failure', (t) => {
  const window = new SendWindow();
  window.confirmed(500 * mib);
  window.failed();
  t.is(window.bytes, 500 * mib);
  window.failed();
  t.is(window.bytes, 64 * kib);
  window.confirmed(3 * mib);
  window.confirmed(2 * mib);
  t.is(window.bytes, 256 * kib);
  window.failed();
  t.is(window.bytes, 256 * kib);
  window.confirmed(20);
  window.failed();
  t.is(window.bytes, 64 * kib);
});
