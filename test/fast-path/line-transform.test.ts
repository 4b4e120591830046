import test, { type ExecutionContext } from 'ava';
import { MAX_PAYLOADS } from '../../src/decode/decode-record.js';
import { type FormatRule, toFormatList } from '../../src/flow-log/format-list.js';
import { createFixedFormats } from '../../src/flow-log/format-source.js';
import type { LineFormat } from '../../src/line-format.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import { createLineFormatter } from '../../src/snare/line.js';
import { Tally } from '../../src/tally.js';
import { customFormat, customLine, defaultLines, documentedLine, transitGatewayLine } from '../fixtures/flow-logs.js';
import { event, payload, toBytes } from '../fixtures/payloads.js';
import { createPaths, type PathOptions } from './general-path.js';

const formats: readonly LineFormat[] = ['snare', 'snare-tab', 'raw', 'syslog', 'json'];

function withMessages(messages: readonly string[], over: object = {}): Buffer {
  const logEvents = messages.map((message, index) => ({
    ...event,
    timestamp: event.timestamp + 61_000 * index,
    message,
  }));
  return toBytes({ ...payload, logEvents, ...over });
}

async function isSame(t: ExecutionContext, text: Uint8Array, options: PathOptions = {}): Promise<void> {
  const paths = createPaths(options);
  const fast = await paths.fast(text);
  t.truthy(fast, 'The fast path did not take it');
  t.deepEqual(fast, await paths.general(text));
}

async function isLeft(t: ExecutionContext, text: Uint8Array, options: PathOptions = {}): Promise<void> {
  t.is(await createPaths(options).fast(text), undefined);
}

for (const format of formats) {
  test(`lines in ${format} are those of the general path, byte for byte`, async (t) => {
    await isSame(t, withMessages(defaultLines), { line: { format } });
  });

  test(`lines of custom formats and of Transit Gateways in ${format} are those of the general path`, async (t) => {
    await isSame(t, withMessages([customLine, documentedLine, transitGatewayLine]), {
      rules: [{ format: customFormat }],
      line: { format, system: 'of my own', hostname: 'host', criticality: 3 },
      offsetMinutes: 630,
    });
  });
}

const rules: Readonly<Record<string, FormatRule>> = {
  'an end and no start': { format: '${srcaddr} ${dstaddr} ${end}' },
  'no time at all': { format: '${srcaddr} ${dstaddr} ${action}' },
  'names that are not in the table': { format: '${srcaddr} ${new-field} ${7} ${__proto__} ${1} ${start} ${end}' },
};
const messages: Readonly<Record<string, string>> = {
  'an end and no start': '192.0.2.1 198.51.100.2 1668722981',
  'no time at all': '192.0.2.1 198.51.100.2 REJECT',
  'names that are not in the table': '192.0.2.1 new 7 proto 1 1668722921 1668722981',
};
for (const [name, rule] of Object.entries(rules)) {
  test(`a format with ${name} gives the lines of the general path`, async (t) => {
    const text = withMessages([messages[name] ?? '', documentedLine]);
    for (const format of formats) await isSame(t, text, { rules: [rule], line: { format } });
  });
}

test('a time that is missing gives way to the next one, and fractions of a second are kept', async (t) => {
  const [start, end] = ['1668722921', '1668722981'];
  const texts = [start, '-'].flatMap((from) =>
    [end, '-'].map((to) => documentedLine.replace(`${start} ${end}`, `${from} ${to}`)),
  );
  const logEvents = texts.flatMap((message) =>
    [0, 5, 70, 120, 999].map((fraction) => ({ ...event, timestamp: event.timestamp + fraction, message })),
  );
  for (const format of formats) await isSame(t, toBytes({ ...payload, logEvents }), { line: { format } });
});

test('keys that nobody expects may stand around the events', async (t) => {
  const { logEvents, ...rest } = payload;
  await isSame(t, toBytes({ policyLevel: 'ACCOUNT', ...rest, logEvents }));
  await isSame(t, toBytes({ ...rest, logEvents, policyLevel: 'ACCOUNT', more: { deep: [1, 2] } }));
  await isSame(t, toBytes({ logEvents, ...rest }));
  await isSame(t, Buffer.from(`  ${JSON.stringify(payload)}\n`));
});

