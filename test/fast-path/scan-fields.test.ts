import { isIP } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { scanFields, toFieldTypes, useFieldTypes } from '../../src/fast-path/scan-fields.js';
import { loadSource } from '../../src/fast-path/source-window.js';
import { parseFormat } from '../../src/flow-log-format.js';
import { seed } from '../fixtures/random.js';

function fits(value: string, field: string): boolean {
  const format = parseFormat(field);
  if ('fault' in format) throw new TypeError(format.fault);
  loadSource(Buffer.from(`${value}"`), 0);
  useFieldTypes(toFieldTypes(format));
  return scanFields(0) === value.length;
}

const addresses = [
  '0.0.0.0',
  '255.255.255.255',
  '256.0.0.1',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.4.',
  '.1.2.3',
  '1..2.3',
];
const addresses6 = [
  '::',
  '::1',
  '1::',
  ':',
  ':::',
  '1:',
  ':1',
  '1::2::3',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7',
  '::2:3:4:5:6:7:8',
];
const others6 = [
  '1:2:3:4:5:6:7::',
  '1::3:4:5:6:7:8:9',
  '12345::',
  'g::',
  '::ffff:1.2.3.4',
  '::1.2.3',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7:8:9',
];

for (const address of [...addresses, ...addresses6, ...others6]) {
  test(`"${address}" is an address as Node has it`, (t) => t.is(fits(address, 'srcaddr'), isIP(address) !== 0));
}

test('every character is a digit of an address as Node has it', (t) => {
  const characters = Array.from({ length: 0x7f - 0x21 }, (_, index) => String.fromCharCode(0x21 + index));
  for (const character of characters.filter((each) => each !== '"' && each !== '\\')) {
    for (const address of [
      `${character}::`,
      `1:2:3:4:5:6:7:8${character}`,
      `::fff${character}`,
      `1.2.3.${character}`,
    ]) {
      t.is(fits(address, 'srcaddr'), isIP(address) !== 0, address);
    }
  }
});

test('any text is an address as Node has it', (t) => {
  const part = fc.constantFrom(':', '::', '.', '0', '1', 'f', 'ffff', '12', '255', '%', 'x');
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.array(part, { minLength: 1, maxLength: 17 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (address) => t.is(fits(address, 'srcaddr'), isIP(address) !== 0)),
    { seed, numRuns: 2000 },
  );
});

const values: readonly (readonly [value: string, field: string, fits: boolean])[] = [
  ['-', 'bytes', true],
  ['--', 'bytes', false],
  ['0042', 'bytes', true],
  ['4a', 'bytes', false],
  ['', 'bytes', false],
  ['ACCEPT', 'action', true],
  ['REJECT', 'action', true],
  ['ACCEPTED', 'action', false],
  ['accept', 'action', false],
  ['OK', 'log-status', true],
  ['NODATA', 'log-status', true],
  ['SKIPDATA', 'log-status', true],
  ['OKAY', 'log-status', false],
  ['any!#thing', 'vpc-id', true],
  ['a\tb', 'vpc-id', false],
];
for (const [value, field, expected] of values) {
  test(`${JSON.stringify(value)} ${expected ? 'is' : 'is no'} ${field}`, (t) => t.is(fits(value, field), expected));
}
