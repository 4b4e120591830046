import test from 'ava';
import { type BackfillProgress, toProgress } from '../../../plugin/commands/backfill-progress.js';
import { formatProgressLine } from '../../../plugin/commands/progress.js';
import { createStatusLine } from '../../../plugin/commands/status-line.js';

const fromMs = Date.UTC(2026, 0, 15, 8);
const hourMs = 3_600_000;
const progress = { fromMs, toMs: fromMs + 4 * hourMs, startMs: fromMs, atMs: fromMs, events: 0, elapsedMs: 0 };
const formatProgress = (of: BackfillProgress, columns: number | undefined) =>
  formatProgressLine(toProgress(of), columns);

for (const [name, change, expected] of [
  ['that begins', {}, '[--------------------] 0 %, 0 log events, 0/s, at 2026-01-15T08:00:00Z'],
  [
    'half way',
    { atMs: fromMs + 2 * hourMs, events: 12_345, elapsedMs: 10_000 },
    '[##########----------] 50 %, 12,345 log events, 1,235/s, about 10 s left, at 2026-01-15T10:00:00Z',
  ],
  [
    'that was resumed half way',
    { startMs: fromMs + 2 * hourMs, atMs: fromMs + 3 * hourMs, events: 1000, elapsedMs: 600_000 },
    '[###############-----] 75 %, 1,000 log events, 2/s, about 10 min left, at 2026-01-15T11:00:00Z',
  ],
  [
    'with hours to go',
    { atMs: fromMs + hourMs, events: 1, elapsedMs: hourMs },
    '[#####---------------] 25 %, 1 log event, 0/s, about 3 h left, at 2026-01-15T09:00:00Z',
  ],
] as const) {
  test(`the progress of a backfill ${name}`, (t) => {
    t.is(formatProgress({ ...progress, ...change }, 100), expected);
    t.is(formatProgress({ ...progress, ...change }, undefined), expected.slice(23));
  });
}

test('a narrow terminal shows a shorter progress, which is never cut', (t) => {
  const half = { ...progress, atMs: fromMs + 2 * hourMs, events: 1_234_567, elapsedMs: 10_000 };
  t.is(formatProgress(half, 79), '[##########----------] 50 %, 1,234,567 log events, 123,457/s, about 10 s left');
  t.is(formatProgress(half, 45), '[#####-----] 50 %, 123,457/s, about 10 s left');
  t.is(formatProgress(half, 39), '[##---] 50 %, about 10 s left');
  for (let columns = 4; columns < 100; columns++) t.true(formatProgress(half, columns).length <= columns);
});

/** What a terminal shows after these bytes, line by line. */
function show(written: string): string {
  return written
    .split('\n')
    .map((line) => line.split('\r\u001b[K').at(-1) ?? '')
    .join('\n');
}

test('a status stays at the foot of a terminal while lines go by, and is gone at the end', (t) => {
  let written = '';
  const line = createStatusLine({
    isTTY: true,
    columns: 11,
    write: (text) => {
      written += text;
    },
  });
  line.write('first\n');
  line.show('one that is too long');
  t.is(show(written), 'first\none that i');
  line.write('second\n');
  t.is(show(written), 'first\nsecond\none that i');
  line.show('two');
  line.clear();
  line.write('third\n');
  t.is(show(written), 'first\nsecond\nthird\n');
});

test('where there is no terminal, no status is written', (t) => {
  let written = '';
  const line = createStatusLine({
    write: (text) => {
      written += text;
    },
  });
  line.show('status');
  line.write('line\n');
  line.clear();
  t.is(written, 'line\n');
  t.false(line.isTerminal);
});
