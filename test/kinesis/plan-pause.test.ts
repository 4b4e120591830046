import test from 'ava';
import type { KinesisErrorKind } from '../../src/kinesis/kinesis-error.js';
import { faultPauseMs, idlePauseMs } from '../../src/kinesis/plan-pause.js';

test('there is no pause while there is more to read', (t) => {
  t.is(idlePauseMs(0, 1000), 0);
});

test('the pause at the tip doubles up to its limit', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 2000].map((emptyReads) => idlePauseMs(emptyReads, 1500)),
    [250, 500, 1000, 1500, 1500, 1500],
  );
});

test('the pause at the tip is never longer than its limit', (t) => {
  t.is(idlePauseMs(1, 200), 200);
});

const pauses: readonly (readonly [kind: KinesisErrorKind, firstMs: number, longestMs: number])[] = [
  ['throttled', 250, 5_000],
  ['transient', 1_000, 30_000],
  ['invalid', 1_000, 30_000],
  ['bad-position', 1_000, 30_000],
  ['refused', 5_000, 60_000],
  ['no-credentials', 5_000, 60_000],
  ['not-found', 10_000, 60_000],
];

for (const [kind, firstMs, longestMs] of pauses) {
  test(`a fault of kind ${kind} waits ${firstMs} ms at first and ${longestMs} ms at the most, with jitter`, (t) => {
    t.is(faultPauseMs(kind, 1, 1), firstMs);
    t.is(faultPauseMs(kind, 1, 0), firstMs / 2);
    t.is(faultPauseMs(kind, 100, 1), longestMs);
    t.is(faultPauseMs(kind, 100, 0), longestMs / 2);
  });
}
