import test from 'ava';
import { screenOf } from '../../../plugin/commands/check/check.js';
import { createStatusLine } from '../../../plugin/commands/status-line.js';

test('a terminal of no columns, which does not know its width, has 80', (t) => {
  t.deepEqual(
    [0, undefined, 120].map((columns) => screenOf({ ...(columns !== undefined && { columns }) }).width),
    [80, 100, 120],
  );
  t.is(createStatusLine({ isTTY: true, columns: 0, write: () => true }).columns, 79);
});
