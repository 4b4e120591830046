/** What is said of settings that cannot be used: everything at once, and so that a person can mend it. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test from 'ava';
import { loadSettings, resolveOutput } from '../../../plugin/manifest/manifest.js';
import { createConfigSchema, type OptionSchema } from '../../../plugin/manifest/option-schema.js';
import { ConfigurationError, type ConfigurationFault } from '../../../src/configuration-error.js';
import { formatAddress } from '../../../src/pipeline/open-output.js';

const id = 'kinesis-snare';
const folder = mkdtempSync(join(tmpdir(), 'kinesis-snare-faults-'));
test.after.always(() => rmSync(folder, { recursive: true }));
const context = { environment: {}, workingDirectory: folder };

function errorOf(action: () => unknown): ConfigurationError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('Expected a ConfigurationError, got none');
}

const linesOf = (action: () => unknown) => errorOf(action).message.split('\n').slice(1);

const input = { stream: 's' };
const tcp = { type: 'tcp', host: 'h' };
const settingNames =
  'input, output, unparsed, unreadable, deadLetter, metrics, delivery, acknowledge, maxReadBytes, drainTimeoutMs';

/** Settings in a manifest given as an object, and the lines that are said about them. */
const faults: readonly (readonly [string, object, readonly string[]])[] = [
  [
    'a required key is missing',
    { input: {}, output: { type: 'file' } },
    [
      'input.stream: expected a string that is not empty, got nothing (manifest); Name or ARN of the Kinesis data stream',
      'output.path: expected a path, got nothing (manifest); The file; it is created with mode 0600',
    ],
  ],
  [
    'gaps are to be healed from no log group, beside another fault',
    { input: { healGaps: true, idleDelayMs: 1 } },
    [
      'input.stream: expected a string that is not empty, got nothing (manifest); Name or ARN of the Kinesis data stream',
      'input.idleDelayMs: expected a whole number from 200 to 60000, got 1 (manifest)',
      'input.logGroups: expected the name of at least one log group where input.healGaps is true, got none (manifest)',
    ],
  ],
  [
    'other log groups are not to be taken, and none is named, beside another fault',
    { input: { ...input, otherLogGroups: 'ignore', idleDelayMs: 1 } },
    [
      'input.idleDelayMs: expected a whole number from 200 to 60000, got 1 (manifest)',
      'input.otherLogGroups: expected input.logGroups or input.accounts where input.otherLogGroups is not "accept", got neither (manifest)',
    ],
  ],
  [
    'a log group has a name that AWS does not allow, and others have not',
    {
      input: {
        ...input,
        logGroups: ['/aws/vpc_a-1.b#c', 'a b', `arn:aws-cn:logs:cn-north-1:123456789012:log-group:/a:*`, '', '/a:*'],
      },
    },
    ['1', '3', '4'].map(
      (index) =>
        `input.logGroups.${index}: expected 1 to 512 letters, digits, "_", "-", "/", "." or "#", or the ARN of a log group, got another text (manifest)`,
    ),
  ],
  [
    'an account has not twelve digits',
    { input: { ...input, accounts: ['123456789012', '1234'] } },
    ['input.accounts.1: expected an account of 12 digits, got another text (manifest)'],
  ],
  [
    'a password is in an address that is shown as it is',
    { input: { ...input, endpoint: 'https://user:PLANTED@kinesis.example.com/' } },
    ['input.endpoint: expected an address without a user and a password, got one with them (manifest)'],
  ],
  ...['https:///u:PLANTED@h/', 'https:/u:PLANTED@h', 'https:\\\\u:PLANTED@h', 'https:u:PLANTED@h'].map(
    (logsEndpoint) =>
      [
        `a password is in an address of another spelling: ${logsEndpoint}`,
        { input: { ...input, logsEndpoint } },
        ['input.logsEndpoint: expected an address without a user and a password, got one with them (manifest)'],
      ] as const,
  ),
  [
    'a password may be in an address that is none',
    { input: { ...input, endpoint: 'user:PLANTED@kinesis.example.com' } },
    ['input.endpoint: expected an http or https URL, got (hidden, since it may hold a password) (manifest)'],
  ],
  [
    'two files are one',
    {
      input: { ...input, checkpoint: { type: 'file', path: './x' } },
      output: { type: 'file', path: 'a/../x' },
      deadLetter: { path: 'x' },
    },
    [
      `input.checkpoint.path: expected a file of its own, not that of deadLetter.path, got "${join(folder, 'x')}" (manifest)`,
      `output.path: expected a file of its own, not that of deadLetter.path, got "${join(folder, 'x')}" (manifest)`,
    ],
  ],
  [
    'the type is missing',
    { output: { host: 'h' } },
    ['output.type: expected "tcp", "tls", "udp", "file" or "stdout", got nothing (manifest)'],
  ],
  [
    'the type is unknown',
    { output: { ...tcp, type: 'stdot' } },
    ['output.type: expected "tcp", "tls", "udp", "file" or "stdout", got "stdot" (manifest); did you mean "stdout"?'],
  ],
  [
    'a number is none, is not whole or is beyond its limits',
    { output: { ...tcp, port: '6161', criticality: 1.5, rotateMs: 49, confirmTimeoutMs: -1e30 } },
    [
      'output.port: expected a whole number from 1 to 65535, got "6161" (manifest)',
      'output.criticality: expected a whole number from 0 to 4, got 1.5 (manifest)',
      'output.confirmTimeoutMs: expected a whole number from 100 to 600000, got -1e+30 (manifest)',
      'output.rotateMs: expected a whole number from 50 to 600000, got 49 (manifest)',
    ],
  ],
  [
    'a word is none of those allowed',
    { unparsed: 'Generics', delivery: 'x', output: { ...tcp, format: 'SNARE', hostLogs: 'yes' } },
    [
      'output.format: expected "snare", "snare-tab", "raw", "syslog" or "json", got "SNARE" (manifest); did you mean "snare"?',
      'output.hostLogs: expected true or false, got "yes" (manifest)',
      'unparsed: expected "generic" or "dead-letter", got "Generics" (manifest); did you mean "generic"?',
      'delivery: expected "logger" or "direct", got "x" (manifest)',
    ],
  ],
  [
    'text is empty or too long',
    { output: { ...tcp, system: '', hostname: 'x'.repeat(256) } },
    [
      'output.system: expected a string of 1 to 255 characters, got "" (manifest)',
      `output.hostname: expected a string of 1 to 255 characters, got "${'x'.repeat(77)}..." (manifest)`,
    ],
  ],
  [
    'keys are unknown',
    { fo: 1, output: { ...tcp, prot: 1, path: 'x', toString: 1 }, deadletter: {} },
    [
      'output.prot: expected a known option (manifest); did you mean "port"?',
      'output.path: expected a known option (manifest); it is for type "file"',
      'output.toString: expected a known option (manifest); known here: type, host, port, format, maxLineBytes, system, hostname, criticality, framing, confirm, confirmTimeoutMs, confirmHoldMs, rotateMs, rotateBytes, connectTimeoutMs, reconnectMaxMs, maxBufferedBytes, maxBufferedRecords, hostLogs, maxHostLogBytes',
      `fo: expected a known option (manifest); known here: ${settingNames}`,
      'deadletter: expected a known option (manifest); did you mean "deadLetter"?',
    ],
  ],
  [
    'options are in the wrong section',
    { hostLogs: false, output: { ...tcp, delivery: 'direct', startAt: 'latest', maxFileBytes: 1 } },
    [
      'output.delivery: expected a known option (manifest); it belongs beside "output", not in it',
      'output.startAt: expected a known option (manifest); it is an option of "input"',
      'output.maxFileBytes: expected a known option (manifest); it is for type "file"',
      'hostLogs: expected a known option (manifest); it is an option of "output"',
    ],
  ],
  [
    'a whole is of another kind',
    { input: 's', output: ['tcp'], deadLetter: null },
    [
      'input: expected an object, got (hidden) (manifest)',
      'output: expected an object, got a list (manifest)',
      'deadLetter: expected an object, got null (manifest)',
    ],
  ],
  [
    'the start is no start',
    { input: { ...input, startAt: 'latst' } },
    [
      'input.startAt: expected "latest", "earliest" or an RFC 3339 time such as "2022-11-17T22:09:41Z", got "latst" (manifest); did you mean "latest"?',
    ],
  ],
  [
    'the start is no text, or a time without a zone',
    { input: { ...input, startAt: 1668722921 } },
    [
      'input.startAt: expected "latest", "earliest" or an RFC 3339 time such as "2022-11-17T22:09:41Z", got 1668722921 (manifest)',
    ],
  ],
  [
    'the endpoint is no URL for http',
    { input: { ...input, endpoint: 'localhost:4566' } },
    ['input.endpoint: expected an http or https URL, got "localhost:4566" (manifest)'],
  ],
  [
    'formats are of another kind',
    { input: { ...input, formats: 5 } },
    ['input.formats: expected a flow-log format such as "${version} ${srcaddr}" or a list, got 5 (manifest)'],
  ],
  [
    'the one format is bad',
    { input: { ...input, formats: '${version},${srcaddr}' } },
    [
      'input.formats: expected a field such as "${account-id}", got "${version},${srcaddr}"; put a space between fields (manifest)',
    ],
  ],
  [
    'formats of a list are bad',
    {
      input: {
        ...input,
        formats: [' ', 3, { fromat: 'x', logGroup: '' }, { format: 'a a', logStream: 'x'.repeat(1025) }],
      },
    },
    [
      'input.formats.0: expected a format such as "${version} ${account-id}", got " "; name at least one field (manifest)',
      'input.formats.1: expected a flow-log format such as "${version} ${srcaddr}" or an object, got 3 (manifest)',
      'input.formats.2.logGroup: expected a string of 1 to 1024 characters, got "" (manifest)',
      'input.formats.2.format: expected a flow-log format such as "${version} ${srcaddr}", got nothing (manifest); The format as AWS shows it, such as `${version} ${srcaddr} ${dstaddr}`',
      'input.formats.2.fromat: expected a known option (manifest); did you mean "format"?',
      `input.formats.3.logStream: expected a string of 1 to 1024 characters, got "${'x'.repeat(77)}..." (manifest)`,
      'input.formats.3.format: expected each field once, got "a" again; remove one of the two (manifest)',
    ],
  ],
];

