import { gzipSync } from 'node:zlib';
import test from 'ava';
import { type DecodedRecord, decodeRecord } from '../../src/decode/decode-record.js';
import type { RejectReason } from '../../src/envelope.js';
import { envelope, event, payload, probe, source, toBytes } from '../fixtures/payloads.js';

const caps = { maxRecordBytes: 1024 * 1024, maxEventsPerRecord: 1000 };
const decode = (data: Uint8Array | string, overrides = {}) =>
  decodeRecord(typeof data === 'string' ? toBytes(data) : data, { ...caps, ...overrides });

const json = JSON.stringify(payload);
const one: DecodedRecord = { envelopes: [envelope], controlMessages: 0, rejected: [] };
const two: DecodedRecord = { envelopes: [envelope, envelope], controlMessages: 0, rejected: [] };
const gzipped = gzipSync(json);
const pretty = JSON.stringify(payload, undefined, 2);

const good: readonly (readonly [name: string, data: Uint8Array | string, expected: DecodedRecord])[] = [
  ['gzip', gzipped, one],
  ['gzip of another level', gzipSync(json, { level: 1 }), one],
  ['gzip without compression', gzipSync(json, { level: 0 }), one],
  ['gzip padded with zeros', Buffer.concat([gzipped, Buffer.alloc(512)]), one],
  ['gzip inside a larger buffer', Buffer.concat([toBytes('xx'), gzipped, toBytes('yy')]).subarray(2, -2), one],
  ['plain JSON', json, one],
  ['JSON over several lines', pretty, one],
  ['JSON with blanks and line ends around it', `\r\n\t ${json} \r\n`, one],
  ['JSON after a byte order mark', `\ufeff${json}`, one],
  ['gzip of JSON after a byte order mark', gzipSync(`\ufeff${json}`), one],
  ['objects back to back', json + json, two],
  ['objects one a line', `${json}\n${json}\n`, two],
  ['objects with blanks and byte order marks between', `${json} \t\r\n\ufeff${json}`, two],
  ['objects back to back over several lines', pretty + pretty, two],
  ['gzip of objects back to back', gzipSync(json + json), two],
  ['gzip members back to back', Buffer.concat([gzipped, gzipped]), two],
  ['an object over two gzip members', Buffer.concat([gzipSync(json.slice(0, 50)), gzipSync(json.slice(50))]), one],
  [
    'gzip members with white space around',
    Buffer.concat([toBytes('\r\n'), gzipped, toBytes(' \n'), gzipped, toBytes('\n')]),
    two,
  ],
  ['an empty gzip member between', Buffer.concat([gzipped, gzipSync(''), gzipped]), two],
];

for (const [name, data, expected] of good) {
  test(`decodes ${name}`, (t) => {
    t.deepEqual(decode(data), expected);
  });
}

test('braces, quotes and escapes in a message do not end an object', (t) => {
  const messages = ['} {"', '\\', '\\"}', '{{{', '"', 'a\\\\"}{'];
  const records = messages.map((message) => JSON.stringify({ ...payload, logEvents: [{ ...event, message }] }));
  const { envelopes, rejected } = decode(records.join(''));
  t.deepEqual(
    envelopes.flatMap(({ events }) => events.map(({ message }) => message)),
    messages,
  );
  t.deepEqual(rejected, []);
});

test('keys it does not know are ignored', (t) => {
  const withMore = {
    ...payload,
    policyLevel: 'ACCOUNT_LEVEL_POLICY',
    logEvents: [{ ...event, extractedFields: { srcaddr: '192.0.2.1' }, '@aws.region': 'us-east-1' }],
  };
  t.deepEqual(decodeRecord(toBytes(withMore), caps), one);
});

test('a payload may lack everything but its events', (t) => {
  const { envelopes } = decodeRecord(toBytes({ logEvents: [{ message: 'a line' }] }), caps);
  t.deepEqual(envelopes, [
    {
      owner: '',
      logGroup: '',
      logStream: '',
      subscriptionFilters: [],
      events: [{ id: '', timestamp: undefined, message: 'a line' }],
    },
  ]);
});

test('a payload with no events is an envelope with none', (t) => {
  const { envelopes, rejected } = decodeRecord(toBytes({ ...payload, logEvents: [] }), caps);
  t.deepEqual(envelopes, [{ ...source, events: [] }]);
  t.deepEqual(rejected, []);
});

const timestamps: readonly (readonly [given: unknown, expected: number | undefined])[] = [
  [1668722921123, 1668722921123],
  ['1668722921123', 1668722921123],
  [1668722921123.9, 1668722921123],
  [0, 0],
  [-1, -1],
  [undefined, undefined],
  [null, undefined],
  ['', undefined],
  ['soon', undefined],
  ['0x10', undefined],
  [true, undefined],
  [8.65e15, undefined],
];

