import test from 'ava';
import { paint, screenOf } from '../../../plugin/commands/screen.js';
import { createStatusLine } from '../../../plugin/commands/status-line.js';

test('a terminal of no columns, which does not know its width, has 80', (t) => {
  t.deepEqual(
    [0, undefined, 120].map((columns) => screenOf({ ...(columns !== undefined && { columns }) }).width),
    [80, 100, 120],
  );
  t.is(createStatusLine({ isTTY: true, columns: 0, write: () => true }).columns, 79);
});

test('the width of a screen is that of the terminal now', (t) => {
  const terminal = { columns: 80 };
  const screen = screenOf(terminal);
  terminal.columns = 40;
  t.is(screen.width, 40);
});

const terminal = { isTTY: true, hasColors: () => true };
const cases = [
  ['a terminal', terminal, {}, true],
  ['a terminal without colours', { isTTY: true, hasColors: () => false }, {}, false],
  ['a pipe or a file', {}, {}, false],
  ['a stream that is not a terminal', { hasColors: () => true }, {}, false],
  ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['a terminal with an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
  ['a terminal with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ['a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
  ['a pipe with both', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
] as const;

for (const [what, stream, env, isColored] of cases) {
  test(`${what} ${isColored ? 'gets' : 'gets no'} colour`, (t) => {
    const screen = screenOf(stream as never, env);
    t.is(screen.isColored, isColored);
    t.is(paint('text', 'red', screen), isColored ? '\u001b[31mtext\u001b[39m' : 'text');
  });
}
