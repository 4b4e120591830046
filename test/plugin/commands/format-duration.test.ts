import test from 'ava';
import { formatDuration } from '../../../plugin/commands/format-duration.js';

test('a duration has at most two units, and none of zero', (t) => {
  const minuteMs = 60_000;
  const hourMs = 60 * minuteMs;
  const seconds = [-5, 12_400, 61_000, 2 * minuteMs, 178_000, 599_000, 719_000].map(formatDuration);
  t.deepEqual(seconds, ['0 s', '12 s', '61 s', '2 min', '2 min 58 s', '9 min 59 s', '11 min']);
  const hours = [65 * minuteMs, 200 * minuteMs, 25 * hourMs, 50 * hourMs].map(formatDuration);
  t.deepEqual(hours, ['1 h 5 min', '3 h 20 min', '25 h', '2 d 2 h']);
});