for (const [what, config, expected] of faults) {
  test(`it is said when ${what}`, (t) => {
    t.deepEqual(
      linesOf(() => loadSettings({ id, config }, {}, context)),
      expected,
    );
  });
}

test('faults of all places come at once, each with its source', (t) => {
  mkdirSync(join(folder, 'all'));
  const config = {
    input: { stream: '${STREAM}', region: '${REGION:-}' },
    output: { type: 'tcp', host: 'h', port: '${SNARE_PORT}', criticality: 9 },
  };
  writeFileSync(join(folder, 'all', 'manifest.json'), JSON.stringify({ id, apiVersion: 2, confg: {}, config }));
  const error = errorOf(() =>
    loadSettings(
      './all/manifest.json',
      { output: { rotateMs: 1 }, nope: 1 },
      {
        environment: { SNARE_PORT: 'x' },
        workingDirectory: folder,
        packaged: { id, nam: 'n', config: { drainTimeoutMs: -1 } },
      },
    ),
  );
  const source = './all/manifest.json';
  const expected: ConfigurationFault[] = [
    { path: 'nam', expected: 'a key of a manifest', hint: 'did you mean "name"?', source: 'packaged manifest.json' },
    { path: 'confg', expected: 'a key of a manifest', hint: 'did you mean "config"?', source },
    { path: 'apiVersion', expected: '1', received: '2', source },
    {
      path: 'input.stream',
      expected: 'the environment variable STREAM',
      hint: 'set it, or write ${STREAM:-default}',
      source,
    },
    { path: 'input.region', expected: 'a string that is not empty', received: '""', source },
    {
      path: 'output.port',
      expected: 'a whole number from 1 to 65535',
      received: '"x"',
      source: 'environment variable SNARE_PORT',
    },
    { path: 'output.criticality', expected: 'a whole number from 0 to 4', received: '9', source },
    { path: 'output.rotateMs', expected: 'a whole number from 50 to 600000', received: '1', source: 'overrides' },
    {
      path: 'drainTimeoutMs',
      expected: 'a whole number from 0 to 600000',
      received: '-1',
      source: 'packaged manifest.json',
    },
    { path: 'nope', expected: 'a known option', hint: `known here: ${settingNames}`, source: 'overrides' },
  ];
  t.deepEqual(error.faults, expected);
  t.is(error.name, 'ConfigurationError');
  t.is(error.message.split('\n')[0], 'The configuration has 10 faults');
  t.true(
    error.message.includes(
      '\noutput.port: expected a whole number from 1 to 65535, got "x" (environment variable SNARE_PORT)\n',
    ),
  );
});

