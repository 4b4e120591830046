import { EventEmitter } from 'node:events';
import test from 'ava';
import { createDiagnostics, type LogFormat } from '../../../plugin/commands/diagnostics.js';
import type { PluginEvents } from '../../../src/report/events.js';

function watch(format: LogFormat) {
  const lines: string[] = [];
  const diagnostics = createDiagnostics({ format, write: (line) => lines.push(line) });
  const plugin = new EventEmitter<PluginEvents>();
  diagnostics.watch(plugin as never);
  return { lines, diagnostics, plugin };
}

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

test('a line is cut where a text in it is of megabytes', (t) => {
  for (const format of ['text', 'json'] as const) {
    const { lines, diagnostics } = watch(format);
    diagnostics.log('warn', 'm'.repeat(8_000_000), { code: 'c'.repeat(8_000_000) });
    t.true((lines[0]?.length ?? 0) < 10_000, format);
    t.regex(lines[0] ?? '', /7995904 more characters/);
  }
});

test('a text that comes again and again is looked at once', (t) => {
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

test('the last fault is the latest one without a recovery', (t) => {
  const { diagnostics, plugin } = watch('text');
  t.is(diagnostics.lastFault, '');
  plugin.emit('fault', { stage: 'read', code: 'transient', message: 'stream is away', count: 1 });
  plugin.emit('fault', { stage: 'deliver', code: 'output-unreachable', message: 'output is away', count: 1 });
  t.regex(diagnostics.lastFault, /output is away$/);
  plugin.emit('recovered', { stage: 'deliver' });
  t.regex(diagnostics.lastFault, /stream is away$/);
  plugin.emit('recovered', { stage: 'read' });
  t.is(diagnostics.lastFault, '');
});

test('a log event can neither reach the terminal as a control sequence nor forge a second line', (t) => {
  for (const format of ['text', 'json'] as const) {
    const { lines, plugin } = watch(format);
    plugin.emit('unparsed', {
      reason: 'field-count',
      logGroup: '\u001b[2J\nforged',
      logStream: '\u009b\r\u202e\u2066\u{e0041}',
    });
    t.is(lines.length, 1);
    t.regex(lines[0] ?? '', /^[^\p{Cc}\p{Cf}]*\n$/u);
  }
});
