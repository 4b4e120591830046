import test from 'ava';
import { parseSpan, parseTime } from '../../../plugin/commands/parse-time.js';

const nowMs = Date.UTC(2026, 0, 15, 12);

for (const [text, ms] of [
  ['2h ago', nowMs - 7_200_000],
  ['90 minutes ago', nowMs - 5_400_000],
  ['1.5d ago', nowMs - 129_600_000],
  ['30 sec ago', nowMs - 30_000],
  ['1 Week ago', nowMs - 604_800_000],
  ['now', nowMs],
] as const) {
  test(`${text} is a time on the command line`, (t) => {
    t.deepEqual(parseTime('--from', text, nowMs), { ms, isRelative: true });
  });
}

test('an RFC 3339 time with its zone is the same whenever the command is run', (t) => {
  const ms = Date.UTC(2026, 0, 14, 22);
  t.deepEqual(parseTime('--from', '2026-01-15T08:00:00+10:00', nowMs), { ms, isRelative: false });
});

for (const text of [
  '2 fortnights ago',
  '500ms ago',
  '2 constructor ago',
  '-2h ago',
  'h ago',
  '2h',
  'ago',
  'yesterday',
  '2026-01-15',
  '2026-01-15T08:00:00',
]) {
  test(`"${text}" is no time, and the error says what is`, (t) => {
    t.is(t.throws(() => parseTime('--from', text, nowMs))?.name, 'UsageError');
  });
}

for (const text of ['9999999d ago', '1969-12-31T23:59:59Z']) {
  test(`"${text}" is refused, since no log is from before 1970`, (t) => {
    const { name, message } = t.throws(() => parseTime('--from', text, nowMs)) as Error;
    t.deepEqual([name, message], ['UsageError', `Expected a time since 1970 for --from, got "${text}"`]);
  });
}

test('a span has a unit, or is in seconds', (t) => {
  t.deepEqual(['30s', '5min', '1h', '90', '0', '1.5m', '2 mins', 'x', '5 parsecs', '1ms'].map(parseSpan), [
    ...[30_000, 300_000, 3_600_000, 90_000, 0, 90_000, 120_000],
    ...[undefined, undefined, undefined],
  ]);
});