test('the formats are those of the log group, wherever it stands', async (t) => {
  const { logGroup, ...rest } = payload;
  const rules = [{ logGroup: '/aws/vpc/*', format: customFormat }];
  await isSame(t, toBytes({ ...rest, logEvents: [{ ...event, message: customLine }], logGroup }), { rules });
  await isSame(t, toBytes({ ...rest, logEvents: [{ ...event, message: customLine }], logGroup: 'other' }), { rules });
});

test('events are whole wherever the text is cut on its way, and however long they are', async (t) => {
  const options = { rules: [{ format: '${vpc-id}' }] };
  for (const length of [7000, 7001, 7905]) {
    const text = withMessages(Array.from({ length: 40 }, () => 'v'.repeat(length)));
    await isSame(t, text, options);
  }
  await isSame(t, withMessages(['v', 'v'.repeat(200_000), 'v', `${'v'.repeat(300_000)} v`, 'v']), options);
});

test('times of other than ten or thirteen digits are those of the general path', async (t) => {
  for (const time of ['0', '999999999', '01668722921', '0001668722921', '1668722921000', '253402300799']) {
    const messages = [documentedLine.replace('1668722921', time), documentedLine.replace('1668722981', time)];
    await isSame(t, withMessages(messages));
    await isSame(t, toBytes({ ...payload, logEvents: [event, { ...event, timestamp: Number(time) }] }));
  }
  await isSame(t, withMessages([documentedLine.replace('1668722921', '0668722921')]));
});

test('milliseconds of a flow log are kept, also where the end is missing', async (t) => {
  const [start, end] = ['1668722921', '1668722981'];
  const times = [`${start}120`, `${start}000`, `${start}007`, start, '-'];
  const messages = times.flatMap((from) =>
    [`${end}999`, end, '-'].map((to) => documentedLine.replace(`${start} ${end}`, `${from} ${to}`)),
  );
  for (const format of formats) await isSame(t, withMessages(messages), { line: { format } });
});

test('lines of many blocks are whole, and their memory is used again', async (t) => {
  const paths = createPaths();
  const text = withMessages(Array.from({ length: 3000 }, (_, index) => documentedLine.replace('4249', String(index))));
  const expected = await paths.general(text);
  for (let round = 0; round < 3; round += 1) {
    t.true((await paths.fast(text))?.lines === expected.lines);
    t.truthy(await paths.fast(withMessages(defaultLines)));
  }
});

