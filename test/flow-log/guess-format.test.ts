import test from 'ava';
import { guessFormat } from '../../src/flow-log/guess-format.js';
import { KNOWN_FORMATS } from '../../src/flow-log/known-formats.js';
import { isFieldName } from '../../src/flow-log-fields.js';
import { documentedLine, transitGatewayLine } from '../fixtures/flow-logs.js';

test('the known formats are those that AWS counts, of fields that the table knows', (t) => {
  t.deepEqual(
    KNOWN_FORMATS.map(({ fields }) => fields.length),
    [14, 21, 25, 29, 39, 40, 41, 42, 54, 36],
  );
  for (const { fields } of KNOWN_FORMATS) t.true(fields.every(({ name }) => isFieldName(name)));
});

test('lines of all fields up to a version are recognized as that format', (t) => {
  const version3 = `${documentedLine.replace(/^2/, '3')} vpc-0a subnet-0a i-0a 19 IPv4 10.0.0.1 10.0.0.2`;
  const guess = guessFormat([version3, 'something else', version3]);
  t.true(guess?.isKnown);
  t.is(guess?.lines, 2);
  t.is(guess?.format.fields.at(-1)?.name, 'pkt-dstaddr');
  t.is(guessFormat([transitGatewayLine])?.format.fields[1]?.name, 'resource-type');
});

test('the fields of an own format are recognized by their values', (t) => {
  const guess = guessFormat([
    '5 vpc-0a1b eni-0a1b 10.0.0.5 203.0.113.12 44321 443 6 12 3480 ACCEPT egress 1700000000 1700000060 us-east-1 use1-az1 x y',
    '5 vpc-0a1b eni-0c2d 10.0.0.9 2001:db8::1 52100 53 17 1 76 REJECT - 1700000010 1700000070 us-east-1 - x y',
    '5 vpc-0a1b eni-0c2d - - - - - - - - - 1700000010 1700000070 us-east-1 - x y',
  ]);
  t.false(guess?.isKnown);
  t.is(guess?.lines, 3);
  t.deepEqual(guess?.madeUp, ['field-17', 'field-18']);
  const names = guess?.format.fields.map(({ name }) => name).join(' ');
  t.is(
    names,
    'version vpc-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes action flow-direction start end region az-id field-17 field-18',
  );
});

test('a guess looks at the first thousand lines, and at lines of 64 columns at the most', (t) => {
  const line = '10.0.0.1 ACCEPT 17';
  t.is(guessFormat(Array(5000).fill(line))?.lines, 1000);
  const toWide = (columns: number) => `10.0.0.1 ACCEPT ${'x '.repeat(columns - 2)}`;
  t.is(guessFormat([toWide(64)])?.format.fields.length, 64);
  t.is(guessFormat([toWide(65)]), undefined);
  // A megabyte in half a million columns, beside lines that can be guessed.
  t.is(guessFormat([toWide(500_000), line, toWide(500_000)])?.lines, 1);
  t.is(guessFormat([`10.0.0.1 ACCEPT ${'x'.repeat(20_000)}`]), undefined);
});

test('what looks like no flow log is not guessed at', (t) => {
  t.is(guessFormat([]), undefined);
  t.is(guessFormat(['', 'word']), undefined);
  t.is(guessFormat(['the quick brown fox', 'jumps over the dog']), undefined);
  t.is(guessFormat(['{"json": true, "a": 1}']), undefined);
});
