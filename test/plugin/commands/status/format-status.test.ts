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
  const faults = Array.from({ length: 10 }, (_, index) => ({ ...fault, message: `${'long '.repeat(40)}${index}` }));
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
  t.regex(shown[1] ?? '', /^shardId-000000000040 +reading +90 s|^shardId-000000000040 +reading +2 min/);
  t.regex(lines.at(-1) ?? '', new RegExp(`^and ${64 - shown.length} more, with a lag of at most 0.1 s$`));
  t.true(lines.some((line) => line === 'and 8 more faults'));
});

test('64 shards without a lag leave room at 80 x 24 for the causes of two faults', (t) => {
  const messages = [
    'Output tcp 127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9',
    'Metrics and the status page are not served on "0.0.0.0", which other machines can reach and which has no password; set metrics.host to 127.0.0.1, or metrics.allowRemote to true',
  ];
  const snapshot = exampleSnapshot({
    stats: exampleStats({ shards: exampleShards(64) }),
    faults: messages.map((message) => ({ ...fault, message })),
  });
  const lines = formatStatus(snapshot, { width: 80, height: 23, isColored: false });
  t.is(lines.length, 23, lines.join('\n'));
  t.true(lines.some((line) => /^shard +state +lag +read +acked to +waiting$/.test(line)));
  for (const line of lines) t.true(widthOf(line) <= 80, line);
  const text = lines.join(' ').replaceAll(/ +/g, ' ');
  for (const message of messages) t.true(text.includes(message), lines.join('\n'));
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
