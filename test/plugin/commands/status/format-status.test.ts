/** The status as text. */
import test from 'ava';
import { widthOf } from '../../../../plugin/commands/fold-text.js';
import { formatStatus } from '../../../../plugin/commands/status/format-status.js';
import { formatBytes } from '../../../../plugin/commands/status/format-values.js';
import { exampleShards, exampleSnapshot, exampleStats } from '../../../report/example-snapshot.js';

const fault = { stage: 'deliver', code: 'output-unreachable', shardId: undefined, ageMs: 39_000 } as const;

test('64 shards and many faults are readable at 80 x 24, the worst shards first', (t) => {
  const shards = exampleShards(64, (index) => {
    return { lagMs: index === 40 ? 90_000 : index, isStalled: index === 63 };
  });
  const faults = Array.from({ length: 10 }, (_, index) => {
    return { ...fault, code: `code-${index}`, message: `${'long '.repeat(40)}${index}` };
  });
  const lines = formatStatus(exampleSnapshot({ stats: exampleStats({ shards }), faults }), {
    width: 80,
    height: 23,
    isColored: false,
  });
  t.true(lines.length <= 23, lines.join('\n'));
  for (const line of lines) t.true(widthOf(line) <= 80, line);
  const shown = lines.filter((line) => line.startsWith('shardId-'));
  t.true(shown.length >= 2, lines.join('\n'));
  t.regex(shown[0] ?? '', /^shardId-000000000063 +stalled/);
  t.regex(shown[1] ?? '', /^shardId-000000000040 +reading +90 s /);
  t.regex(lines.at(-1) ?? '', new RegExp(`^and ${64 - shown.length} more, with a lag of at most 0.1 s$`));
  const codes = lines.filter((line) => line.startsWith('code-'));
  t.true(codes.length >= 2, lines.join('\n'));
  t.true(lines.includes(`and ${10 - codes.length} more faults`), lines.join('\n'));
});

test('a fault that 64 shards have is one line after those without a shard, and the worst shard is shown', (t) => {
  const shards = exampleShards(64, (index) => ({ lagMs: undefined, unacknowledged: index === 5 ? 7 : 0 }));
  const ofShards = Object.keys(shards).map((shardId, index) => {
    const message = `Shard "${shardId}" keeps its place after ECONNREFUSED`;
    return { stage: 'read', code: 'transient', shardId, ageMs: 19_000 - index, message } as const;
  });
  const message = `Output tcp 10.0.0.5:6161 ${'long '.repeat(80)}`;
  const snapshot = exampleSnapshot({
    stats: exampleStats({ shards }),
    faults: [...ofShards, { ...fault, code: 'not-confirmed', ageMs: 9000, message }],
  });
  const format = (height?: number) => formatStatus(snapshot, { width: 80, height, isColored: false });
  const worst = /^shardId-000000000005 .* 7$/m;
  for (const lines of [format(), format(23), format(19)]) {
    const text = lines.join('\n');
    const faults = lines.filter((line) => /^(transient|not-confirmed)/.test(line));
    t.is(faults.length, 2, text);
    t.regex(faults[0] ?? '', /^not-confirmed for 9 s: Output tcp /);
    t.regex(faults[1] ?? '', /^transient, 64 shards, for 19 s: Shard "shardId-000000000000" /);
    t.regex(text, worst);
    t.regex(lines.at(-1) ?? '', /^and 6[123] more, |^shardId-000000000063 /);
  }
  // Too few lines for both faults.
  t.regex(format(18).join('\n'), worst);
});

test('64 shards without a lag leave room at 80 x 24 for the causes of two faults', (t) => {
  const faults = [
    { ...fault, message: 'Output tcp 127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9' },
    {
      ...fault,
      stage: 'report',
      code: 'metrics-not-served',
      message:
        'Metrics and the status page are not served on "0.0.0.0", which other machines can reach and which has no password; set metrics.host to 127.0.0.1, or metrics.allowRemote to true',
    },
  ] as const;
  const snapshot = exampleSnapshot({ stats: exampleStats({ shards: exampleShards(64) }), faults });
  const lines = formatStatus(snapshot, { width: 80, height: 23, isColored: false });
  t.is(lines.length, 23, lines.join('\n'));
  t.true(lines.some((line) => /^shard +state +lag +read +acked to +waiting$/.test(line)));
  for (const line of lines) t.true(widthOf(line) <= 80, line);
  const text = lines.join(' ').replaceAll(/ +/g, ' ');
  for (const { message } of faults) t.true(text.includes(message), lines.join('\n'));
  t.regex(lines.at(-1) ?? '', /^and 62 more, with a lag of at most 0.0 s$/);
});

test('without a limit on the height, every shard and every word of a fault is shown', (t) => {
  const message = 'word '.repeat(100).trim();
  const snapshot = exampleSnapshot({
    stats: exampleStats({ shards: exampleShards(64) }),
    faults: [{ ...fault, message }],
  });
  const lines = formatStatus(snapshot, { width: 80, height: undefined, isColored: false });
  t.is(lines.filter((line) => line.startsWith('shardId-')).length, 64);
  t.true(lines.some((line) => line.endsWith(message)));
});

test('log events that the settings ignore have a row of their own, if there are any', (t) => {
  const textOf = (ignored: number) => {
    const snapshot = exampleSnapshot({ stats: exampleStats({ ignored, filtered: 3 }) });
    return formatStatus(snapshot, { width: 80, height: undefined, isColored: false }).join('\n');
  };
  t.regex(textOf(7), /^filtered +3 .*\nignored +7 /m);
  t.notRegex(textOf(0), /ignored/);
});

test('sizes have the units of the settings, up to the next unit', (t) => {
  t.deepEqual([0, 999, 1023, 1024, 32 * 2 ** 20, 1023.4 * 2 ** 20, 1023.6 * 2 ** 20].map(formatBytes), [
    ...['0 B', '999 B', '1023 B', '1.0 KiB', '32 MiB', '1023 MiB', '1.0 GiB'],
  ]);
});

test('nothing in a status drives the terminal', (t) => {
  const snapshot = exampleSnapshot({
    stream: 'a\u001b[2Jb',
    faults: [{ ...fault, message: 'c\r\nforged\u202e' }],
    stats: exampleStats({ shards: { 'shard\u0007': Object.values(exampleShards(1))[0] as never } }),
  });
  const text = formatStatus(snapshot, { width: 80, height: 24, isColored: false }).join('\n');
  t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u202e]/);
});

test('a plugin before its first response has a status', (t) => {
  const snapshot = exampleSnapshot({
    state: 'starting',
    stats: exampleStats({ shards: {} }),
    ever: undefined,
    output: undefined,
    pageUrl: undefined,
    readMemory: undefined,
  });
  const text = formatStatus(snapshot, { width: 80, height: 24, isColored: false }).join('\n');
  t.regex(text, /starting, not ready/);
  t.regex(text, /No shard is read yet/);
  t.regex(text, /nothing confirmed yet, nothing waits/);
});
