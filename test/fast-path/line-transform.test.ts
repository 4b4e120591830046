import test, { type ExecutionContext } from 'ava';
import type { FormatRule } from '../../src/flow-log/format-list.js';
import type { LineFormat } from '../../src/snare/line.js';
import { customFormat, customLine, defaultLines, documentedLine, transitGatewayLine } from '../fixtures/flow-logs.js';
import { event, payload, toBytes } from '../fixtures/payloads.js';
import { createPaths, type PathOptions } from './general-path.js';

const formats: readonly LineFormat[] = ['snare', 'snare-tab', 'raw', 'syslog', 'json'];
const usual = defaultLines.filter((line) => !line.includes('SKIPDATA'));

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
    await isSame(t, withMessages(usual), { line: { format } });
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
  await isLeft(t, toBytes({ ...rest, logEvents: [{ ...event, message: customLine }], logGroup: 'other' }), { rules });
});

test('events are whole wherever the text is cut on its way, and one that is too long is left to the general path', async (t) => {
  const paths = createPaths({ rules: [{ format: '${vpc-id}' }] });
  for (const length of [7000, 7001, 7905]) {
    await isSame(t, withMessages(Array.from({ length: 40 }, () => 'v'.repeat(length))), {
      rules: [{ format: '${vpc-id}' }],
    });
  }
  const text = withMessages(['v'.repeat(200_000), 'v']);
  t.is(await paths.fast(text), undefined);
  t.is((await paths.general(text)).lines.split('\n').length, 3);
});

test('times of other than ten digits are left to the general path', async (t) => {
  for (const time of ['0', '999999999', '01668722921', '253402300799']) {
    await isLeft(t, withMessages([documentedLine.replace('1668722921', time)]));
    await isLeft(t, toBytes({ ...payload, logEvents: [{ ...event, timestamp: Number(time) }] }));
  }
  await isSame(t, withMessages([documentedLine.replace('1668722921', '0668722921')]));
});

test('lines of many blocks are whole, and their memory is used again', async (t) => {
  const paths = createPaths();
  const text = withMessages(Array.from({ length: 3000 }, (_, index) => documentedLine.replace('4249', String(index))));
  const expected = await paths.general(text);
  for (let round = 0; round < 3; round += 1) {
    t.true((await paths.fast(text))?.lines === expected.lines);
    t.truthy(await paths.fast(withMessages(usual)));
  }
});

const left: Readonly<Record<string, Uint8Array>> = {
  'no JSON': Buffer.from(JSON.stringify(payload).slice(0, -1)),
  nothing: new Uint8Array(),
  'an array': toBytes([payload]),
  'several envelopes': Buffer.from(JSON.stringify(payload) + JSON.stringify(payload)),
  'no events': toBytes({ ...payload, logEvents: [] }),
  'a control message': toBytes({ ...payload, messageType: 'CONTROL_MESSAGE' }),
  'no type': toBytes({ ...payload, messageType: undefined }),
  'a message that fits no format': withMessages([documentedLine, 'hello']),
  SKIPDATA: withMessages(defaultLines),
  'an event with another key': toBytes({ ...payload, logEvents: [{ ...event, extractedFields: {} }] }),
  'keys in another order': toBytes({
    ...payload,
    logEvents: [{ message: event.message, id: event.id, timestamp: event.timestamp }],
  }),
  'a message of another type': toBytes({ ...payload, logEvents: [event, { ...event, message: 7 }] }),
  'an escape': withMessages([`${documentedLine}\n`]),
  'an escape in an id': toBytes({ ...payload, logEvents: [{ ...event, id: 'a"b' }] }),
  'characters beyond ASCII': toBytes({ ...payload, owner: 'ä' }),
  'a control character': toBytes({ ...payload, owner: '\u007f' }),
  'blanks between': toBytes(JSON.stringify(payload, undefined, 1)),
  'two blanks between fields': withMessages([documentedLine.replace(' ', '  ')]),
  'a blank at the end': withMessages([`${documentedLine} `]),
  'times in milliseconds': withMessages([documentedLine.replace('1668722921', '1668722921000')]),
  'a header': withMessages(['version srcaddr']),
  'a timestamp that is none': toBytes({ ...payload, logEvents: [{ ...event, timestamp: -5 }] }),
  'a timestamp with a fraction': toBytes({ ...payload, logEvents: [{ ...event, timestamp: 1668722921000.5 }] }),
  'a timestamp with a zero before it': Buffer.from(
    JSON.stringify(payload).replace('1668722921000,', '01668722921000,'),
  ),
  'a timestamp past the year 9999': toBytes({ ...payload, logEvents: [{ ...event, timestamp: 253402300800000 }] }),
  'events in an inner object': toBytes({ ...payload, logEvents: undefined, inner: { logEvents: [event] } }),
  'events twice': Buffer.from(JSON.stringify(payload).replace('"logEvents":', '"logEvents":[],"logEvents":')),
  'events once more behind': Buffer.from(`${JSON.stringify(payload).slice(0, -1)},"logEvents":[]}`),
  'inner events, and none outside': Buffer.from(
    `{"messageType":"DATA_MESSAGE","logEvents" :[],"inner":${JSON.stringify(payload)}}`,
  ),
  'a comma too many': Buffer.from(JSON.stringify(payload).replace('}]', '},]')),
  'a raw line feed in an id': Buffer.from(JSON.stringify(payload).replace('36858', '3\n858')),
};
for (const [name, text] of Object.entries(left)) {
  test(`a record with ${name} is left to the general path`, (t) =>
    isLeft(t, text, { rules: [{ format: '${version} ${srcaddr}' }] }));
}

test('a header of a format with text fields only is left to the general path', (t) =>
  isLeft(t, withMessages(['vpc-id subnet-id']), { rules: [{ format: '${vpc-id} ${subnet-id}' }] }));

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

test('a format whose constant text is longer than any line may be is left to the general path', async (t) => {
  const rule = (nameBytes: number) => ({
    format: Array.from({ length: 100 }, (_, index) => `\${${'x'.repeat(nameBytes)}-${index}}`).join(' '),
  });
  const text = withMessages([Array.from({ length: 100 }, () => '1').join(' ')]);
  await isSame(t, text, { rules: [rule(100)] });
  await isLeft(t, text, { rules: [rule(2500)] });
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
