import test from 'ava';
import { EventIds } from '../src/event-ids.js';
import { IdMixer } from '../src/id-mixer.js';

/** As AWS makes them: the time, and a number that counts. */
const toId = (timestamp: number, number: number) => String((BigInt(timestamp) << 144n) + BigInt(number));

test('an id is new once, for each place that it may be from', (t) => {
  const ids = new EventIds(100);
  t.true(ids.add('eni-1', '36'));
  t.false(ids.add('eni-1', '36'));
  t.true(ids.add('eni-2', '36'));
  t.true(ids.add('eni-13', '6'));
  t.true(ids.has('eni-1', '36'));
  t.false(ids.has('eni-1', '37'));
  t.false(ids.has('', ''));
});

test('of many more ids than there is room for, nearly all of the latest are known and the first are not', (t) => {
  const ids = new EventIds(1000, Uint32Array.of(1, 2, 3));
  for (let number = 0; number < 100_000; number++) ids.add('eni-1', toId(1_700_000_000_000, number));
  const known = (from: number, to: number) => {
    let count = 0;
    for (let number = from; number < to; number++) if (ids.has('eni-1', toId(1_700_000_000_000, number))) count++;
    return count;
  };
  t.true(known(99_000, 100_000) >= 998);
  t.is(known(99_900, 100_000), 100);
  t.is(known(0, 80_000), 0);
  t.true(known(0, 100_000) <= 7 * 1000);
});

test('two hundred thousand ids that differ in little are all told apart', (t) => {
  const ids = new EventIds(200_000);
  let known = 0;
  for (let number = 0; number < 100_000; number++) {
    if (!ids.add('/aws/vpc/flow-logs\neni-1-all', toId(1_700_000_000_000, number))) known++;
    if (!ids.add('/aws/vpc/flow-logs\neni-1-all', toId(1_700_000_000_000 + number + 1, 0))) known++;
  }
  t.is(known, 0);
});

test('a long source is mixed once for all of its ids', (t) => {
  const ids = new EventIds(2000);
  const source = 's'.repeat(1000);
  const { getInt32 } = DataView.prototype;
  let looks = 0;
  DataView.prototype.getInt32 = function (this: DataView, at: number, isLittleEndian?: boolean) {
    looks++;
    return getInt32.call(this, at, isLittleEndian);
  };
  try {
    for (let number = 0; number < 1000; number++) ids.add(source, `${number} with some more`);
  } finally {
    DataView.prototype.getInt32 = getInt32;
  }
  t.true(looks < 5000, `${looks}`);
});

test('where an id is kept depends on every word of a seed, which is random by itself', (t) => {
  const mixWith = (...seed: readonly number[]) => [...new IdMixer(Uint32Array.from(seed)).mix('eni-1', '36')];
  const seeds = [
    [1, 2, 3],
    [7, 2, 3],
    [1, 7, 3],
    [1, 2, 7],
  ];
  t.is(new Set(seeds.map((seed) => mixWith(...seed)[0])).size, seeds.length);
  t.true(new EventIds(100).add('eni-1', '36'));
});

test('an id in memory is the same as its text', (t) => {
  const ids = new EventIds(100);
  for (const id of ['', '1', '123', '1234', '12345', toId(1_700_000_000_000, 7), 'größe', 'x'.repeat(1000)]) {
    const bytes = Buffer.from(`..${id}..`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    t.deepEqual([...ids.hashBytes('eni-1', view, 2, bytes.length - 2)], [...ids.hash('eni-1', id)]);
  }
});