const descriptors: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['another id', { id: 'other' }, ['id: expected "kinesis-snare", got "other" (manifest)']],
  ['no id', { config: {} }, ['id: expected "kinesis-snare", got nothing (manifest)']],
  ['another apiVersion', { id, apiVersion: '1' }, ['apiVersion: expected 1, got "1" (manifest)']],
  ['a config that is no object', { id, config: [] }, ['config: expected an object, got a list (manifest)']],
  [
    'settings beside config',
    { id, output: {} },
    ['output: expected a key of a manifest (manifest); put it under "config"'],
  ],
  ['an unknown key', { id, verson: 1 }, ['verson: expected a key of a manifest (manifest); did you mean "version"?']],
  [
    'nothing in it',
    null,
    ['manifest: expected an object, got null; write { "id": "kinesis-snare", "config": { ... } }'],
  ],
];

for (const [what, manifest, expected] of descriptors) {
  test(`a manifest with ${what} is a fault`, (t) => {
    t.deepEqual(
      linesOf(() => loadSettings(manifest as object, {}, context)),
      expected,
    );
  });
}

test('what is missing is missing where its object was begun', (t) => {
  const [fault] = errorOf(() =>
    loadSettings({ id, config: { input: {} } }, { input: { region: 'r' } }, context),
  ).faults;
  t.like(fault, { path: 'input.stream', source: 'manifest' });
});

