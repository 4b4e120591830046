import test from 'ava';
import { ConfirmedEnds } from '../../src/deliver/confirmed-ends.js';

/**
 * Connections in the order in which they took lines: how many deliveries, when each ended well, if it did, and when it was
 * asked to, if that was earlier.
 */
type Ends = readonly (readonly [deliveries: number, endedMs: number | undefined, askedMs?: number])[];

const cases: readonly (readonly [name: string, ends: Ends, confirmed: number])[] = [
  ['nothing', [], 0],
  ['one good end confirms nothing', [[5, 1000]], 0],
  ['an end under way confirms nothing', [[5, undefined]], 0],
  [
    'a later end short of the hold confirms nothing',
    [
      [5, 1000],
      [3, 1499],
    ],
    0,
  ],
  [
    'a later end at the hold confirms the first, not itself',
    [
      [5, 1000],
      [3, 1500],
    ],
    5,
  ],
  [
    'a later end that was asked for short of the hold confirms nothing, however late it was seen',
    [
      [5, 1000],
      [3, 9000, 1499],
    ],
    0,
  ],
  [
    'the end of an empty connection is as good a proof',
    [
      [5, 1000],
      [0, 1500],
    ],
    5,
  ],
  [
    'the latest end confirms all that it is late enough for',
    [
      [5, 1000],
      [3, 1200],
      [2, 1400],
      [1, 1700],
    ],
    8,
  ],
  [
    'nothing is confirmed past an end under way, however good the later ones are',
    [
      [5, undefined],
      [3, 1000],
      [2, 2000],
    ],
    0,
  ],
  [
    'what ended out of order waits for a proof later than its own end',
    [
      [5, 1400],
      [3, 1000],
      [2, 1600],
    ],
    0,
  ],
  [
    'an earlier connection that ended late is no proof for a later one',
    [
      [5, 2000],
      [3, 1000],
    ],
    0,
  ],
];

for (const [name, ends, confirmed] of cases) {
  test(name, (t) => {
    t.is(createHeld(ends).takeConfirmed(), confirmed);
  });
}

test('what is confirmed is taken once', (t) => {
  const held = createHeld([
    [5, 1000],
    [3, 1500],
  ]);
  t.is(held.takeConfirmed(), 5);
  t.is(held.takeConfirmed(), 0);
  held.begin(0)(2000, 2000);
  t.is(held.takeConfirmed(), 3);
});

test('with a hold of 0 an end confirms its own lines', (t) => {
  const held = new ConfirmedEnds(0);
  held.begin(4)(900, 1000);
  t.is(held.takeConfirmed(), 4);
});

test('it knows how many ends are under way and since when lines are held', (t) => {
  const held = new ConfirmedEnds(500);
  t.is(held.heldSinceMs, undefined);
  const first = held.begin(5);
  const second = held.begin(0);
  t.is(held.ending, 2);
  second(1000, 1000);
  t.is(held.ending, 1);
  t.is(held.heldSinceMs, undefined);
  first(1200, 1200);
  t.is(held.ending, 0);
  t.is(held.heldSinceMs, 1200);
});

function createHeld(ends: Ends): ConfirmedEnds {
  const held = new ConfirmedEnds(500);
  for (const [deliveries, endedMs, askedMs] of ends) {
    const ended = held.begin(deliveries);
    if (endedMs !== undefined) ended(askedMs ?? endedMs, endedMs);
  }
  return held;
}
