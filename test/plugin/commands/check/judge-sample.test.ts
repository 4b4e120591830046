import test from 'ava';
import { judgeSample } from '../../../../plugin/commands/check/judge-sample.js';
import type { DecodedRecord } from '../../../../src/decode/decode-record.js';
import { createFixedFormats } from '../../../../src/flow-log/format-source.js';
import { createLogGroupFilter } from '../../../../src/pipeline/log-group-filter.js';
import { createFormats } from '../../../../src/pipeline/open-formats.js';
import { customFormat, customLine, documentedLine } from '../../../fixtures/flow-logs.js';
import { source } from '../../../fixtures/payloads.js';

const collected = { atMs: 0, offsetMinutes: 0 };
const rejected = [{ reason: 'bad-json', detail: '', data: new Uint8Array() }] as const;

function toRecord(messages: readonly string[]): DecodedRecord {
  const events = messages.map((message, index) => ({ id: String(index), timestamp: 0, message }));
  return { envelopes: messages.length > 0 ? [{ ...source, events }] : [], controlMessages: 0, rejected: [] };
}

function judge(records: readonly DecodedRecord[], formats: string[] = [], mayLookUp = true) {
  const source = createFixedFormats(createFormats(formats));
  const results = judgeSample(records, { formats: source, mayLookUp, collected });
  const lines = results.at(-1);
  if (!lines) throw new TypeError('There is always a result for the lines');
  return { ...lines, results };
}

test('a sample whose lines all fit passes, with the rows that would be shipped', (t) => {
  const result = judge([toRecord([documentedLine]), toRecord([customLine])], [customFormat]);
  t.is(result.status, 'pass');
  t.deepEqual(
    result.rows?.map(({ TABLE, VERSION }) => [TABLE, VERSION]),
    [
      ['AWSVPCFlowLog', '2'],
      ['AWSVPCFlowLog', '11'],
    ],
  );
});

test('the share of lines that match no format is reported, with a format that would match', (t) => {
  const result = judge([toRecord([documentedLine, documentedLine, customLine, documentedLine])]);
  t.is(result.status, 'warn');
  t.regex(result.message, /^1 of 4 lines in 1 record \(25 %\)/);
  t.regex(result.advice ?? '', /"auto", or to "\$\{version\} \$\{interface-id\} \$\{account-id\}/);
  t.is(result.details?.fittingLines, 1);
  t.is(judge([toRecord([customLine])]).status, 'fail');
  t.notRegex(judge([toRecord([customLine])], [], false).advice ?? '', /auto/);
});

test('an unknown column is reported beside the format, which can be used as it is', (t) => {
  const lines = Array(3).fill('3 eni-0a1b 10.0.0.5 203.0.113.12 ACCEPT x');
  const { advice = '' } = judge([toRecord(lines)]);
  t.regex(advice, /do not show what field-6 is: .* SNAREDATAMAP/);
  const [, format = ''] = /"(\$\{version\}[^"]+)"/.exec(advice) ?? [];
  const { rows = [] } = judge([toRecord(lines)], [format]);
  t.deepEqual(rows[0]?.SNAREDATAMAP, { 'field-6': 'x' });
});

test('no lines, and records that no subscription wrote, are reported', (t) => {
  t.is(judge([]).status, 'warn');
  t.regex(judge([toRecord([])]).message, /1 record yet/);
  const mixed = judge([{ envelopes: [], controlMessages: 0, rejected }, toRecord([customLine, documentedLine])]);
  t.regex(mixed.results[0]?.message ?? '', /^1 part of 2 records cannot be read \(bad-json\)/);
  t.regex(mixed.message, /^1 of 2 lines/);
});

test('a sample without a record does not mean that the stream is empty if AWS throttled the reads', (t) => {
  const context = { formats: createFixedFormats(createFormats([])), mayLookUp: true, collected, throttled: 3 };
  t.like(judgeSample([], context)[0], { status: 'warn', message: 'AWS throttled 3 calls, and no record was read' });
  t.is(judgeSample([toRecord([documentedLine])], context)[0]?.status, 'pass');
});

test('of each log group that a sample has a row is shown, up to a hundred', (t) => {
  const toGroup = (number: number, message: string): DecodedRecord => {
    const events = [...Array(20)].map((_, index) => ({ id: String(index), timestamp: number * 1000, message }));
    return { envelopes: [{ ...source, logGroup: `group-${number}`, events }], controlMessages: 0, rejected: [] };
  };
  const shownOf = (count: number) => {
    const messages = [documentedLine, 'odd line'];
    const { rows = [] } = judge([...Array(count)].map((_, number) => toGroup(number, messages[number % 2] ?? '')));
    return new Set(rows.map(({ CWLDATETIME }) => CWLDATETIME)).size;
  };
  t.is(shownOf(30), 30);
  t.true(shownOf(1000) <= 200);
});

test('of many rows ten are shown, lines that fit no format among them', (t) => {
  const { rows = [] } = judge([toRecord([...Array(50).fill(documentedLine), ...Array(50).fill('odd line')])]);
  t.is(rows.length, 10);
  t.is(rows.filter(({ TABLE }) => TABLE === 'AWSGenericLog').length, 5);
});

for (const [otherLogGroups, fate] of [
  ['ignore', 'ignores them'],
  ['dead-letter', 'puts them into the dead-letter file'],
] as const) {
  test(`a sample whose log groups are all left out fails and names them: otherLogGroups "${otherLogGroups}"`, (t) => {
    const filter = createLogGroupFilter({ logGroups: ['other'], accounts: [], otherLogGroups }, () => t.fail());
    const context = { formats: createFixedFormats(createFormats([])), mayLookUp: true, collected, filter };
    const ours = toRecord([documentedLine]);
    const others = { ...ours, envelopes: ours.envelopes.map((envelope) => ({ ...envelope, logGroup: 'other' })) };

    const all = judgeSample([ours], context);
    t.deepEqual(
      all.map(({ name, status }) => [name, status]),
      [['other log groups', 'fail']],
    );
    t.true(all[0]?.message.includes(fate) && all[0].message.includes(source.logGroup));

    const some = judgeSample([ours, others], context);
    t.deepEqual(
      some.map(({ name, status, rows }) => [name, status, rows?.length]),
      [
        ['other log groups', 'warn', undefined],
        ['sample', 'pass', 1],
      ],
    );
    t.is(judgeSample([others], context).length, 1);
  });
}