test('overrides that are no object are a fault', (t) => {
  t.deepEqual(
    linesOf(() => loadSettings({ id }, [], context)),
    ['overrides: expected an object, got a list'],
  );
});

test('a missing manifest says what to do', (t) => {
  const at = join(folder, 'of a host.json');
  const command = `npx kinesis-snare init --manifest '${at}'`;
  t.deepEqual(
    linesOf(() => loadSettings('./of a host.json', {}, context)),
    [
      `./of a host.json: expected a manifest that can be read, got no file at ${at}; create it with "${command}", or give another path`,
    ],
  );
});

test('a manifest that cannot be read says why', (t) => {
  const [line] = linesOf(() => loadSettings('.', {}, context));
  t.regex(line ?? '', /^\.: expected a manifest that can be read, got "EISDIR.*"; fix that, or give another path$/);
});

const texts: readonly (readonly [string, number, number])[] = [
  ['', 1, 1],
  ['{', 1, 2],
  ['{"a":1,}', 1, 8],
  ['{"a" 1}', 1, 6],
  ["{'a':1}", 1, 2],
  ['{"a":1}}', 1, 8],
  ['[1 2]', 1, 4],
  ['[1}', 1, 3],
  ['{"id":"kinesis-snare",\r\n  "config": tru }', 2, 13],
  ['{\n  // host\n  "id": 1}', 2, 3],
  ['{"path":"C:\\certs"}', 1, 9],
  ['{"a":"b\nc"}', 1, 6],
  ['{"a":01}', 1, 7],
  ['{"a":NaN}', 1, 6],
  ['\ufeff{"a":}', 1, 6],
];

for (const [text, line, column] of texts) {
  test(`${JSON.stringify(text)} is not JSON at line ${line}, column ${column}`, (t) => {
    const file = join(folder, `${texts.findIndex(([one]) => one === text)}.json`);
    writeFileSync(file, text);
    const [fault] = errorOf(() => loadSettings(file, {}, context)).faults;
    t.is(fault?.expected, 'JSON');
    t.is(fault?.received, `invalid text at line ${line}, column ${column}`);
    t.is(fault?.source, file);
  });
}

