/**
 * What somebody who can write log events can do to a line: nothing. Any text and any format of flow logs, through the
 * stages as the plugin runs them, is one line that its readers take apart as it was put together.
 */
import { gzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { decodeRecord } from '../src/decode/decode-record.js';
import type { LogEvent } from '../src/envelope.js';
import { toFormatList } from '../src/flow-log/format-list.js';
import { parseFlowLog } from '../src/flow-log/parse.js';
import type { LineFormat, LineFraming } from '../src/line-format.js';
import { createLineFormatter } from '../src/snare/line.js';
import { toFlowLogRow, toUnparsedRow } from '../src/snare/row.js';
import type { SnareRow } from '../src/snare-row.js';
import { customFormat, customLine, defaultLines, transitGatewayLine } from './fixtures/flow-logs.js';
import { source } from './fixtures/payloads.js';

const caps = { maxRecordBytes: 1024 * 1024, maxEventsPerRecord: 1000 };
const collected = { atMs: 1668723002500, offsetMinutes: 0 };
const formats: readonly LineFormat[] = ['snare', 'snare-tab', 'raw', 'syslog', 'json'];
const framings: readonly LineFraming[] = ['lf', 'octet-counting'];

/** What ends lines, parts fields, drives terminals or is no text at all. */
const evil = fc.constantFrom(
  ...['\n', '\r\n', '\r', '\t', '\0', '\v', '\f', '\b', '\u0085', '\u009b31m', '\u001b[2J', '\u001b]0;title\u0007'],
  ...['\u2028', '\u2029', '\u007f', '\ud800', '\udc00', '\ufeff', '\u202e', '"', '\\', '\\n', '\\u000a', '","TABLE":"'],
  ...[
    'AWS Internal\tAWSVPCFlowLog\t4\t{}',
    '42 <134>1 - - - - - -',
    '\n<134>1 - forged - - - - -',
    '__proto__',
    '-',
    ' ',
  ],
);
/** The unit `binary` of fast-check does the same, and takes three seconds to make its tables. */
const character = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));
const text = fc
  .array(fc.oneof(evil, fc.string({ unit: character, maxLength: 8 }), fc.string({ maxLength: 8 })))
  .map((parts) => parts.join(''));

/** A good line with some of its fields replaced, so that it still fits its format now and then. */
const nearLine = fc
  .tuple(
    fc.constantFrom(...defaultLines, transitGatewayLine, customLine),
    fc.array(fc.tuple(fc.nat(40), text), { maxLength: 3 }),
    text,
  )
  .map(([line, changes, tail]) => {
    const words = line.split(' ');
    for (const [index, word] of changes) words[index % words.length] = word || '-';
    return words.join(' ') + tail;
  });
const message = fc.oneof(text, nearLine, fc.constantFrom(...defaultLines));
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abc-_09'), minLength: 1, maxLength: 8 }),
  fc.constant('__proto__'),
);
const ownFormat = fc.oneof(
  fc.constant(customFormat),
  fc
    .uniqueArray(name, { minLength: 1, maxLength: 4, selector: (one) => one.toLowerCase().replaceAll('_', '-') })
    .map((names) => names.map((one) => `\${${one}}`).join(' ')),
);
const timestamp = fc.oneof(fc.constant(1668722921000), fc.maxSafeInteger(), fc.double(), fc.constant(undefined));

const record = fc.record({
  source: fc.record({
    owner: text,
    logGroup: text,
    logStream: text,
    subscriptionFilters: fc.array(text, { maxLength: 2 }),
  }),
  events: fc.array(fc.record({ id: text, timestamp, message }), { minLength: 1, maxLength: 4 }),
  ownFormat,
});

interface Item {
  readonly row: SnareRow;
  readonly event: LogEvent;
}

/** Decode, parse and row, as the plugin does it. */
async function process({ source, events, ownFormat }: typeof record extends fc.Arbitrary<infer R> ? R : never) {
  const rules = toFormatList([{ format: ownFormat }]);
  const data = gzipSync(JSON.stringify({ messageType: 'DATA_MESSAGE', ...source, logEvents: events }));
  const { envelopes, rejected } = decodeRecord(data, caps);
  const items: Item[] = [];
  for (const { logGroup, logStream, events: decoded } of envelopes) {
    for (const event of decoded) {
      const parsed = parseFlowLog(event.message, rules.select(logGroup, logStream));
      const row =
        'reason' in parsed ? toUnparsedRow(event, parsed.reason, collected) : toFlowLogRow(parsed, event, collected);
      items.push({ row, event });
    }
  }
  return { items, rejected };
}

const lineOptions = fc.record({
  system: fc.option(text.filter(Boolean), { nil: undefined }),
  hostname: fc.option(text.filter(Boolean), { nil: undefined }),
  criticality: fc.option(fc.nat(4), { nil: undefined }),
});

