import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { AckTracker } from '../../src/checkpoint/ack-tracker.js';
import type { TrackedPosition } from '../../src/progress.js';
import { Tally } from '../../src/tally.js';
import { createRandom, seed } from '../fixtures/random.js';

const orders: readonly (readonly [string, readonly number[], readonly (string | undefined)[]])[] = [
  ['in order', [0, 1, 2], ['s0', 's1', 's2']],
  ['backwards', [2, 1, 0], [undefined, undefined, 's2']],
  ['with a gap at the front', [1, 2], [undefined, undefined]],
  ['with a gap in the middle', [0, 2], ['s0', 's0']],
  ['with a gap that closes', [0, 2, 3, 1], ['s0', 's0', 's0', 's3']],
  ['twice each', [0, 0, 2, 2, 1, 1], ['s0', 's0', 's0', 's0', 's2', 's2']],
];

for (const [order, acks, expected] of orders) {
  test(`acknowledged ${order}, the position is the last record without a gap before it`, (t) => {
    const tracker = new AckTracker<string>();
    const entries = Array.from({ length: 4 }, (_, index) => tracker.track(`s${index}`));
    const positions = acks.map((index) => {
      entries[index]?.ack();
      return tracker.position;
    });
    t.deepEqual(positions, expected);
  });
}

test('nothing is tracked at first, and there is no position', (t) => {
  const tracker = new AckTracker<string>();
  t.is(tracker.position, undefined);
  t.is(tracker.pending, 0);
});

test('the position stays when everything is acknowledged and more is tracked', (t) => {
  const tracker = new AckTracker<string>();
  tracker.track('1').ack();
  tracker.track('2');
  t.is(tracker.position, '1');
  t.is(tracker.pending, 1);
});

test('whoever listens hears of moves of the position, and only of moves', (t) => {
  const heard: (string | undefined)[] = [];
  const tracker: AckTracker<string> = new AckTracker(() => heard.push(tracker.position));
  const [first, second, third] = ['1', '2', '3'].map((sequenceNumber) => tracker.track(sequenceNumber));
  second?.ack();
  t.deepEqual(heard, []);
  first?.ack();
  first?.ack();
  second?.ack();
  third?.ack();
  t.deepEqual(heard, ['2', '3']);
});

test('a tally counts when the position passes it, not when it is acked, and before the move is reported', (t) => {
  const heard: string[] = [];
  const [firstTally, secondTally] = [new Tally(), new Tally()];
  const tracker = new AckTracker<string>(
    () => heard.push('moved'),
    (tally) => heard.push(tally === firstTally ? 'first' : 'second'),
  );
  const [first, second] = [tracker.track('1'), tracker.track('2')];
  second.ack(secondTally);
  t.deepEqual(heard, []);
  first.ack(firstTally);
  t.deepEqual(heard, ['first', 'second', 'moved']);
});

test('whatever the order of acknowledgements, the position is the contiguous maximum and never goes back', (t) => {
  const random = createRandom(seed);
  for (let run = 0; run < 60; run++) {
    const given = `FUZZ_SEED=${seed} run ${run}`;
    // Beyond the length at which the tracker cuts its array, and with more or less out of order.
    const total = 1 + Math.floor(random() * 6000);
    const disorder = 1 + Math.floor(random() ** 3 * 4000);
    const tracker = new AckTracker<string>();
    const waiting: { index: number; position: TrackedPosition }[] = [];
    const isAcked: boolean[] = [];
    let expected = -1;
    const ackOne = () => {
      const [entry] = waiting.splice(Math.floor(random() * waiting.length), 1);
      if (!entry) return;
      entry.position.ack();
      if (random() < 0.1) entry.position.ack();
      isAcked[entry.index] = true;
      while (isAcked[expected + 1]) expected++;
    };
    let faults = 0;
    const check = () => {
      if (tracker.position !== (expected < 0 ? undefined : String(expected))) faults++;
      if (tracker.pending !== isAcked.length - expected - 1) faults++;
    };
    for (let index = 0; index < total; index++) {
      waiting.push({ index, position: tracker.track(String(index)) });
      isAcked.push(false);
      if (waiting.length > disorder || random() < 0.3) ackOne();
      check();
    }
    while (waiting.length > 0) {
      ackOne();
      check();
    }
    t.is(faults, 0, given);
    t.is(tracker.position, String(total - 1), given);
    t.is(tracker.pending, 0, given);
  }
});

test('memory follows what is pending, not what has passed', (t) => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const tracker = new AckTracker<string>();
  const window: TrackedPosition[] = [];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 2_000_000; index++) {
    window.push(tracker.track('49590338271490256608559692538361571095921575989136588898'));
    if (window.length > 100) window.shift()?.ack();
  }
  collect();
  const grownBytes = process.memoryUsage().heapUsed - before;
  t.is(tracker.pending, 100);
  t.true(grownBytes < 4 * 1024 ** 2, `grew by ${grownBytes} bytes`);
});
