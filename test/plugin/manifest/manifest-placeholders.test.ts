/** Environment variables and files in manifests. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { loadSettings, redact } from '../../../plugin/manifest/manifest.js';
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
    t.like(substitute(text, { environment, folder: '/' }), { text: expected, faults: [] });
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
    t.deepEqual(substitute(text, { environment, folder: '/' }).faults, [fault] as never);
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

/** A folder as that of secrets, and a manifest whose placeholders are read from there. */
function withSecrets(t: ExecutionContext, secrets: Readonly<Record<string, string | Buffer>>) {
  const folder = mkdtempSync(join(tmpdir(), 'placeholders-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  const credentials = { CREDENTIALS_DIRECTORY: folder };
  return {
    folder,
    load: (config: object, more: object = credentials) =>
      loadSettings({ id, config }, {}, { environment: { ...environment, ...more }, workingDirectory: folder }).settings,
  };
}

test('a file takes the place of its placeholder without one line feed, by each way to name it', (t) => {
  const { folder, load } = withSecrets(t, { one: 'pass ${A}$$\n', two: 'p\n\n', three: '\r\n', port: '7001\n' });
  symlinkSync(join(folder, 'one'), join(folder, 'link'));
  const tls = (passphrase: string) => {
    const { output } = load({ output: { type: 'tls', host: 'h', port: '${file:port}', tls: { passphrase } } });
    if (output?.type !== 'tls') throw new TypeError('Expected the output of the manifest');
    return [output.port, output.tls.passphrase];
  };
  t.deepEqual(tls(`\${file:${folder}/one}`), [7001, 'pass ${A}$$']);
  t.deepEqual(tls('${file:$CREDENTIALS_DIRECTORY/one}'), [7001, 'pass ${A}$$']);
  t.deepEqual(tls('${file:./link}'), [7001, 'pass ${A}$$']);
  t.deepEqual(tls('${A}-${file:two}'), [7001, 'a-p\n']);
  t.deepEqual(tls('${file:three}'), [7001, '\r']);
  t.is(load({ input: { stream: '${file:-name}', region: 'r' } }).input?.stream, 'name');
});

test('a file that gives no secret is a fault that says why and names the setting', (t) => {
  const { folder, load } = withSecrets(t, { open: 'x', large: 'x'.repeat(65_537), bytes: Buffer.from([0xff, 0xfe]) });
  chmodSync(join(folder, 'open'), 0o666);
  mkdirSync(join(folder, 'folder'));
  const hints = {
    '${file:none}': 'the file does not exist',
    '${file:folder}': 'it is not a regular file',
    '${file:large}': 'it has more than 64 KiB',
    '${file:bytes}': 'it is not UTF-8',
    ...(process.platform !== 'win32' && { '${file:open}': 'everybody may write to it' }),
  };
  for (const [placeholder, hint] of Object.entries(hints)) {
    const [fault, ...others] = faultsOf(() => load({ output: { type: 'tcp', host: placeholder } }));
    const name = placeholder.slice('${file:'.length, -1);
    t.like(fault, { path: 'output.host', expected: `a secret file at ${join(folder, name)}`, hint });
    t.deepEqual(others, []);
  }
  const malformed = ['${file:}', '${file: }', '${file:$HOME/x}', '${file:/$A}'];
  for (const placeholder of malformed) {
    const [fault] = faultsOf(() => load({ output: { type: 'tcp', host: placeholder } }));
    t.like(fault, { path: 'output.host', expected: 'a placeholder such as ${file:/run/secrets/name}' }, placeholder);
  }
  const unset = faultsOf(() =>
    load({ output: { type: 'tcp', host: '${file:$CREDENTIALS_DIRECTORY/x}' } }, { CREDENTIALS_DIRECTORY: undefined }),
  );
  t.like(unset[0], { path: 'output.host', expected: 'the environment variable CREDENTIALS_DIRECTORY' });
  t.regex(unset[0]?.hint ?? '', /outside of the unit, set it to \/run\/credentials\/UNIT$/);
});

test('a value from a file is never printed, whatever its setting', (t) => {
  const { folder, load } = withSecrets(t, { host: 'planted-host', path: 'planted.json', port: 'planted-port' });
  const settings = load({
    input: {
      stream: '${file:host}',
      region: 'us-east-1',
      checkpoint: { path: '${file:path}' },
      logGroups: ['${file:host}'],
    },
    output: { type: 'tcp', host: '${file:host}', port: 6161 },
  });
  t.like(settings, { input: { stream: 'planted-host', checkpoint: { path: join(folder, 'planted.json') } } });
  const shown = JSON.stringify(redact(settings));
  t.false(shown.includes('planted'), shown);
  t.true(shown.includes('us-east-1'));

  const wrong = faultsOf(() =>
    load({
      input: { stream: 's', startAt: '${file:host}', formats: 'x', endpoint: '${file:host}', streem: '${file:host}' },
      output: { type: '${file:host}', host: 'h' },
      deadLetter: '${file:host}',
    }),
  );
  t.true(wrong.length >= 5);
  t.false(JSON.stringify(wrong).includes('planted'), JSON.stringify(wrong));
  const shared = faultsOf(() =>
    load({ deadLetter: { path: '${file:path}' }, output: { type: 'file', path: './planted.json' } }),
  );
  t.deepEqual(
    shared.map(({ received }) => received),
    ['(hidden)'],
  );
});