test('a key that an object has twice is a fault with its place; the same key in another object, or in a text, is none', (t) => {
  const file = join(folder, 'repeated.json');
  const text =
    '{"id":"kinesis-snare",\n "config":{"input":{"stream":"a","str\\u0065am":"b"}},\n "config":{}, "name":"\\"id\\":{"}';
  writeFileSync(file, text);
  const { faults } = errorOf(() => loadSettings(file, {}, context));
  t.deepEqual(
    faults.map(({ path, received, source }) => [path, received, source]),
    [
      ['stream', 'it again at line 2, column 34', file],
      ['config', 'it again at line 3, column 2', file],
    ],
  );
  writeFileSync(
    file,
    '{"id":"kinesis-snare","config":{"input":{"stream":"id","formats":[{"format":"a"},{"format":"b"}]}}}',
  );
  t.notThrows(() => loadSettings(file, {}, context));
});

test('a manifest that is not UTF-8 is a fault', (t) => {
  const file = join(folder, 'latin-1.json');
  writeFileSync(file, Buffer.from('{"id":"kinesis-snare","config":{"input":{"stream":"caf\u00e9"}}}', 'latin1'));
  const [fault] = errorOf(() => loadSettings(file, {}, context)).faults;
  t.like(fault, { expected: 'UTF-8', source: file });
});

test('the source of a fault is where somebody can change it: the own manifest, not the packaged one or a default', (t) => {
  const file = join(folder, 'own.json');
  const sourceOf = (config: object, overrides = {}) => {
    writeFileSync(file, JSON.stringify({ id, config }));
    const packaged = { id, config: { input: {} } };
    return errorOf(() => loadSettings(file, overrides, { ...context, packaged })).faults.map(({ source }) => source);
  };
  t.deepEqual(sourceOf({ input: { region: 'r' } }), [file]);
  t.deepEqual(sourceOf({ input: { region: 'r' } }, { input: { startAt: 'latest' } }), [file]);
  const checkpoint = { type: 'file', path: './kinesis-snare.dead-letter.ndjson' };
  t.deepEqual(sourceOf({ input: { stream: 's' } }, { input: { checkpoint } }), ['overrides']);
  t.deepEqual(sourceOf({ input: { stream: 's', checkpoint } }), [file]);
  t.deepEqual(sourceOf({ input: { stream: 's', checkpoint } }, { unparsed: 'generic' }), [file]);
});

test('a host in brackets is an address of IPv6, as in a URL', (t) => {
  for (const [given, host] of [
    ['[::1]', '::1'],
    ['[fe80::1%eth0]', 'fe80::1%eth0'],
    ['::1', '::1'],
    ['h.example.com', 'h.example.com'],
  ]) {
    const output = resolveOutput({ type: 'tcp', host: given });
    t.is(output.type === 'tcp' ? output.host : undefined, host);
  }
  t.is(formatAddress({ host: '::1', port: 1 }), '[::1]:1');
  t.is(formatAddress({ host: '10.0.0.1', port: 1 }), '10.0.0.1:1');
});

test('faults of an output in code have paths of their own', (t) => {
  t.deepEqual(
    linesOf(() => resolveOutput({ type: 'tcp', prot: 1, port: '${P}' })),
    [
      "host: expected a string that is not empty, got nothing (options); The receiver's name or address",
      'port: expected a whole number from 1 to 65535, got "${P}" (options)',
      'prot: expected a known option (options); did you mean "port"?',
    ],
  );
  t.deepEqual(
    linesOf(() => resolveOutput(undefined)),
    ['type: expected "tcp", "tls", "udp", "file" or "stdout", got nothing (options)'],
  );
  t.deepEqual(
    linesOf(() => resolveOutput('tcp')),
    ['options: expected an object, got (hidden)'],
  );
});

