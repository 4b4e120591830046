import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { decodeRecord, MAX_PAYLOADS, MAX_REJECTED } from '../../src/decode/decode-record.js';
import { MAX_DEPTH } from '../../src/decode/parse-payload.js';
import type { RejectReason } from '../../src/envelope.js';
import { envelope, event, payload, source, toBytes } from '../fixtures/payloads.js';

const caps = { maxRecordBytes: 1024 * 1024, maxEventsPerRecord: 1000 };
const json = JSON.stringify(payload);
const gzipped = gzipSync(json);
const broken = gzipped.subarray(0, -5);

type Part = readonly [reason: RejectReason, data: Uint8Array | string];

const mixed: readonly (readonly [name: string, data: Uint8Array | string, good: number, bad: readonly Part[]])[] = [
  ['garbage after an object', `${json} garbage`, 1, [['bad-json', 'garbage']]],
  ['garbage before an object', `garbage ${json}`, 1, [['bad-json', 'garbage ']]],
  ['garbage between objects', `${json}, ${json}`, 2, [['bad-json', ', ']]],
  ['an object cut short', `${json}${json.slice(0, 40)}`, 1, [['bad-json', json.slice(0, 40)]]],
  ['an object that is no JSON', `${json}{bad: 1}${json}`, 2, [['bad-json', '{bad: 1}']]],
  ['an object that is no payload', `${json}\n{"a":{}}\n${json}`, 2, [['not-a-payload', '{"a":{}}']]],
  [
    'two bad parts',
    `{a}${json}{"b":1}`,
    1,
    [
      ['bad-json', '{a}'],
      ['not-a-payload', '{"b":1}'],
    ],
  ],
  ['a bad object in gzip', gzipSync(`${json}{a}`), 1, [['bad-json', '{a}']]],
  ['garbage after a gzip member', Buffer.concat([gzipped, toBytes('garbage')]), 1, [['bad-gzip', 'garbage']]],
  ['zeros and more after a gzip member', Buffer.concat([gzipped, toBytes('\0\0x')]), 1, [['bad-gzip', '\0\0x']]],
  ['a gzip member cut short', Buffer.concat([gzipped, broken]), 1, [['bad-gzip', broken]]],
  ['plain JSON after a gzip member', Buffer.concat([gzipped, toBytes(json)]), 1, [['bad-gzip', json]]],
  [
    'a member cut short after a bad object',
    Buffer.concat([gzipSync(`${json}{a}`), broken]),
    1,
    [
      ['bad-json', '{a}'],
      ['bad-gzip', broken],
    ],
  ],
];

for (const [name, data, good, bad] of mixed) {
  test(`${name} costs its own bytes only`, (t) => {
    const { envelopes, rejected } = decodeRecord(typeof data === 'string' ? toBytes(data) : data, caps);
    t.deepEqual(envelopes, Array(good).fill(envelope));
    t.deepEqual(
      rejected.map((part): Part => [part.reason, Buffer.from(part.data).toString('latin1')]),
      bad.map(([reason, bytes]): Part => [reason, Buffer.from(bytes).toString('latin1')]),
    );
  });
}

for (const notAnEvent of [{ id: '7', timestamp: 1 }, { message: 5 }, { message: null, x: [1] }, null, 'text', []]) {
  test(`an event that is ${JSON.stringify(notAnEvent)} is rejected as a payload of one event`, (t) => {
    const bytes = toBytes({ ...payload, logEvents: [event, notAnEvent, event] });
    const { envelopes, rejected } = decodeRecord(bytes, caps);
    t.deepEqual(envelopes, [{ ...source, events: [event, event] }]);
    t.deepEqual(
      rejected.map(({ reason, data }) => [reason, JSON.parse(Buffer.from(data).toString())]),
      [['bad-event', { ...payload, logEvents: [notAnEvent] }]],
    );
  });
}

test('events without a message are rejected together, so that their source is not repeated for each', (t) => {
  const bad = [null, 5, { id: '7' }];
  const { rejected } = decodeRecord(toBytes({ ...payload, logEvents: [event, ...bad] }), caps);
  t.deepEqual(
    rejected.map(({ reason, data, logGroup }) => [reason, logGroup, JSON.parse(Buffer.from(data).toString())]),
    [['bad-event', source.logGroup, { ...payload, logEvents: bad }]],
  );
});

