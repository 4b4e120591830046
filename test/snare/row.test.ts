import test from 'ava';
import { toFlowLogRow, toUnparsedRow } from '../../src/snare/row.js';
import { documentedLine } from '../fixtures/flow-logs.js';
import { documentedRow } from '../fixtures/rows.js';

const DEFAULT =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const collected = { atMs: Date.UTC(2022, 10, 17, 22, 10, 2, 500), offsetMinutes: 0 };

function toRow(names: string, line: string, event: { timestamp?: number } = { timestamp: 1668722921000 }) {
  const format = { fields: names.split(' ').map((name) => ({ name })) };
  return toFlowLogRow({ format, values: line.split(' ') }, { timestamp: event.timestamp, message: line }, collected);
}

test('the documented sample is the documented row, byte for byte', (t) => {
  t.is(JSON.stringify(toRow(DEFAULT, documentedLine)), documentedRow);
});

test('a row has the 21 columns in the order of the table', (t) => {
  t.is(
    Object.keys(toRow(DEFAULT, documentedLine)).join(' '),
    'DATE TIME SYSTEM TABLE COLLECTIONDATETIME CWLDATETIME DATETIME VERSION ACCOUNTID INTERFACEID SRCADDR DSTADDR ' +
      'SRCPORT DSTPORT PROTOCOL PACKETS BYTES START ACTION LOGSTATUS SNAREDATAMAP',
  );
});

test('columns are found by the name of their field, in any order', (t) => {
  const names = DEFAULT.split(' ');
  const order = [13, 2, 7, 0, 11, 5, 1, 12, 3, 9, 4, 10, 6, 8];
  const pick = (all: readonly string[]) => order.map((index) => all[index]).join(' ');
  t.is(JSON.stringify(toRow(pick(names), pick(documentedLine.split(' ')))), documentedRow);
});

test('the time of collection is in the local time zone', (t) => {
  const event = { timestamp: 0, message: '-' };
  const local = { ...collected, offsetMinutes: 630 };
  const format = { fields: [{ name: 'version' }] };
  t.is(toFlowLogRow({ format, values: ['2'] }, event, local).COLLECTIONDATETIME, '2022-11-18T08:40:02.5+10:30');
  t.is(toUnparsedRow(event, 'empty', local).COLLECTIONDATETIME, '2022-11-18T08:40:02.5+10:30');
});

test('CWLDATETIME is the timestamp of the event, to the millisecond', (t) => {
  t.is(toRow('end', '1668722981', { timestamp: 1668722921120 }).CWLDATETIME, '2022-11-17T22:08:41.12Z');
});