const { id, timestamp, message } = event;
const ms = documentedLine.replace('1668722921', '1668722921000');
/** What is odd about an event, as JSON. Each costs its own event, and the flow logs around it stay on the fast path. */
const odd: Readonly<Record<string, string>> = {
  'a message that fits no format': JSON.stringify({ ...event, message: 'hello' }),
  'an empty message': JSON.stringify({ ...event, message: '' }),
  'a header': JSON.stringify({ ...event, message: 'version srcaddr' }),
  'another key': JSON.stringify({ ...event, more: { deep: [{ id: '1' }, { id: '2' }] } }),
  'a key before the message': JSON.stringify({ id, timestamp, more: '"},{"id":"', message }),
  'keys in another order': JSON.stringify({ message, id, timestamp }),
  'no id': JSON.stringify({ timestamp, message }),
  'no timestamp': JSON.stringify({ id, message }),
  'a message twice': `{"id":"1","timestamp":1668722921000,"message":"${message}","message":"hello"}`,
  'an escape': JSON.stringify({ ...event, message: `${message}\n` }),
  'a quote in a message': JSON.stringify({ ...event, message: 'he said "},{"id":"7' }),
  'an escape in an id': JSON.stringify({ ...event, id: 'a"b' }),
  'an escaped letter': JSON.stringify(event).replace('eni', '\\u0065ni'),
  'characters beyond ASCII': JSON.stringify({ ...event, message: 'größer als 𝄞' }),
  'a control character': JSON.stringify({ ...event, message: 'a\u007fb\u0085c\u2028d' }),
  'blanks between its keys': JSON.stringify(event, undefined, 1),
  'blanks around it': ` \r\n\t${JSON.stringify(event)}\n `,
  'a timestamp that is none': JSON.stringify({ ...event, timestamp: -5 }),
  'a timestamp with a fraction': JSON.stringify({ ...event, timestamp: 1668722921000.5 }),
  'a timestamp in a string': JSON.stringify({ ...event, timestamp: '1668722921000' }),
  'a timestamp past the year 9999': JSON.stringify({ ...event, timestamp: 253402300800000 }),
  'a time past the year 9999': JSON.stringify({
    ...event,
    message: documentedLine.replace('1668722921', '9'.repeat(16)),
  }),
  'extracted fields of numbers': JSON.stringify({ ...event, extractedFields: { version: 2 } }),
  'extracted fields with an escape': JSON.stringify({ ...event, extractedFields: { version: '\\' } }),
};
/** What the walk takes itself. */
const unusual: Readonly<Record<string, string>> = {
  SKIPDATA: JSON.stringify({ ...event, message: defaultLines.find((line) => line.includes('SKIPDATA')) }),
  'several blanks between fields': JSON.stringify({ ...event, message: ms.replaceAll(' ', '  ') }),
  'blanks around the message': JSON.stringify({ ...event, message: `  ${message}   ` }),
  'times in milliseconds': JSON.stringify({ ...event, message: ms }),
  'extracted fields': JSON.stringify({
    ...event,
    extractedFields: { version: '2', log_status: null, srcaddr: 'a }},{ b!', ä: undefined, '': '' },
  }),
  'no extracted fields': JSON.stringify({ ...event, extractedFields: {} }),
};
const oddRules = [{ format: '${version} ${srcaddr}' }];
for (const [name, text] of Object.entries({ ...odd, ...unusual })) {
  test(`an event with ${name} gives what the general path gives, and its neighbours stay on the fast path`, async (t) => {
    const usual = JSON.stringify(event);
    for (const events of [[usual, text, usual], [text, usual, text], [text]]) {
      const record = Buffer.from(
        JSON.stringify(payload).replace(/"logEvents":.*/, `"logEvents":[${events.join(',')}]}`),
      );
      for (const format of formats) await isSame(t, record, { rules: oddRules, line: { format } });
      await isSame(t, record, { rules: oddRules, unparsed: 'dead-letter' });
      if (name in unusual) t.is(await createPaths({ rules: oddRules }).countOdd(record), 0);
    }
  });
}

test('events that were sent before are left out, whichever path they were on', async (t) => {
  const withId = (id: string, over: object = {}) => ({ ...event, id, ...over });
  const foreign = { message: 'hello' };
  const sent = toBytes({
    ...payload,
    logEvents: [withId('1'), withId('2', foreign), withId('größe', foreign), withId('')],
  });
  const logEvents = [
    withId('1'),
    withId('3'),
    withId('2', foreign),
    withId('größe', foreign),
    withId(''),
    withId('4'),
    withId('4'),
  ];
  for (const format of formats) await isSame(t, toBytes({ ...payload, logEvents }), { sent, line: { format } });
  await isSame(t, toBytes({ ...payload, logEvents }), { sent, unparsed: 'dead-letter' });
  await isSame(t, toBytes({ ...payload, logStream: 'another', logEvents }), { sent });
  await isSame(t, sent, { sent });
  const { repeats, rows } = (await createPaths({ sent }).fast(toBytes({ ...payload, logEvents }))) ?? {};
  t.is(repeats, 3);
  t.deepEqual(
    rows?.map(({ index }) => index),
    [1, 4, 5, 6],
  );
});