test('events that would take more room written again than their payload reject it whole', (t) => {
  const numbers = Array(50).fill('1e20').join();
  const bad = toBytes(`{"logEvents":[{"message":""},[${numbers}]]}`);
  const { envelopes, rejected } = decodeRecord(Buffer.concat([toBytes(payload), bad]), caps);
  t.deepEqual(envelopes, [envelope]);
  t.deepEqual(
    rejected.map(({ reason, data }) => [reason, Buffer.from(data)]),
    [['bad-event', bad]],
  );
});

test('a payload whose names are longer than AWS allows is none', (t) => {
  const long = 'n'.repeat(513);
  const names = [
    { owner: long },
    { logGroup: long },
    { logStream: long },
    { subscriptionFilters: [long] },
    { subscriptionFilters: Array(17).fill('f') },
  ];
  for (const name of names) {
    const { envelopes, rejected } = decodeRecord(toBytes({ ...payload, ...name }), caps);
    t.deepEqual([envelopes.length, rejected[0]?.reason], [0, 'not-a-payload'], JSON.stringify(name));
  }
  const allowed = { logGroup: long.slice(1), logStream: long.slice(1), subscriptionFilters: [long.slice(1)] };
  t.is(decodeRecord(toBytes({ ...payload, ...allowed }), caps).envelopes.length, 1);
});

test('the events of a payload are counted before anything is made of them', (t) => {
  const logEvents = Array(1001).fill(event);
  let read = 0;
  const { parse } = JSON;
  JSON.parse = (text) => {
    const value = parse(text);
    for (const one of value.logEvents ?? []) {
      const { message } = one;
      Object.defineProperty(one, 'message', {
        get() {
          read++;
          return message;
        },
      });
    }
    return value;
  };
  try {
    const { rejected } = decodeRecord(toBytes({ ...payload, logEvents }), caps);
    t.deepEqual([rejected.length, rejected[0]?.reason, read], [1, 'too-many-events', 0]);
  } finally {
    JSON.parse = parse;
  }
});

test('a text of more values than log events can have is not parsed', (t) => {
  const { parse } = JSON;
  const parsed: number[] = [];
  JSON.parse = (text) => {
    parsed.push(text.length);
    return parse(text);
  };
  try {
    for (const value of ['[]', '{}', '0']) {
      const large = `{"logEvents":[${Array(600_001).fill(value).join()}]}`;
      const { rejected } = decodeRecord(toBytes(large + json), { ...caps, maxRecordBytes: 64 * 1024 * 1024 });
      t.deepEqual(
        rejected.map(({ reason }) => reason),
        ['too-many-values'],
      );
      t.deepEqual(parsed.splice(0), [json.length]);
    }
    // In a string they are text.
    const message = ','.repeat(3_000_000);
    const { envelopes } = decodeRecord(toBytes({ ...payload, logEvents: [{ ...event, message }] }), {
      ...caps,
      maxRecordBytes: 64 * 1024 * 1024,
    });
    t.is(envelopes[0]?.events[0]?.message, message);
  } finally {
    JSON.parse = parse;
  }
});

test('payloads beyond the limit are one rejected part, whatever they are', (t) => {
  for (const one of [json, '{"logEvents":[]}', '{"messageType":"CONTROL_MESSAGE"}']) {
    const bytes = toBytes(one.repeat(MAX_PAYLOADS) + json.repeat(3));
    const { envelopes, controlMessages, rejected } = decodeRecord(bytes, { ...caps, maxEventsPerRecord: 100_000 });
    t.is(envelopes.length + controlMessages, MAX_PAYLOADS);
    t.deepEqual(
      rejected.map(({ reason, data }) => [reason, Buffer.from(data).toString()]),
      [['too-many-payloads', json.repeat(3)]],
    );
  }
});

test('parts of no use beyond the limit are one part, with all that is behind them', (t) => {
  const bytes = toBytes(json + '{}'.repeat(MAX_REJECTED + 5) + json);
  const { envelopes, rejected } = decodeRecord(bytes, caps);
  t.is(envelopes.length, 1);
  t.is(rejected.length, MAX_REJECTED + 1);
  t.is(rejected.at(-1)?.reason, 'too-many-rejected');
  t.is(Buffer.from(rejected.at(-1)?.data ?? []).toString(), '{}'.repeat(5) + json);
});

