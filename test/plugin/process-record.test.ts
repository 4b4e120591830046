import { gzipSync } from 'node:zlib';
import test from 'ava';
import { type ProcessOptions, processRecord } from '../../plugin/collect/process-record.js';
import { PluginEmitter } from '../../plugin/events.js';
import { inputSchema } from '../../plugin/settings/input.js';
import { Counters } from '../../plugin/stats.js';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { createFormatList } from '../../src/flow-log/format-list.js';
import { createFixedFormats } from '../../src/flow-log/format-source.js';
import { HandClock } from '../fakes/hand-clock.js';
import { event, payload, toBytes } from '../fixtures/payloads.js';

const caps = inputSchema.parse({ stream: 's' });

function setUp(options: Partial<ProcessOptions> = {}) {
  const list = createFormatList([]);
  if ('faults' in list) throw new TypeError('The test has no rules');
  const counters = new Counters();
  const given: ProcessOptions = {
    caps,
    formats: createFixedFormats(list),
    unparsed: 'dead-letter',
    clock: new HandClock(),
    counters,
    events: new PluginEmitter(),
    ...options,
  };
  const process = async (data: Uint8Array) => {
    const record = { shardId: 's', sequenceNumber: '1', data, readMs: 0, arrivalMs: 0, ack: () => {} };
    const { deadLetters, rows } = await processRecord(record, given);
    return { deadLetters, rows: [...rows] };
  };
  return { process, counters };
}

const messagesOf = (data: Uint8Array) =>
  decodeRecord(data, caps).envelopes.map(({ logGroup, events }) => [logGroup, ...events.map(({ message }) => message)]);

test('with unparsed "dead-letter", the messages of a record that fit no format are one letter for each reason', async (t) => {
  const { process, counters } = setUp();
  const toPayload = (logGroup: string, messages: readonly string[]) =>
    JSON.stringify({ ...payload, logGroup, logEvents: messages.map((message) => ({ ...event, message })) });
  const record = toPayload('/a', ['one', event.message, 'two', '']) + toPayload('/b', ['three']);
  const { deadLetters, rows } = await process(toBytes(record));
  t.is(rows.length, 1);
  t.deepEqual(
    deadLetters.map(({ reason, logGroup, data }) => [reason, logGroup, messagesOf(data)]),
    [
      [
        'field-count',
        '/a',
        [
          ['/a', 'one', 'two'],
          ['/b', 'three'],
        ],
      ],
      ['empty', '/a', [['/a', '']]],
    ],
  );
  t.deepEqual(counters.unparsed, { 'field-count': 3, empty: 1 });
});

const name = 'n'.repeat(512);
const names = { owner: name, logGroup: name, logStream: name, subscriptionFilters: [name] };

/** Records of few bytes that hold very much. */
const hostile: readonly (readonly [what: string, value: object])[] = [
  ['events without a message', { ...names, logEvents: [event, ...Array(99_998).fill({})] }],
  ['messages that fit no format', { ...names, logEvents: Array(100_000).fill({ message: '' }) }],
  ['names of megabytes', { ...names, logGroup: 'n'.repeat(8_000_000), logEvents: [{ message: '' }, {}] }],
  ['more events than are allowed', { ...names, logEvents: Array(1_000_000).fill({}) }],
];

for (const [what, value] of hostile) {
  test(`a small record with ${what} makes few and small dead letters`, async (t) => {
    const data = gzipSync(JSON.stringify(value));
    t.true(data.length < 32 * 1024);
    const { deadLetters } = await setUp().process(data);
    const bytes = deadLetters.reduce((sum, letter) => sum + letter.data.length, 0);
    t.true(deadLetters.length > 0 && deadLetters.length < 10, `${deadLetters.length} letters`);
    t.true(bytes < 64 * 1024, `${bytes} bytes`);
  });
}