const anotherGroup = { ...payload, logGroup: 'another', logStream: 'größe "7"' };
const envelopes: Readonly<Record<string, Uint8Array>> = {
  'several envelopes': Buffer.from(JSON.stringify(payload) + JSON.stringify(anotherGroup)),
  'several envelopes with blanks around them': Buffer.from(
    `\ufeff ${JSON.stringify(payload)}\r\n${JSON.stringify(anotherGroup)}\n\n${JSON.stringify(payload)} `,
  ),
  'several envelopes with keys behind their events': Buffer.from(
    JSON.stringify({ ...payload, policyLevel: 'ACCOUNT' }) + JSON.stringify({ ...anotherGroup, more: [{ a: '}]' }] }),
  ),
  'escapes and characters beyond ASCII in its envelope': toBytes({ ...payload, logStream: 'a\\"b\u2028ä' }),
  'blanks around its array of events': Buffer.from(
    JSON.stringify(payload).replace('"logEvents":[', '"logEvents" : [ ').replace('}]', '} ]'),
  ),
};
for (const [name, text] of Object.entries(envelopes)) {
  test(`a record with ${name} gives what the general path gives`, async (t) => {
    for (const format of formats)
      await isSame(t, text, { rules: [{ logGroup: 'another', format: '${version}' }], line: { format } });
  });
}

const left: Readonly<Record<string, Uint8Array>> = {
  'no JSON': Buffer.from(JSON.stringify(payload).slice(0, -1)),
  'no JSON in an event': Buffer.from(JSON.stringify(payload).replace(':1668722921000', ':01668722921000')),
  nothing: new Uint8Array(),
  'an array': toBytes([payload]),
  'text behind the envelope': Buffer.from(`${JSON.stringify(payload)} and more`),
  'text between two envelopes': Buffer.from(`${JSON.stringify(payload)},${JSON.stringify(payload)}`),
  'no events': toBytes({ ...payload, logEvents: [] }),
  'a control message': toBytes({ ...payload, messageType: 'CONTROL_MESSAGE' }),
  'a control message behind an envelope': Buffer.from(
    JSON.stringify(payload) + JSON.stringify({ ...payload, messageType: 'CONTROL_MESSAGE' }),
  ),
  'no type': toBytes({ ...payload, messageType: undefined }),
  'another source where only the first envelope names it behind its events': Buffer.from(
    `${JSON.stringify({ ...payload, logGroup: undefined })}${JSON.stringify({ ...payload, logGroup: undefined })}`.replace(
      '}]}',
      '}],"logGroup":"first"}',
    ),
  ),
  'a message of another type': toBytes({ ...payload, logEvents: [event, { ...event, message: 7 }] }),
  'an event that is no object': toBytes({ ...payload, logEvents: [event, null] }),
  'events in an inner object': toBytes({ ...payload, logEvents: undefined, inner: { logEvents: [event] } }),
  'events twice': Buffer.from(JSON.stringify(payload).replace('"logEvents":', '"logEvents":[],"logEvents":')),
  'events once more behind': Buffer.from(`${JSON.stringify(payload).slice(0, -1)},"logEvents":[]}`),
  'events once more behind, with an escape': Buffer.from(
    `${JSON.stringify(payload).slice(0, -1)},"logEvent\\u0073":[1]}`,
  ),
  'inner events, and none outside': Buffer.from(
    `{"messageType":"DATA_MESSAGE","logEvents" :[],"inner":${JSON.stringify(payload)}}`,
  ),
  'a comma too many': Buffer.from(JSON.stringify(payload).replace('}]', '},]')),
  'a raw line feed in an id': Buffer.from(JSON.stringify(payload).replace('36858', '3\n858')),
  'a raw tab in extracted fields': Buffer.from(
    JSON.stringify({ ...payload, logEvents: [{ ...event, extractedFields: { a: 'TAB' } }] }).replace('TAB', '\t'),
  ),
};
for (const [name, text] of Object.entries(left)) {
  test(`a record with ${name} is left to the general path`, (t) => isLeft(t, text, { rules: oddRules }));
}

test('a record with very many odd events is left to the general path', async (t) => {
  const messages = (odd: number) => withMessages(Array.from({ length: odd }, () => 'hello'));
  await isSame(t, messages(2048));
  await isLeft(t, messages(2049));
});

test('a header of a format with text fields only is one', (t) =>
  isSame(t, withMessages(['vpc-id subnet-id', 'vpc-1 subnet-1']), { rules: [{ format: '${vpc-id} ${subnet-id}' }] }));

