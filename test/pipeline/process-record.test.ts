import { gzipSync } from 'node:zlib';
import test from 'ava';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { toFormatList } from '../../src/flow-log/format-list.js';
import { createFixedFormats } from '../../src/flow-log/format-source.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import { createLogGroupFilter, type FilterSettings } from '../../src/pipeline/log-group-filter.js';
import { type ProcessOptions, processRecord, rowsAgain } from '../../src/pipeline/process-record.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';
import { inputSchema } from '../../src/settings/input.js';
import { createLineFormatter } from '../../src/snare/line.js';
import { HandClock } from '../fakes/hand-clock.js';
import { event, payload, toBytes } from '../fixtures/payloads.js';

const caps = inputSchema.parse({ stream: 's' });

function setUp(options: Partial<ProcessOptions> = {}) {
  const list = toFormatList([]);
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
    const { deadLetters, rows, lines } = await processRecord(record, given);
    return { deadLetters, lines, rows: [...rows] };
  };
  return { process, counters, options: given };
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

const ours = { accounts: [payload.owner], logGroups: [payload.logGroup] };

/** What comes of three payloads, of which the second and third are of another log group and account, on both paths. */
async function filter(settings: Partial<FilterSettings>, isFast = false) {
  const advice: string[] = [];
  const logGroupFilter = createLogGroupFilter(
    { accounts: [], logGroups: [], otherLogGroups: 'accept', ...settings },
    (message) => advice.push(message),
  );
  const toLines = createFastLines({
    formatLine: createLineFormatter({ format: 'json' }),
    maxLineBytes: 65_536,
    maxEvents: 1000,
    accepts: logGroupFilter?.accepts,
  });
  const { process, counters } = setUp({ unparsed: 'generic', logGroupFilter, ...(isFast && { toLines }) });
  const given = [payload, { ...payload, logGroup: '/other' }, { ...payload, owner: '999999999999' }];
  const records = isFast ? given.map((one) => JSON.stringify(one)) : [given.map((one) => JSON.stringify(one)).join('')];
  const results = [];
  for (const record of records) results.push(await process(toBytes(record)));
  const letters = results.flatMap(({ deadLetters }) => deadLetters);
  return {
    advice,
    letters: letters.map(({ reason, logGroup }) => [reason, logGroup]),
    kept: letters.flatMap(({ data }) => decodeRecord(data, caps).envelopes),
    taken: results.reduce((sum, { rows, lines }) => sum + (lines ? 1 : rows.length), 0),
    wasFast: results.some(({ lines }) => lines),
    counters,
  };
}

for (const isFast of [false, true]) {
  const path = isFast ? 'fast' : 'general';

  test(`log events of every log group are taken unless the settings say otherwise, on the ${path} path`, async (t) => {
    t.like(await filter(ours, isFast), { taken: 3, letters: [], advice: [], wasFast: isFast });
  });

  test(`otherLogGroups "dead-letter" keeps what names another log group or account, on the ${path} path`, async (t) => {
    const { taken, letters, kept, advice, wasFast } = await filter({ ...ours, otherLogGroups: 'dead-letter' }, isFast);
    t.is(taken, 1);
    t.is(wasFast, isFast, 'what is taken still is fast');
    t.deepEqual(letters, Array(isFast ? 2 : 1).fill(['other-log-group', undefined]));
    t.deepEqual(
      kept.map(({ logGroup, owner, events }) => [logGroup, owner, events.length]),
      [
        ['/other', payload.owner, 1],
        [payload.logGroup, '999999999999', 1],
      ],
    );
    t.is(advice.length, 2);
  });

  test(`otherLogGroups "ignore" drops what names another log group or account, and counts it, on the ${path} path`, async (t) => {
    const { taken, letters, counters } = await filter({ ...ours, otherLogGroups: 'ignore' }, isFast);
    t.deepEqual([taken, letters, counters.ignored], [1, [], 2]);
  });
}

test('otherLogGroups looks at the names that the settings give, and at no others', async (t) => {
  const byAccount = await filter({ accounts: ours.accounts, otherLogGroups: 'ignore' });
  t.deepEqual([byAccount.taken, byAccount.counters.ignored], [2, 1]);
  const arn = `arn:aws:logs:us-east-1:123456789012:log-group:${payload.logGroup}:*`;
  const byGroup = await filter({ logGroups: [arn], otherLogGroups: 'ignore' });
  t.deepEqual([byGroup.taken, byGroup.counters.ignored], [2, 1]);
});

test('a record of which a part is not taken gives the same rows once more', async (t) => {
  const logGroupFilter = createLogGroupFilter({ ...ours, otherLogGroups: 'ignore' }, () => {});
  const { options } = setUp({ unparsed: 'generic', logGroupFilter });
  const other = { ...payload, logGroup: '/other' };
  const data = toBytes(JSON.stringify(other) + JSON.stringify(payload));
  const record = { shardId: 's', sequenceNumber: '1', data, readMs: 0, arrivalMs: 0, ack: () => {} };
  const rows = [...(await rowsAgain(record, options))];
  t.deepEqual(
    rows.map(({ index, logGroup }) => [index, logGroup]),
    [[0, payload.logGroup]],
  );
});

test('made-up log groups are advised of up to a limit', async (t) => {
  const advice: string[] = [];
  const logGroupFilter = createLogGroupFilter({ ...ours, otherLogGroups: 'ignore' }, (message) => advice.push(message));
  for (let name = 0; name < 100; name++) logGroupFilter?.report({ owner: payload.owner, logGroup: `/${name % 50}` });
  t.is(advice.length, 10);
});

test('the fast path has no lines for a payload whose names are longer than AWS allows', (t) => {
  const list = toFormatList([]);
  const formats = createFixedFormats(list);
  const options = { formatLine: createLineFormatter({ format: 'json' }), maxLineBytes: 65_536, maxEvents: 1000 };
  const toLines = createFastLines(options);
  const linesOf = (logStream: string) =>
    toLines(toBytes({ ...payload, logStream }), { atMs: 0, offsetMinutes: 0 }, formats.current, {
      formats,
      unparsed: 'generic',
    });
  t.truthy(linesOf('n'.repeat(512)));
  t.is(linesOf('n'.repeat(513)), undefined);
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

test('with unparsed "dead-letter", the event loop turns while a large record is looked at', async (t) => {
  const { process } = setUp();
  const logEvents = Array(10_000).fill({ ...event, message: 'no flow log' });
  let turns = 0;
  const count = () => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  await process(gzipSync(JSON.stringify({ ...payload, logEvents })));
  clearImmediate(immediate);
  t.true(turns > 10, `${turns} turns`);
});