for (const [given, expected] of timestamps) {
  test(`a timestamp of ${JSON.stringify(given)} is ${expected}`, (t) => {
    const { envelopes } = decodeRecord(toBytes({ ...payload, logEvents: [{ ...event, timestamp: given }] }), caps);
    t.is(envelopes[0]?.events[0]?.timestamp, expected);
  });
}

test('bytes that are no UTF-8 become replacement characters in the message', (t) => {
  const bytes = toBytes(json.replace('ACCEPT', 'A?T'));
  bytes[bytes.indexOf('?')] = 0xff;
  const { envelopes, rejected } = decode(bytes);
  t.regex(envelopes[0]?.events[0]?.message ?? '', / A\ufffdT OK$/);
  t.deepEqual(rejected, []);
});

const probes: readonly (readonly [name: string, value: object])[] = [
  ['control message', probe],
  ['control message without events', { messageType: 'CONTROL_MESSAGE' }],
  ['probe without a messageType', { ...probe, messageType: undefined }],
];

for (const [name, value] of probes) {
  test(`a ${name} is counted and skipped`, (t) => {
    t.deepEqual(decodeRecord(gzipSync(toBytes(value)), caps), { ...one, envelopes: [], controlMessages: 1 });
    const among = decode(json + JSON.stringify(value) + json);
    t.deepEqual(among, { ...two, controlMessages: 1 });
  });
}

test('a log line that has the words of a probe is no probe', (t) => {
  const { messageType: _, ...rest } = payload;
  const { envelopes } = decodeRecord(
    toBytes({ ...rest, logEvents: [{ ...event, message: 'CWL CONTROL MESSAGE: not one' }] }),
    caps,
  );
  t.is(envelopes.length, 1);
});

test('a data message with the words and the owner of a probe is no probe', (t) => {
  const { envelopes, controlMessages } = decodeRecord(toBytes({ ...probe, messageType: 'DATA_MESSAGE' }), caps);
  t.deepEqual([envelopes.length, controlMessages], [1, 0]);
});

const useless: readonly (readonly [name: string, reason: RejectReason, data: Uint8Array | string])[] = [
  ['no bytes', 'empty', ''],
  ['blanks only', 'empty', ' \n\t\ufeff'],
  ['gzip of no bytes', 'empty', gzipSync('')],
  ['a plain log line', 'bad-json', event.message],
  ['JSON cut short', 'bad-json', json.slice(0, -1)],
  ['one brace', 'bad-json', '{'],
  ['an object of two bad parts', 'bad-json', '{a} {b}'],
  ['the message a relay makes of a log line', 'not-a-payload', '{"message":"2 123456789012 eni-1"}'],
  ['an array', 'not-a-payload', '[]'],
  ['a number', 'not-a-payload', '7'],
  ['null', 'not-a-payload', 'null'],
  ['a data message without events', 'not-a-payload', '{"messageType":"DATA_MESSAGE"}'],
  ['events that are no array', 'not-a-payload', '{"messageType":"DATA_MESSAGE","logEvents":{}}'],
  ['gzip cut short', 'bad-gzip', gzipped.subarray(0, -10)],
  ['gzip without its checksum', 'bad-gzip', gzipped.subarray(0, -8)],
  ['the first bytes of gzip', 'bad-gzip', gzipped.subarray(0, 2)],
  ['gzip of an unknown method', 'bad-gzip', Buffer.from([0x1f, 0x8b, 9, ...gzipped.subarray(3)])],
  ['gzip of a reserved flag', 'bad-gzip', Buffer.from([0x1f, 0x8b, 8, 0x80, ...gzipped.subarray(4)])],
  ['gzip with another checksum', 'bad-gzip', gzipped.with(gzipped.length - 8, (gzipped.at(-8) ?? 0) ^ 1)],
  ['gzip with another length', 'bad-gzip', gzipped.with(gzipped.length - 4, (gzipped.at(-4) ?? 0) ^ 1)],
  ['gzip with other bytes', 'bad-gzip', Buffer.from(gzipped).fill(0xff, 20, 30)],
];

for (const [name, reason, data] of useless) {
  test(`${name}: rejected whole as ${reason}`, (t) => {
    const bytes = typeof data === 'string' ? toBytes(data) : data;
    const { envelopes, controlMessages, rejected } = decodeRecord(bytes, caps);
    t.deepEqual({ envelopes, controlMessages }, { envelopes: [], controlMessages: 0 });
    t.is(rejected.length, 1);
    t.is(rejected[0]?.reason, reason);
    t.regex(rejected[0]?.detail ?? '', /^Expected .+, got .+[^.]$/);
    t.deepEqual(Buffer.from(rejected[0]?.data ?? []), Buffer.from(bytes));
  });
}