test('text behind the log events is looked at up to a limit, since that is done for each envelope', async (t) => {
  const withTail = (length: number) => withMessages([documentedLine], { tail: ']'.repeat(length) });
  await isSame(t, withTail(4000));
  await isLeft(t, withTail(5000));
  await isLeft(t, withMessages([documentedLine], { tail: '}]'.repeat(5000) }));
});

test('records of one log stream share one source, with white space at their end too', (t) => {
  const toLines = createFastLines({
    formatLine: createLineFormatter({ format: 'snare' }),
    maxLineBytes: 100_000,
    maxEvents: 10,
  });
  const formats = createFixedFormats(toFormatList([]));
  const collected = { atMs: event.timestamp, offsetMinutes: 0 };
  const sources: unknown[] = [];
  for (const end of ['', '\n', '\n', ' \r\n']) {
    const tally = new Tally();
    const text = Buffer.concat([withMessages([documentedLine]), Buffer.from(end)]);
    toLines(text, collected, formats.current, { formats, unparsed: 'generic', sending: undefined, tally });
    tally.forEach(({ source }) => {
      sources.push(source);
    });
  }
  t.deepEqual([sources.length, new Set(sources).size], [4, 1]);
});

test('a record of too many payloads is left to the general path', async (t) => {
  const one = withMessages([documentedLine]);
  await isSame(t, Buffer.concat(Array(MAX_PAYLOADS).fill(one)));
  await isLeft(t, Buffer.concat(Array(MAX_PAYLOADS + 1).fill(one)));
});

test('records over the limits are left to the general path', async (t) => {
  const text = withMessages([documentedLine, documentedLine]);
  await isSame(t, text, { maxEvents: 2 });
  await isLeft(t, text, { maxEvents: 1 });
  const { lines } = await createPaths().general(withMessages([documentedLine]));
  await isSame(t, text, { maxLineBytes: lines.length });
  await isLeft(t, text, { maxLineBytes: lines.length - 1 });
});

test('a format of more fields than there is room for is left to the general path, also behind one that fits', (t) => {
  const names = Array.from({ length: 4097 }, (_, index) => `field-${index}`);
  const long = { format: names.map((name) => `\${${name}}`).join(' ') };
  return isLeft(t, withMessages([documentedLine]), { rules: [{ format: '${version} ${start}' }, long] });
});

test('a format whose constant text is longer than any line may be gives the lines of the general path', async (t) => {
  const rule = (nameBytes: number) => ({
    format: Array.from({ length: 100 }, (_, index) => `\${${'x'.repeat(nameBytes)}-${index}}`).join(' '),
  });
  const text = withMessages([Array.from({ length: 100 }, () => '1').join(' ')]);
  await isSame(t, text, { rules: [rule(100)] });
  await isSame(t, text, { rules: [rule(2500)] });
});

test('an address with a long zone is one, as the general path has it', async (t) => {
  const rules = [{ format: '${srcaddr} ${version}' }, { format: '${vpc-id} ${version}' }];
  const zones = [1, 92, 93, 5000].map((length) => `fe80::1%${'a'.repeat(length)} 2`);
  await isSame(t, withMessages(zones), { rules, line: { format: 'json' } });
});

test('a time zone that reads as none does is left to the general path', async (t) => {
  await isLeft(t, withMessages([documentedLine]), { offsetMinutes: 330.123456789 });
  await isSame(t, withMessages([documentedLine]), { offsetMinutes: 330 });
});

test('messages of several formats come in turns', async (t) => {
  const many = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? customLine : documentedLine));
  await isSame(t, withMessages(many), { rules: [{ format: customFormat }] });
});

test('a line whose length stands before it is left to the general path', (t) =>
  isLeft(t, withMessages([documentedLine]), { line: { format: 'snare', framing: 'octet-counting' } }));

test('of two formats that fit the first has the line', async (t) => {
  const rules = [{ format: '${srcaddr} ${vpc-id}' }, { format: '${vpc-id} ${dstaddr}' }];
  await isSame(t, withMessages(['192.0.2.1 198.51.100.2', 'vpc 198.51.100.2', '- -']), { rules });
});