test('what a small record of gzip held and is rejected takes little more room than the record', (t) => {
  const large = `{"filler":"${'x'.repeat(500_000)}"}`;
  const record = gzipSync(json + large);
  const { envelopes, rejected } = decodeRecord(record, caps);
  t.is(envelopes.length, 1);
  t.is(rejected.length, 1);
  const { data = new Uint8Array() } = rejected[0] ?? {};
  t.true(data.length < 4 * record.length, `${data.length} bytes of ${record.length}`);
  t.is(gunzipSync(data).toString(), large);
  t.is(decodeRecord(data, caps).rejected[0]?.reason, 'not-a-payload');
});

test('an event too deep to be written again rejects its payload whole', (t) => {
  const rejectedOf = (depth: number) => {
    const arrays = '['.repeat(depth - 1) + ']'.repeat(depth - 1);
    const bad = json.replace('"logEvents":[', `"logEvents":[{"message":${arrays}},`);
    const { envelopes, rejected } = decodeRecord(toBytes(json + bad), caps);
    return { bad, events: envelopes.length, rejected };
  };
  for (const depth of [MAX_DEPTH + 1, 100_000]) {
    const { bad, events, rejected } = rejectedOf(depth);
    t.is(events, 1);
    t.deepEqual(
      rejected.map(({ reason, data }) => [reason, Buffer.from(data).toString()]),
      [['bad-event', bad]],
    );
  }
  t.is(rejectedOf(MAX_DEPTH).events, 2);
});

test('gzip that would grow past the cap is rejected', (t) => {
  const bomb = gzipSync(Buffer.alloc(caps.maxRecordBytes + 1, 0x20));
  const { envelopes, rejected } = decodeRecord(bomb, caps);
  t.deepEqual(envelopes, []);
  t.deepEqual(
    rejected.map(({ reason, data }) => [reason, data]),
    [['too-large', bomb]],
  );
});

test('gzip up to the cap is decoded', (t) => {
  const { envelopes } = decodeRecord(gzipped, { ...caps, maxRecordBytes: json.length });
  t.is(envelopes.length, 1);
  const { rejected } = decodeRecord(gzipped, { ...caps, maxRecordBytes: json.length - 1 });
  t.is(rejected[0]?.reason, 'too-large');
});

test('the cap is for all gzip members together', (t) => {
  const three = Buffer.concat([gzipped, gzipped, gzipped]);
  for (const spare of [0, 10]) {
    const { envelopes, rejected } = decodeRecord(three, { ...caps, maxRecordBytes: 2 * json.length + spare });
    t.is(envelopes.length, 2);
    t.deepEqual(
      rejected.map(({ reason, data }) => [reason, data]),
      [['too-large', gzipped]],
    );
  }
});

test('plain JSON past the cap is rejected', (t) => {
  const { rejected } = decodeRecord(toBytes(json), { ...caps, maxRecordBytes: json.length - 1 });
  t.deepEqual(
    rejected.map(({ reason, data }) => [reason, data]),
    [['too-large', toBytes(json)]],
  );
  t.is(decodeRecord(toBytes(json), { ...caps, maxRecordBytes: json.length }).envelopes.length, 1);
});

test('payloads past the cap of events are one rejected part', (t) => {
  const bytes = toBytes(json + json + json + json);
  const { envelopes, rejected } = decodeRecord(bytes, { ...caps, maxEventsPerRecord: 2 });
  t.is(envelopes.length, 2);
  t.deepEqual(
    rejected.map(({ reason, data }) => [reason, Buffer.from(data).toString()]),
    [['too-many-events', json + json]],
  );
});

test('a payload without events, and a bad part, count as one event', (t) => {
  for (const part of ['{"logEvents":[]}', '{}', '{"messageType":"CONTROL_MESSAGE"}']) {
    const { rejected } = decodeRecord(toBytes(json + part.repeat(3)), { ...caps, maxEventsPerRecord: 3 });
    t.deepEqual([rejected.at(-1)?.reason, rejected.at(-1)?.data.length], ['too-many-events', part.length]);
  }
});

test('a rejected part of a record can be decoded as a record, and then gives no good event again', (t) => {
  for (const [, data] of mixed) {
    for (const part of decodeRecord(typeof data === 'string' ? toBytes(data) : data, caps).rejected) {
      const again = decodeRecord(part.data, caps);
      t.is(again.rejected.length + again.envelopes.length, 1);
    }
  }
});