for (const format of formats) {
  for (const framing of framings) {
    test(`${format}, ${framing}: every log event is exactly one line, whatever it says`, async (t) => {
      const property = fc.asyncProperty(record, lineOptions, async (given, options) => {
        const { items, rejected } = await process(given);
        equal(rejected.length, 0, 'nothing is rejected');
        equal(items.length, given.events.length, 'a row for each event');
        const formatLine = createLineFormatter({ format, framing, ...options });
        const lines = items.map(({ row, event }) => formatLine(row, event.message));
        const bodies = splitFrames(Buffer.from(lines.join('')), framing);
        equal(bodies.length, items.length, 'lines in the stream');
        for (const [index, { row, event }] of items.entries()) checkBody(format, bodies[index] ?? '', row, event);
      });
      await fc.assert(property, { numRuns: 80 });
      t.pass();
    });
  }
}

test('any bytes decode and parse to values, and what is rejected is among them', (t) => {
  const rules = toFormatList([{ format: customFormat }]);
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((json) => Buffer.from(json)),
    text.map((one) =>
      Buffer.from(JSON.stringify({ messageType: 'DATA_MESSAGE', ...source, logEvents: [{ message: one }] })),
    ),
    fc
      .anything()
      .map((value) => Buffer.from(JSON.stringify({ ...source, messageType: value, logEvents: [value] }) ?? '', 'utf8')),
  );
  const zipped = part.chain((bytes) => fc.constantFrom(bytes, gzipSync(bytes), gzipSync(bytes).subarray(0, -3)));
  const property = fc.property(fc.array(zipped, { maxLength: 4 }), (parts) => {
    const data = Buffer.concat(parts);
    const { envelopes, controlMessages, rejected } = decodeRecord(data, caps);
    if (envelopes.length + controlMessages + rejected.length === 0) throw new Error('nothing came of it');
    for (const { logGroup, logStream, events } of envelopes) {
      for (const event of events) {
        const parsed = parseFlowLog(event.message, rules.select(logGroup, logStream));
        if (!('reason' in parsed)) equal(parsed.values.length, parsed.format.fields.length, 'values');
      }
    }
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

test('a huge message is one line too', (t) => {
  for (const format of formats) {
    const event = { id: '1', timestamp: 1668722921000, message: '\u001b[2J\n\u2028"\ud800'.repeat(20_000) };
    const line = createLineFormatter({ format })(toUnparsedRow(event, 'field-count', collected), event.message);
    t.is(line.indexOf('\n'), line.length - 1);
    checkBody(format, line.slice(0, -1), toUnparsedRow(event, 'field-count', collected), event);
  }
  t.pass();
});

/** As a receiver takes a stream of bytes apart. */
function splitFrames(stream: Buffer, framing: LineFraming): string[] {
  const bodies: string[] = [];
  for (let at = 0; at < stream.length; ) {
    if (framing === 'lf') {
      const end = stream.indexOf(0x0a, at);
      if (end < 0) throw new Error('a line without a line feed');
      bodies.push(stream.toString('utf8', at, end));
      at = end + 1;
    } else {
      const blank = stream.indexOf(0x20, at);
      const count = stream.toString('latin1', at, blank);
      if (!/^[1-9]\d*$/.test(count)) throw new Error(`no count but "${count}"`);
      at = blank + 1 + Number(count);
      bodies.push(stream.toString('utf8', blank + 1, at));
    }
  }
  return bodies;
}

function checkBody(format: LineFormat, body: string, row: SnareRow, event: LogEvent): void {
  const withoutTabs = format === 'json' || format === 'syslog' ? body : body.replaceAll('\t', '');
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(withoutTabs)) throw new Error(`a control character in ${format}`);
  const fields = body.split('\t');
  switch (format) {
    case 'snare':
      equal(fields.length, 4, 'fields');
      equal(fields[1], row.TABLE, 'table');
      checkJson(fields[3], row);
      break;
    case 'snare-tab':
      equal(fields.length, 3 + Object.keys(row).length, 'columns');
      equal(Object.keys(row).length, row.TABLE === 'AWSVPCFlowLog' ? 21 : 8, 'columns of the table');
      if (fields.includes('')) throw new Error('an empty field');
      checkJson(fields.at(-1), row.SNAREDATAMAP);
      break;
    case 'raw':
      equal(fields.length, 4, 'fields');
      equal(fields[3]?.length, event.message.length, 'length of the message');
      break;
    case 'syslog': {
      const [, , , , table, json] = /^<(\d+)>1 (\S+) (\S+) kinesis-snare - (\S+) - (.*)$/s.exec(body) ?? [];
      equal(table, row.TABLE, 'table');
      checkJson(json, row);
      break;
    }
    case 'json':
      checkJson(body, row);
  }
}

function checkJson(json: string | undefined, value: unknown): void {
  // A lone surrogate is escaped by JSON, so it comes back as it was.
  equal(JSON.stringify(JSON.parse(json ?? '')), JSON.stringify(value), 'the row');
}

function equal(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}