const none = undefined;
const times: readonly (readonly [
  names: string,
  line: string,
  timestamp: number | undefined,
  at: string,
  start: string,
])[] = [
  ['start end', '1668722921 1668722981', none, '2022-11-17T22:09:41Z', '2022-11-17T22:08:41Z'],
  ['start end', '1512564058000 1512564059123', none, '2017-12-06T12:40:59.123Z', '2017-12-06T12:40:58Z'],
  ['start end', '100000000000 100000000001', none, '1973-03-03T09:46:40.001Z', '5138-11-16T09:46:40Z'],
  ['start end', '0 0', none, '1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
  ['start end', '1668722921 -', 5000, '2022-11-17T22:08:41Z', '2022-11-17T22:08:41Z'],
  ['start end', '- 1668722981', 5000, '2022-11-17T22:09:41Z', '-'],
  ['start end', '- -', 5000, '1970-01-01T00:00:05Z', '-'],
  ['start end', '- -', none, '-', '-'],
  ['start', '1668722921', 5000, '2022-11-17T22:08:41Z', '2022-11-17T22:08:41Z'],
  ['end', '1668722981', 5000, '2022-11-17T22:09:41Z', '-'],
  ['version', '2', 5000, '1970-01-01T00:00:05Z', '-'],
  ['version', '2', none, '-', '-'],
];

for (const [names, line, timestamp, at, start] of times) {
  test(`"${line}" as ${names}, with an event at ${timestamp}, is at ${at} and began at ${start}`, (t) => {
    const row = toRow(names, line, timestamp === undefined ? {} : { timestamp });
    const [date, time] = at === '-' ? ['-', '-'] : [at.slice(0, 10), at.slice(11, 19)];
    t.like(row, { DATE: date, TIME: time, DATETIME: at, START: start, SNAREDATAMAP: {} });
    t.is(row.CWLDATETIME, timestamp === undefined ? '-' : '1970-01-01T00:00:05Z');
  });
}

test('a column whose field is not in the format has no value', (t) => {
  const row = toRow('vpc-id', 'vpc-0a1b', {});
  const { SYSTEM: _s, TABLE: _t, COLLECTIONDATETIME: _c, SNAREDATAMAP: _m, ...others } = row;
  t.deepEqual(new Set(Object.values(others)), new Set(['-']));
});

test('all fields without a column are in SNAREDATAMAP, under their AWS name, as they stand', (t) => {
  const row = toRow('version vpc-id start brand-new end tcp-flags az-id', '5 vpc-0a1b 1 a%20b 2 019 -');
  t.deepEqual(row.SNAREDATAMAP, { 'vpc-id': 'vpc-0a1b', 'brand-new': 'a%20b', 'tcp-flags': '019', 'az-id': '-' });
});

test('a log of a transit gateway is of the same table, with its own fields in SNAREDATAMAP', (t) => {
  const row = toRow('version resource-type account-id tgw-id packets-lost-no-route', '6 TransitGateway 1 tgw-0a1b 3');
  t.like(row, { TABLE: 'AWSVPCFlowLog', ACTION: '-', INTERFACEID: '-', ACCOUNTID: '1' });
  t.deepEqual(row.SNAREDATAMAP, {
    'resource-type': 'TransitGateway',
    'tgw-id': 'tgw-0a1b',
    'packets-lost-no-route': '3',
  });
});

test('a field may have any name', (t) => {
  const { SNAREDATAMAP } = toRow('__proto__ constructor toString', 'a b c');
  t.is(JSON.stringify(SNAREDATAMAP), '{"__proto__":"a","constructor":"b","toString":"c"}');
});

test('values of one line do not show in the row of the next', (t) => {
  const format = { fields: [{ name: 'version' }, { name: 'vpc-id' }] };
  const rowOf = (values: string[]) => toFlowLogRow({ format, values }, { timestamp: 0, message: '' }, collected);
  const [first, second] = [rowOf(['3', 'vpc-1']), rowOf(['4', 'vpc-2'])];
  t.like(first, { VERSION: '3', SNAREDATAMAP: { 'vpc-id': 'vpc-1' } });
  t.like(second, { VERSION: '4', SNAREDATAMAP: { 'vpc-id': 'vpc-2' } });
});

test('a line that is no flow log is a row of AWSGenericLog with the line and the reason', (t) => {
  const row = toUnparsedRow({ timestamp: 1668722921123, message: 'a "line"' }, 'field-count', collected);
  t.is(
    JSON.stringify(row),
    '{"DATE":"2022-11-17","TIME":"22:08:41","SYSTEM":"UNKNOWN","TABLE":"AWSGenericLog",' +
      '"COLLECTIONDATETIME":"2022-11-17T22:10:02.5Z","CWLDATETIME":"2022-11-17T22:08:41.123Z",' +
      '"DATETIME":"2022-11-17T22:08:41.123Z","SNAREDATAMAP":{"message":"a \\"line\\"","reason":"field-count"}}',
  );
});

test('a line that is no flow log, of an event without a timestamp, has no time but that of collection', (t) => {
  const row = toUnparsedRow({ timestamp: undefined, message: 'a line' }, 'field-count', collected);
  t.like(row, { DATE: '-', TIME: '-', CWLDATETIME: '-', DATETIME: '-', COLLECTIONDATETIME: '2022-11-17T22:10:02.5Z' });
});
