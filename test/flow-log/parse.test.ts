import test from 'ava';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from '../../src/flow-log/default-formats.js';
import { parseFlowLog, type UnparsedReason } from '../../src/flow-log/parse.js';
import { type FlowLogFormat, parseFormat } from '../../src/flow-log-format.js';
import { customFormat, customLine, defaultLines, documentedLine, transitGatewayLine } from '../fixtures/flow-logs.js';
import { createRandom, seed } from '../fixtures/random.js';

const defaults = [DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT];

function toFormats(...texts: readonly string[]): FlowLogFormat[] {
  return texts.map(parseFormat).filter((format) => 'fields' in format);
}

for (const line of defaultLines) {
  test(`the default format reads "${line}"`, (t) => {
    t.deepEqual(parseFlowLog(line, defaults), { format: DEFAULT_FORMAT, values: line.split(' ') });
  });
}

test('the default format of a transit gateway reads its lines', (t) => {
  const parsed = parseFlowLog(transitGatewayLine, defaults);
  t.deepEqual(parsed, { format: TRANSIT_GATEWAY_FORMAT, values: transitGatewayLine.split(' ') });
  const attachment = transitGatewayLine.replace('TransitGateway', 'TransitGatewayAttachment');
  t.like(parseFlowLog(attachment, defaults), { format: TRANSIT_GATEWAY_FORMAT });
});

test('36 words without the mark of a transit gateway are none of its lines', (t) => {
  t.deepEqual(parseFlowLog(transitGatewayLine.replace('TransitGateway', 'Vpc'), defaults), { reason: 'field-type' });
});

test('a line of a custom format is read by it, before any default', (t) => {
  const formats = [...toFormats(customFormat), ...defaults];
  const parsed = parseFlowLog(customLine, formats);
  t.deepEqual(parsed, { format: formats[0], values: customLine.split(' ') });
});

test('the first format that fits wins', (t) => {
  const texts = ['version srcport', 'srcaddr dstport', 'dstaddr srcport'];
  t.like(parseFlowLog('192.0.2.1 443', toFormats(...texts)), { format: { text: '${srcaddr} ${dstport}' } });
  t.like(parseFlowLog('192.0.2.1 443', toFormats(...texts.reverse())), { format: { text: '${dstaddr} ${srcport}' } });
});

const values = documentedLine.split(' ');
const spacings: readonly (readonly [name: string, line: string])[] = [
  ['runs of blanks', values.join('  ')],
  ['tabs', values.join('\t')],
  ['blanks and tabs', values.join(' \t ')],
  ['a line feed at the end', `${documentedLine}\n`],
  ['a carriage return at the end', `${documentedLine}\r\n`],
  ['blanks at the end', `${documentedLine} \t `],
  ['blanks at the start', ` \t${documentedLine}`],
  ['a byte order mark', `\ufeff${documentedLine}`],
  ['all of these', `\ufeff  ${values.join('\t  ')} \r\n`],
];

for (const [name, line] of spacings) {
  test(`a line with ${name} reads as one without`, (t) => {
    t.deepEqual(parseFlowLog(line, defaults), { format: DEFAULT_FORMAT, values });
  });
}

