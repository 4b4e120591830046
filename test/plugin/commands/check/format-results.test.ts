import test from 'ava';
import fc from 'fast-check';
import { formatResult, formatSummary } from '../../../../plugin/commands/check/format-results.js';
import { formatTable } from '../../../../plugin/commands/check/format-table.js';
import { widthOf } from '../../../../plugin/commands/fold-text.js';
import { DEFAULT_FORMAT } from '../../../../src/flow-log/default-formats.js';
import { parseFlowLog } from '../../../../src/flow-log/parse.js';
import { toFlowLogRow, toUnparsedRow } from '../../../../src/snare/row.js';
import type { SnareRow } from '../../../../src/snare-row.js';
import { defaultLines } from '../../../fixtures/flow-logs.js';

const collected = { atMs: 0, offsetMinutes: 0 };

const rows: readonly SnareRow[] = defaultLines.map((message) => {
  const parsed = parseFlowLog(message, [DEFAULT_FORMAT]);
  const event = { timestamp: 0, message };
  return 'reason' in parsed ? toUnparsedRow(event, parsed.reason, collected) : toFlowLogRow(parsed, event, collected);
});

const evil = fc.oneof(
  fc.string({ unit: fc.nat(0x10ffff).map((code) => String.fromCodePoint(code)) }),
  fc.constantFrom('\u001b[31mred', '\u202eabc', 'a\r\nb', '\u009b2J', '漢字かな', '😀😀', 'e\u0301'),
  fc.constant('word '.repeat(30)),
);

test('whatever a log holds, no line of a check is wider than the terminal, and nothing of it drives the terminal', (t) => {
  fc.assert(
    fc.property(fc.array(evil, { maxLength: 5 }), fc.integer({ min: 20, max: 130 }), (texts, width) => {
      const message = texts.join(' ');
      const others = texts.map((text) => toUnparsedRow({ timestamp: 0, message: text }, 'field-count', collected));
      const result = { name: 'sample', status: 'warn', message, advice: message, rows: [...rows, ...others] } as const;
      const lines = formatResult(result, { width, isColored: false }).split('\n');
      t.is(lines.pop(), '');
      for (const line of lines) {
        t.true(widthOf(line) <= width, `${widthOf(line)} of ${width}: ${JSON.stringify(line)}`);
        t.notRegex(line, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }
    }),
    { numRuns: 60 },
  );
});

test('a wide terminal shows all columns, a narrow one those that say most', (t) => {
  const [wide = ''] = formatTable(rows, 200);
  t.is(wide.split(/ +/).length, 11);
  const [narrow = ''] = formatTable(rows, 60);
  t.deepEqual(narrow.split(/ +/), ['SRCADDR', 'DSTADDR', 'ACTION'], 'a long address is cut before that');
  const narrower = formatTable(rows, 38);
  t.deepEqual(narrower[0]?.split(/ +/), ['SRCADDR', 'DSTADDR', 'ACTION']);
  t.true(narrower.some((line) => / (ACCEPT|REJECT)$/.test(line)));
});

test('the advice is under its step, and the summary counts', (t) => {
  const result = { name: 'receiver', status: 'fail', message: 'No connection', advice: 'start it' } as const;
  const screen = { width: 80, isColored: false };
  t.is(formatResult(result, screen), 'fail  receiver      No connection\n                    Do: start it\n');
  t.is(formatSummary([result], screen), '\nfail: 0 passed, 0 warned, 1 failed\n');
});
