/** Environment variables in manifests. */

import test from 'ava';
import { loadSettings } from '../../../plugin/manifest/manifest.js';
import { substitute } from '../../../plugin/manifest/substitute.js';
import { ConfigurationError } from '../../../src/configuration-error.js';

const environment = { A: 'a', EMPTY: '', NESTED: '${A} $$', PORT: '7000', YES: 'true', FRACTION: '1.5', HEX: '0x10' };

const texts: readonly (readonly [string, string])[] = [
  ['${A}', 'a'],
  ['x${A}y${A}z', 'xayaz'],
  ['${EMPTY}', ''],
  ['${A:-b}', 'a'],
  ['${EMPTY:-b}', 'b'],
  ['${NONE:-b}', 'b'],
  ['${NONE:-}', ''],
  ['${NONE:-a:-b $A}', 'a:-b $A'],
  ['${NONE:-$$}', '$$'],
  ['${A:?no}', 'a'],
  ['$$', '$'],
  ['$$$$', '$$'],
  ['$${A}', '${A}'],
  ['$$${A}', '$a'],
  ['$A $ 5$', '$A $ 5$'],
  ['${NESTED}', '${A} $$'],
];

for (const [text, expected] of texts) {
  test(`${text} becomes ${JSON.stringify(expected)}`, (t) => {
    t.like(substitute(text, environment), { text: expected, faults: [] });
  });
}

const faulty: readonly (readonly [string, object])[] = [
  ['${NONE}', { expected: 'the environment variable NONE', hint: 'set it, or write ${NONE:-default}' }],
  ['a${NONE:?ask Ann}', { expected: 'the environment variable NONE', hint: 'ask Ann' }],
  ['${EMPTY:?ask Ann}', { expected: 'the environment variable EMPTY not to be empty', hint: 'ask Ann' }],
  ['${toString}', { expected: 'the environment variable toString', hint: 'set it, or write ${toString:-default}' }],
  ...['${}', '${A', '${A-b}', '${A:b}', '${1A}', '${a-b}', '${NONE:-b${A}', '${A:-${EMPTY}'].map(
    (text) =>
      [
        text,
        {
          expected: 'a placeholder such as ${NAME} or ${NAME:-default}',
          received: text,
          hint: 'write $$ for a dollar sign',
        },
      ] as const,
  ),
];

for (const [text, fault] of faulty) {
  test(`${text} is a fault`, (t) => {
    t.deepEqual(substitute(text, environment).faults, [fault] as never);
  });
}

const id = 'kinesis-snare';
const load = (config: object, overrides: object = {}) =>
  loadSettings({ id, config }, overrides, { environment, workingDirectory: '/' }).settings;
const faultsOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
};

test('a value that is one placeholder becomes what the schema wants', (t) => {
  const output = { type: 'tcp', host: '${PORT}', port: '${PORT}', hostLogs: '${YES}', criticality: '${NONE:-3}' };
  t.like(load({ output }).output, { host: '7000', port: 7000, hostLogs: true, criticality: 3 });
  t.is(load({ input: { stream: '${YES}' } }).input?.stream, 'true');
});

test('a value that is more than one placeholder stays text', (t) => {
  const [fault] = faultsOf(() => load({ output: { type: 'tcp', host: 'h', port: '${PORT}${EMPTY}' } }));
  t.like(fault, { path: 'output.port', received: '"7000"', source: 'environment variables PORT, EMPTY' });
});

test('what is no number stays what it was, with the name of its variable', (t) => {
  const port = (variable: string) => faultsOf(() => load({ output: { type: 'tcp', host: 'h', port: variable } }));
  t.like(port('${FRACTION}')[0], { received: '1.5', source: 'environment variable FRACTION' });
  t.like(port('${HEX}')[0], { received: '"0x10"', source: 'environment variable HEX' });
  t.like(port('${EMPTY}')[0], { received: '""', source: 'environment variable EMPTY' });
  t.like(port('${NONE:-x}')[0], { received: '"x"', source: 'manifest' });
});

test('the type of an object may be a placeholder', (t) => {
  t.is(load({ output: { type: '${NONE:-stdout}' } }).output?.type, 'stdout');
  t.deepEqual(
    faultsOf(() => load({ output: { type: '${NONE}' } })).map(({ path }) => path),
    ['output.type'],
  );
});

test('flow-log formats are taken as they stand, the globs beside them are not', (t) => {
  const formats = ['${version} ${srcaddr}', { logGroup: '/${A}/$$', logStream: '${A}', format: '${A}' }];
  t.deepEqual(load({ input: { stream: 's', formats } }).input?.formats, [
    '${version} ${srcaddr}',
    { logGroup: '/a/$', logStream: 'a', format: '${A}' },
  ]);
  t.is(load({ input: { stream: 's', formats: '${version}' } }).input?.formats, '${version}');
});

test('overrides are literal', (t) => {
  t.is(load({}, { input: { stream: '${A}$$' } }).input?.stream, '${A}$$');
});

test('a placeholder without a variable does no harm where something else took its place', (t) => {
  const config = { input: { stream: '${NONE}' }, output: { type: 'tcp', host: '${NONE}' } };
  const settings = load(config, { input: { stream: 's' }, output: { type: 'stdout' } });
  t.is(settings.input?.stream, 's');
  t.is(settings.output?.type, 'stdout');
});

test('every variable that is missing is named', (t) => {
  const faults = faultsOf(() => load({ input: { stream: '${NONE}-${OTHER}', region: '${THIRD}' } }));
  t.deepEqual(
    faults.map(({ path, expected, source }) => [path, expected, source]),
    [
      ['input.stream', 'the environment variable NONE', 'manifest'],
      ['input.stream', 'the environment variable OTHER', 'manifest'],
      ['input.region', 'the environment variable THIRD', 'manifest'],
    ],
  );
});
