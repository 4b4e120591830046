import test from 'ava';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from '../../src/flow-log/default-formats.js';
import { createFormatList, type FormatList, type FormatRule } from '../../src/flow-log/format-list.js';

const defaults = [DEFAULT_FORMAT.text, TRANSIT_GATEWAY_FORMAT.text];

function createList(...rules: readonly FormatRule[]): FormatList {
  const list = createFormatList(rules);
  if ('faults' in list) throw new Error(list.faults.map(({ fault }) => fault).join(', '));
  return list;
}

const textsOf = (list: FormatList, logGroup: string, logStream: string) =>
  list.select(logGroup, logStream).map(({ text }) => text);

test('without rules, the formats are the two defaults', (t) => {
  t.deepEqual(textsOf(createList(), '/aws/vpc', 'eni-1-all'), defaults);
});

test('rules come in their order, before the defaults, and only where both globs match', (t) => {
  const list = createList(
    { logGroup: '/aws/vpc/*', format: 'version start' },
    { logStream: 'eni-1*', format: 'version end' },
    { logGroup: '/aws/vpc/*', logStream: '*-all', format: 'version action' },
    { format: 'version bytes' },
  );
  const [start, end, action, bytes] = ['start', 'end', 'action', 'bytes'].map((name) => `\${version} \${${name}}`);
  t.deepEqual(textsOf(list, '/aws/vpc/a/b', 'eni-1-all'), [start, end, action, bytes, ...defaults]);
  t.deepEqual(textsOf(list, '/aws/vpc/a', 'eni-2-accept'), [start, bytes, ...defaults]);
  t.deepEqual(textsOf(list, '/aws/tgw', 'eni-1-all'), [end, bytes, ...defaults]);
  t.deepEqual(textsOf(list, '', ''), [bytes, ...defaults]);
});

test('names that only look alike when put together are distinguished', (t) => {
  const list = createList({ logGroup: 'ab', logStream: 'c', format: 'version start' });
  t.is(list.select('ab', 'c').length, 3);
  t.is(list.select('a', 'bc').length, 2);
  t.is(list.select('abc', '').length, 2);
});

test('the choice is remembered, and right after any number of streams', (t) => {
  const list = createList({ logStream: 'eni-1-*', format: 'version start' });
  t.is(list.select('a', 'eni-1-all'), list.select('a', 'eni-1-all'));
  for (let index = 0; index < 10_000; index += 1) list.select('a', `eni-${index}-all`);
  t.is(list.select('a', 'eni-1-all').length, 3);
  t.is(list.select('a', 'eni-2-all').length, 2);
});

test('the same formats come in the same array, whatever the names', (t) => {
  const list = createList({ logStream: 'eni-1-*', format: 'version start' });
  t.is(list.select('a', 'eni-2-all'), list.select('b', 'eni-3-all'));
  t.not(list.select('a', 'eni-1-all'), list.select('a', 'eni-2-all'));
});

test('all faults of all rules are given, each with its place', (t) => {
  const list = createFormatList([
    { format: '' },
    { logGroup: '/aws/*', format: 'start end' },
    { logGroup: '', logStream: 'a'.repeat(70_000), format: 'end end' },
  ]);
  t.deepEqual('faults' in list && list.faults, [
    {
      rule: 0,
      key: 'format',
      fault: 'Expected a format such as "${version} ${account-id}", got ""; name at least one field',
    },
    { rule: 2, key: 'logGroup', fault: 'Expected a glob such as "/aws/vpc/*", got ""; leave it out to mean all' },
    {
      rule: 2,
      key: 'logStream',
      fault: `Expected a glob such as "/aws/vpc/*", got "${'a'.repeat(20)}..." of 70000 characters; leave it out to mean all`,
    },
    { rule: 2, key: 'format', fault: 'Expected each field once, got "end" again; remove one of the two' },
  ]);
});

const ambiguous: readonly (readonly [name: string, rules: readonly FormatRule[], expected: readonly string[]])[] = [
  ['no rules', [], []],
  ['formats of other counts', [{ format: 'srcaddr' }, { format: 'srcaddr dstaddr' }], []],
  ['formats of other types', [{ format: 'srcaddr srcport' }, { format: 'srcport srcaddr' }], []],
  ['the same format twice', [{ format: 'srcaddr dstaddr' }, { format: '${srcaddr} ${dstaddr}' }], []],
  ['a narrower format before a wider one', [{ format: 'srcaddr' }, { format: 'vpc-id' }], []],
  [
    'formats of the same types',
    [{ format: 'srcaddr dstaddr' }, { format: 'dstaddr srcaddr' }],
    [
      'No line can tell "${srcaddr} ${dstaddr}" from "${dstaddr} ${srcaddr}", so all are read as the first; ' +
        'give the two different log groups or log streams',
    ],
  ],
  [
    'a wider format before a narrower one',
    [{ format: 'vpc-id action' }, { format: 'srcaddr action' }],
    [
      'Every line of "${srcaddr} ${action}" is read as "${vpc-id} ${action}", which takes any text and comes before ' +
        'it; put the other first',
    ],
  ],
  [
    'formats of the same types in different log groups',
    [
      { logGroup: '/aws/vpc/*', format: 'srcaddr dstaddr' },
      { logGroup: '/aws/tgw/*', format: 'dstaddr srcaddr' },
    ],
    [],
  ],
  [
    'formats of the same types in different log streams',
    [
      { logStream: '*-accept', format: 'srcaddr dstaddr' },
      { logStream: '*-reject', format: 'dstaddr srcaddr' },
    ],
    [],
  ],
];

for (const [name, rules, expected] of ambiguous) {
  test(`${name}: ${expected.length === 0 ? 'nothing' : 'one pair'} is ambiguous`, (t) => {
    t.deepEqual(createList(...rules).ambiguous, expected);
  });
}

test('a rule whose lines look like the default format is ambiguous with it, the default itself is not', (t) => {
  const swapped = DEFAULT_FORMAT.text.replace('${packets} ${bytes}', '${bytes} ${packets}');
  t.is(createList({ logGroup: '/aws/vpc', format: swapped }).ambiguous.length, 1);
  t.is(createList({ format: DEFAULT_FORMAT.text }, { format: TRANSIT_GATEWAY_FORMAT.text }).ambiguous.length, 0);
});
