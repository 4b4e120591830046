import test from 'ava';
import { formatDuration } from '../../../plugin/commands/format-duration.js';

test('a duration has at most two units, and none of zero', (t) => {
  const hourMs = 3_600_000;
  const durations = [-5, 12_400, 61_000, 130_000, 3 * hourMs + 20 * 60_000, 25 * hourMs, 50 * hourMs];
  const expected = ['0 s', '12 s', '61 s', '2 min', '3 h 20 min', '25 h', '2 d 2 h'];
  t.deepEqual(durations.map(formatDuration), expected);
});