const header = DEFAULT_FORMAT.fields.map(({ name }) => name).join(' ');
const replaced = (index: number, value: string) => values.with(index, value).join(' ');
const unparsed: readonly (readonly [reason: UnparsedReason, name: string, line: string])[] = [
  ['empty', 'nothing', ''],
  ['empty', 'blanks', ' \t\r\n\ufeff'],
  ['field-count', 'a field too few', values.slice(1).join(' ')],
  ['field-count', 'a field too many', `${documentedLine} more`],
  ['field-count', 'two lines', `${documentedLine}\n${documentedLine}`],
  ['field-count', 'a long text of many words', 'word '.repeat(200_000)],
  ['field-count', 'a word', 'bogus'],
  ['field-type', 'a port that is no number', replaced(5, 'NaN')],
  ['field-type', 'a negative number', replaced(9, '-5')],
  ['field-type', 'a number with a sign', replaced(9, '+5')],
  ['field-type', 'a fraction', replaced(9, '5.0')],
  ['field-type', 'a number of other digits', replaced(9, '٣')],
  ['field-type', 'an address that is none', replaced(3, '192.0.2.256')],
  ['field-type', 'a name for an address', replaced(4, 'host.example')],
  ['field-type', 'another action', replaced(12, 'accept')],
  ['field-type', 'another status', replaced(13, 'FAIL')],
  ['time-range', 'a start past the year 9999', replaced(10, '253402300800000')],
  ['time-range', 'an end past the year 9999', replaced(11, '99999999999999999999')],
  ['header', 'the header of a file', header],
  ['header', 'the header of a file with another format', 'account-id bytes dstaddr tcp-flags'],
  ['header', 'a header with a field that is not known', 'version brand-new vpc-id'],
  ['field-count', 'words of which the first is no field', 'brand-new version'],
  ['field-count', 'a line that begins with the name of a field', 'region 7'],
];

for (const [reason, name, line] of unparsed) {
  test(`${name}: not parsed, ${reason}`, (t) => {
    t.deepEqual(parseFlowLog(line, defaults), { reason });
  });
}

test('any typed field may have no value', (t) => {
  t.like(parseFlowLog(Array(14).fill('-').join(' '), defaults), { format: DEFAULT_FORMAT });
});

test('a time in milliseconds fits up to the end of the year 9999', (t) => {
  t.like(parseFlowLog(replaced(11, '253402300799999'), defaults), { format: DEFAULT_FORMAT });
  t.like(parseFlowLog(replaced(11, '1512564059000'), defaults), { format: DEFAULT_FORMAT });
});

test('a header is no line of a format that takes any text, another line of words is', (t) => {
  const formats = toFormats('${vpc-id} ${instance-tag}');
  t.deepEqual(parseFlowLog('vpc-id instance-tag', formats), { reason: 'header' });
  t.like(parseFlowLog('vpc-0a1b web', formats), { values: ['vpc-0a1b', 'web'] });
  t.like(parseFlowLog('region web', formats), { values: ['region', 'web'] });
});

test('values stand as they are, percent signs and letters of other scripts too', (t) => {
  const formats = toFormats('${version} ${instance-tag} ${asg-tag}');
  t.like(parseFlowLog('11 a%20b%09 日本\u001b', formats), { values: ['11', 'a%20b%09', '日本\u001b'] });
});

test('without formats no line is parsed', (t) => {
  t.deepEqual(parseFlowLog(documentedLine, []), { reason: 'field-count' });
});

const random = createRandom(seed);
const below = (limit: number) => Math.floor(random() * limit);
const lines = [...defaultLines, transitGatewayLine, customLine];
const odd = ['', ' ', '\t', '\n', '\ufeff', '\ud800', '\0', '-', '9'.repeat(400), 'version', '::', '%', '{'];
const formats = [...toFormats(customFormat), ...defaults];

function mutate(line: string): string {
  const words = line.split(' ');
  for (let count = below(3); count > 0; count -= 1) words[below(words.length)] = odd[below(odd.length)] ?? '';
  if (random() < 0.2) words.length = below(words.length + 1);
  return random() < 0.2 ? String.fromCharCode(...words.map(() => below(65536))) : words.join(' ');
}

test('any text parses to a value: as many values as fields, all of them from the text, or a reason', (t) => {
  for (let run = 0; run < 20_000; run += 1) {
    const line = mutate(lines[below(lines.length)] ?? '');
    const given = `FUZZ_SEED=${seed} run ${run}: ${JSON.stringify(line)}`;
    try {
      const parsed = parseFlowLog(line, formats);
      const isSound =
        'reason' in parsed
          ? parsed.reason.length > 0
          : parsed.values.length === parsed.format.fields.length &&
            parsed.values.every((value) => value !== '' && line.includes(value));
      if (!isSound) t.fail(given);
    } catch (error) {
      t.fail(`${given} threw ${error}`);
    }
  }
  t.pass();
});