test('what was given cannot drive a terminal or forge a line', (t) => {
  const config = { 'a\u001b[31m\nb: expected': 1, unparsed: 'x\u009b31m\n\u2028y' };
  const { message } = errorOf(() => loadSettings({ id, config }, {}, context));
  t.is(message.split('\n').length, 3);
  t.notRegex(message.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
});

test('values of any kind are described, and what holds itself has an end', (t) => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const output = { ...tcp, port: new Date(0), confirm: () => 1, framing: 2n, hostLogs: Symbol('x'), format: null };
  t.deepEqual(
    linesOf(() => loadSettings({ id }, { ...circular, output: { ...output, system: circular } }, context)),
    [
      'output.port: expected a whole number from 1 to 65535, got an object (overrides)',
      'output.format: expected "snare", "snare-tab", "raw", "syslog" or "json", got null (overrides)',
      'output.system: expected a string of 1 to 255 characters, got an object (overrides)',
      'output.framing: expected "lf" or "octet-counting", got 2 (overrides)',
      'output.confirm: expected "closed" or "written", got a function (overrides)',
      'output.hostLogs: expected true or false, got Symbol(x) (overrides)',
      `self: expected a known option (overrides); known here: ${settingNames}`,
    ],
  );
});

/** The paths of all secrets, with the object that each is in. */
function secretPaths(schema: OptionSchema, path: readonly string[] = []): string[][] {
  if (schema['x-secret']) return [[...path]];
  const inside = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => secretPaths(child, [...path, key]));
  const variants = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap((variant) => secretPaths(variant, path));
  return [...inside, ...variants];
}

const secrets = secretPaths(createConfigSchema());
const planted = 'hunter2-planted';
const nest = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

const plants: readonly (readonly [string, (path: readonly string[]) => unknown, object?])[] = [
  ['in an object', (path) => nest(path, { [planted]: planted })],
  ['in a list', (path) => nest(path, [planted])],
  ['in place of its object', (path) => nest(path.slice(0, -1), planted)],
  ['under a misspelled key', (path) => nest([...path.slice(0, -1), `${path.at(-1)}x`], planted)],
  ['beside another fault', (path) => nest(path, planted)],
  ['from the environment', (path) => nest(path, '${SECRET}'), { SECRET: planted }],
  ['in a malformed placeholder', (path) => nest(path, `\${${planted}-x`)],
  ['in the default of a malformed placeholder', (path) => nest(path, `\${X Y:-${planted}}`)],
];

test('there is a secret to hide', (t) => {
  t.true(secrets.length > 0);
});

for (const path of secrets) {
  for (const [where, plant, environment = {}] of plants) {
    test(`the secret ${path.join('.')} is in no error when it is ${where}`, (t) => {
      const config = { ...(plant(path) as object), unparsed: 'x' };
      const error = errorOf(() => loadSettings({ id, config }, {}, { ...context, environment: { ...environment } }));
      t.false(error.message.includes(planted));
      t.false(JSON.stringify(error).includes(planted));
      t.false(inspect(error, { depth: 20, showHidden: true }).includes(planted));
    });
  }

  test(`the secret ${path.join('.')} is in no error when it is a number`, (t) => {
    // Without its type an output is not looked at any further.
    const overrides = path[0] === 'output' ? { output: { type: 'tls' } } : {};
    const error = errorOf(() => loadSettings({ id, config: nest(path, 987654321) as object }, overrides, context));
    t.false(inspect(error, { depth: 20, showHidden: true }).includes('987654321'));
    t.true(error.faults.some(({ received }) => received === '(hidden)'));
  });
}

test('a secret in a text that is not JSON is not quoted', (t) => {
  const file = join(folder, 'secret.json');
  writeFileSync(file, `{"externalId": "${planted}" x}`);
  const error = errorOf(() => loadSettings(file, {}, context));
  t.false(inspect(error, { depth: 20, showHidden: true }).includes(planted));
});

test('what is missing is missing where the object was begun', (t) => {
  const load = () => loadSettings({ id, config: { output: { type: 'file' } } }, { output: { format: 'raw' } });
  t.is(t.throws(load, { instanceOf: ConfigurationError }).faults[0]?.source, 'manifest');
});
