/** Histograms of how long things take. */
import test from 'ava';
import { Timings } from '../../src/report/timings.js';

test('a record is in the bucket of its time, and the clock is asked once a turn', async (t) => {
  let asked = 0;
  const timings = new Timings(() => {
    asked++;
    return 100_000;
  });
  timings.recordConfirmed(99_600, 40_000);
  timings.recordConfirmed(90_000, undefined);
  // The clocks of two machines of AWS may differ.
  timings.recordConfirmed(100_500, undefined);
  timings.recordConfirmed(undefined, undefined);
  t.is(asked, 1);
  await Promise.resolve();
  timings.recordConfirmed(undefined, 0);
  t.is(asked, 2);
  const { arrivalToConfirmation, flowEndToConfirmation } = timings.read();
  const counted = ({ bounds, counts }: typeof arrivalToConfirmation) =>
    counts.flatMap((count, index) => (count === 0 ? [] : [[bounds[index], count]]));
  t.deepEqual(counted(arrivalToConfirmation), [
    [0.5, 2],
    [10, 1],
  ]);
  t.is(arrivalToConfirmation.sumSeconds, 10.4);
  t.deepEqual(counted(flowEndToConfirmation), [
    [60, 1],
    [120, 1],
  ]);
});
