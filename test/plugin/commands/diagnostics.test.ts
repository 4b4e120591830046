import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import { createDiagnostics, type LogFormat } from '../../../plugin/commands/diagnostics.js';
import type { Screen } from '../../../plugin/commands/screen.js';
import type { PluginEvents } from '../../../src/report/plugin-events.js';

function watch(format: LogFormat, screen?: Screen) {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const write = (line: string) => lines.push(line);
  const diagnostics = createDiagnostics({ format, write, ...(screen && { screen }), now: () => clock.ms });
  const plugin = new EventEmitter<PluginEvents>();
  diagnostics.watch(plugin as never, { output: 'tcp 10.0.0.5:6161' });
  return { lines, diagnostics, plugin, clock };
}

const terminal = { isTerminal: true, width: 80, isColored: true };

test('a thousand messages that fit no format are one line, and their number in the end', (t) => {
  const { lines, diagnostics, plugin } = watch('json');
  for (let number = 1; number <= 1000; number++) {
    plugin.emit('unparsed', { reason: 'field-count', logGroup: 'g', logStream: 's' });
  }
  t.is(lines.length, 1);
  diagnostics.close();
  t.is(lines.length, 2);
  t.regex(lines[1] ?? '', /999/);
});

test('what was left out is reported at the end by its number, in singular and plural', (t) => {
  const { lines, diagnostics, plugin } = watch('text');
  const unparsed = { reason: 'field-count', logGroup: 'g', logStream: 's' };
  for (let number = 1; number <= 60; number++) plugin.emit('unparsed', unparsed);
  const deadLetter = { shardId: 's', sequenceNumber: '1', reason: 'not-gzip' };
  for (let number = 1; number <= 2; number++) plugin.emit('dead-letter', deadLetter);
  diagnostics.close();
  t.deepEqual(
    lines.slice(-2).map((line) => line.replace(/^\S+ /, '')),
    [
      'info 59 more messages matched no format (field-count)\n',
      'info 1 more record was written to the dead-letter file (not-gzip)\n',
    ],
  );
});

test('a recovery names what works again, and after how long', (t) => {
  const { lines, plugin } = watch('text');
  for (let attempt = 1; attempt <= 3; attempt++) {
    plugin.emit('fault', {
      stage: 'deliver',
      code: 'output-unreachable',
      message: `away ${attempt}`,
      attempt,
      count: 1,
    });
  }
  plugin.emit('recovered', { stage: 'deliver', afterMs: 39_000 });
  plugin.emit('fault', { stage: 'read', code: 'transient', message: 'away', shardId: 'a', count: 1 });
  plugin.emit('recovered', { stage: 'read', shardId: 'a', afterMs: 2000 });
  t.regex(lines[3] ?? '', / info Output tcp 10\.0\.0\.5:6161 works again after 39 s\n$/);
  t.regex(lines[5] ?? '', / info Shard "a" works again after 2 s\n$/);
});

test('on a terminal the level has a colour, and a long line is folded at words within its width', (t) => {
  const { lines, diagnostics } = watch('text', terminal);
  diagnostics.log('warn', 'word '.repeat(40).trim());
  const [line = ''] = lines;
  t.true(line.includes(' \u001b[33mwarn\u001b[39m word'));
  const plain = stripVTControlCharacters(line).trimEnd().split('\n');
  t.true(plain.length > 2);
  for (const [index, part] of plain.entries()) {
    t.true(part.length <= 80, part);
    t.regex(part, index === 0 ? /^\S+Z warn( word)+$/ : /^ {4}word( word)*$/);
  }
});

test('JSON has no colour and no folds on a terminal, and neither has text in a pipe', (t) => {
  const message = 'word '.repeat(40).trim();
  const json = watch('json', terminal);
  json.diagnostics.log('error', message);
  t.is((JSON.parse(json.lines[0] ?? '') as { message: string }).message, message);
  t.false(json.lines[0]?.includes('\u001b'));
  const pipe = watch('text');
  pipe.diagnostics.log('error', message);
  t.regex(pipe.lines[0] ?? '', /^\S+Z error( word){40}\n$/);
});

test('a line is cut where a text in it is of megabytes', (t) => {
  for (const format of ['text', 'json'] as const) {
    const { lines, diagnostics } = watch(format);
    diagnostics.log('warn', 'm'.repeat(8_000_000), { code: 'c'.repeat(8_000_000) });
    t.true((lines[0]?.length ?? 0) < 10_000, format);
    t.regex(lines[0] ?? '', /7995904 more characters/);
  }
});

test('a repeated text is looked at once', (t) => {
  const { lines, plugin } = watch('json');
  const { replace } = String.prototype;
  let looks = 0;
  // Its numbers are taken out of each text that may be news.
  String.prototype.replace = function (this: string, ...given: Parameters<typeof replace>) {
    looks++;
    return replace.apply(this, given);
  } as typeof replace;
  try {
    for (let number = 1; number <= 1000; number++) {
      plugin.emit('unparsed', { reason: 'field-count', logGroup: 'g', logStream: 's' });
    }
    const afterSame = looks;
    t.true(afterSame < 20, `${afterSame}`);
    for (let number = 1; number <= 1000; number++) {
      const logStream = 'x'.repeat(number);
      plugin.emit('unparsed', { reason: 'field-count', logGroup: 'g', logStream });
    }
    t.true(looks - afterSame < 50, `${looks}`);
  } finally {
    String.prototype.replace = replace;
  }
  t.is(lines.length, 4);
});

test('the last fault is the latest one without a recovery that holds up flow logs', (t) => {
  const { diagnostics, plugin } = watch('text');
  t.is(diagnostics.lastFault, '');
  plugin.emit('fault', { stage: 'read', code: 'transient', message: 'stream is away', count: 1 });
  plugin.emit('fault', { stage: 'deliver', code: 'output-unreachable', message: 'output is away', count: 1 });
  plugin.emit('fault', { stage: 'report', code: 'metrics-not-served', message: 'port is in use', count: 1 });
  t.regex(diagnostics.lastFault, /output is away$/);
  plugin.emit('recovered', { stage: 'deliver', afterMs: 1 });
  t.regex(diagnostics.lastFault, /stream is away$/);
  plugin.emit('recovered', { stage: 'read', afterMs: 1 });
  t.is(diagnostics.lastFault, '');
});

test('a log event can neither reach the terminal as a control sequence nor forge a second line', (t) => {
  for (const [format, screen] of [['text'], ['json'], ['text', { ...terminal, isColored: false }]] as const) {
    const { lines, plugin } = watch(format, screen);
    plugin.emit('unparsed', {
      reason: 'field-count',
      logGroup: '\u001b[2J\nforged',
      logStream: '\u009b\r\u202e\u2066\u{e0041}',
    });
    t.is(lines.length, 1);
    // What is folded on a terminal is indented, so that it cannot be taken for a line of its own.
    t.regex(lines[0]?.replaceAll('\n    ', '') ?? '', /^[^\p{Cc}\p{Cf}]*\n$/u);
  }
});
