import { EventEmitter } from 'node:events';
import test from 'ava';
import { createDiagnostics, type LogFormat } from '../../plugin/commands/diagnostics.js';
import type { PluginEvents } from '../../plugin/events.js';

function watch(format: LogFormat) {
  const lines: string[] = [];
  const diagnostics = createDiagnostics({ format, write: (line) => lines.push(line) });
  const plugin = new EventEmitter<PluginEvents>();
  diagnostics.watch(plugin as never);
  return { lines, diagnostics, plugin };
}

test('a thousand faults of a kind are one line, and their number in the end', (t) => {
  const { lines, diagnostics, plugin } = watch('json');
  for (let attempt = 1; attempt <= 1000; attempt++) {
    plugin.emit('fault', { stage: 'deliver', code: 'output-unreachable', message: 'away', attempt });
    plugin.emit('unparsed', { reason: 'field-count', logGroup: 'g', logStream: 's' });
  }
  t.is(lines.length, 2);
  diagnostics.close();
  t.is(lines.length, 4);
  t.is(lines.filter((line) => line.includes('999')).length, 2);
});

test('a log event can neither reach the terminal as a control sequence nor forge a second line', (t) => {
  for (const format of ['text', 'json'] as const) {
    const { lines, plugin } = watch(format);
    plugin.emit('unparsed', { reason: 'field-count', logGroup: '\u001b[2J\nforged', logStream: '\u009b\r' });
    t.is(lines.length, 1);
    t.regex(lines[0] ?? '', /^[^\u0000-\u001f\u007f-\u009f]*\n$/);
  }
});
