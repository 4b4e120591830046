import { toUSVString } from 'node:util';
import test from 'ava';
import type { LineFormat } from '../../src/line-format.js';
import { createLineFormatter } from '../../src/snare/line.js';
import type { SnareRow } from '../../src/snare-row.js';
import { documentedLine } from '../fixtures/flow-logs.js';
import { documentedRow } from '../fixtures/rows.js';

const row: SnareRow = JSON.parse(documentedRow);
const generic: SnareRow = {
  DATE: '-',
  TIME: '-',
  SYSTEM: 'UNKNOWN',
  TABLE: 'AWSGenericLog',
  COLLECTIONDATETIME: '2022-11-17T22:10:02.5+11:00',
  CWLDATETIME: '-',
  DATETIME: '-',
  SNAREDATAMAP: { message: 'a\tb\n', reason: 'field-count' },
};
const host: SnareRow = {
  DATE: '2022-11-17',
  TIME: '22:09:41',
  SYSTEM: 'app-1',
  TABLE: 'GenericLog',
  COLLECTIONDATETIME: '2022-11-17T22:09:41.5Z',
  DATETIME: '2022-11-17T22:09:41.5Z',
  LEVEL: 'error',
  MESSAGE: 'no\troute',
  SNAREDATAMAP: {},
};
const hostAt = (level: string): SnareRow => ({ ...host, LEVEL: level });

const lines: readonly (readonly [format: LineFormat, row: SnareRow, expected: string])[] = [
  ['snare', row, `AWS Internal\tAWSVPCFlowLog\t0\t${documentedRow}\n`],
  ['json', row, `${documentedRow}\n`],
  ['raw', row, `AWS Internal\tAWSVPCFlowLog\t0\t${documentedLine}\n`],
  ['syslog', row, `<134>1 2022-11-17T22:09:41Z - kinesis-snare - AWSVPCFlowLog - ${documentedRow}\n`],
  [
    'snare-tab',
    row,
    'AWS Internal\tAWSVPCFlowLog\t0\t2022-11-17\t22:09:41\tAWS Internal\tAWSVPCFlowLog\t2022-11-17T22:10:02.5Z\t' +
      '2022-11-17T22:08:41Z\t2022-11-17T22:09:41Z\t2\t123456789012\teni-1234s1m4n56789\t122.31.17.169\t122.31.17.69\t' +
      '20641\t22\t6\t20\t4249\t2022-11-17T22:08:41Z\tACCEPT\tOK\t{}\n',
  ],
  [
    'snare-tab',
    generic,
    'UNKNOWN\tAWSGenericLog\t0\t-\t-\tUNKNOWN\tAWSGenericLog\t2022-11-17T22:10:02.5+11:00\t-\t-\t' +
      '{"message":"a\\u0009b\\u000a","reason":"field-count"}\n',
  ],
  [
    'snare-tab',
    host,
    'app-1\tGenericLog\t3\t2022-11-17\t22:09:41\tapp-1\tGenericLog\t2022-11-17T22:09:41.5Z\t' +
      '2022-11-17T22:09:41.5Z\terror\tno route\t{}\n',
  ],
  [
    'syslog',
    generic,
    '<134>1 - - kinesis-snare - AWSGenericLog - {"DATE":"-","TIME":"-","SYSTEM":"UNKNOWN","TABLE":"AWSGenericLog",' +
      '"COLLECTIONDATETIME":"2022-11-17T22:10:02.5+11:00","CWLDATETIME":"-","DATETIME":"-",' +
      '"SNAREDATAMAP":{"message":"a\\u0009b\\u000a","reason":"field-count"}}\n',
  ],
];

for (const [format, given, expected] of lines) {
  test(`a row of ${given.TABLE} as ${format}`, (t) => {
    t.is(createLineFormatter({ format })(given, documentedLine), expected);
  });
}

test('an empty value is a dash where tabs part the fields', (t) => {
  const formatLine = createLineFormatter({ format: 'snare-tab', system: '' });
  t.is(
    formatLine({ ...host, MESSAGE: '', LEVEL: '' }, ''),
    '-\tGenericLog\t0\t2022-11-17\t22:09:41\tapp-1\tGenericLog\t2022-11-17T22:09:41.5Z\t2022-11-17T22:09:41.5Z\t-\t-\t{}\n',
  );
});

const criticalities: readonly (readonly [level: string, criticality: number, severity: number])[] = [
  ['emerg', 4, 2],
  ['alert', 4, 2],
  ['crit', 4, 2],
  ['error', 3, 3],
  ['warn', 2, 4],
  ['warning', 2, 4],
  ['WARN', 2, 4],
  ['notice', 1, 6],
  ['info', 1, 6],
  ['http', 0, 6],
  ['verbose', 0, 6],
  ['debug', 0, 6],
  ['silly', 0, 6],
  ['-', 0, 6],
  ['constructor', 0, 6],
];

for (const [level, criticality, severity] of criticalities) {
  test(`a host log of level ${level} has criticality ${criticality} and severity ${severity}`, (t) => {
    t.is(createLineFormatter({ format: 'raw' })(hostAt(level), 'm'), `app-1\tGenericLog\t${criticality}\tm\n`);
    t.true(createLineFormatter({ format: 'syslog' })(hostAt(level), 'm').startsWith(`<${16 * 8 + severity}>1 `));
  });
}

for (const [criticality, severity] of [
  [0, 6],
  [1, 6],
  [2, 4],
  [3, 3],
  [4, 2],
] as const) {
  test(`criticality ${criticality} of the options is that of every line, severity ${severity}`, (t) => {
    for (const given of [row, generic, host]) {
      const fields = createLineFormatter({ format: 'raw', criticality })(given, 'm').split('\t');
      t.is(fields[2], String(criticality));
      t.true(createLineFormatter({ format: 'syslog', criticality })(given, 'm').startsWith(`<${128 + severity}>1 `));
    }
  });
}

test('the system of the options is the first field of the header and nothing else', (t) => {
  for (const format of ['snare', 'snare-tab', 'raw'] as const) {
    const plain = createLineFormatter({ format })(row, documentedLine);
    const named = createLineFormatter({ format, system: 'vpc\tone' })(row, documentedLine);
    t.is(named, plain.replace('AWS Internal', 'vpc one'));
  }
  for (const format of ['syslog', 'json'] as const) {
    const plain = createLineFormatter({ format })(row, documentedLine);
    t.is(createLineFormatter({ format, system: 'vpc one' })(row, documentedLine), plain);
  }
});

const hostnames: readonly (readonly [given: string | undefined, expected: string])[] = [
  ['app-1.example.com', 'app-1.example.com'],
  ['AWS Internal', 'AWS-Internal'],
  ['a\n\tb', 'a-b'],
  ['büro', 'b-ro'],
  ['', '-'],
  [undefined, '-'],
  ['a'.repeat(300), 'a'.repeat(255)],
];

for (const [given, expected] of hostnames) {
  test(`a hostname of ${JSON.stringify(given)?.slice(0, 30)} is ${expected.slice(0, 30)} in syslog`, (t) => {
    t.is(createLineFormatter({ format: 'syslog', hostname: given })(row, '').split(' ')[2], expected);
  });
}

const hostile = `${documentedLine}\r\n<0>1 - - - - -\tAWSVPCFlowLog\u001b[2J\u0000\u007f\u009b31m\u2028\u2029\ud800`;
const hostileRows: readonly SnareRow[] = [
  { ...generic, SNAREDATAMAP: { message: hostile, [hostile]: 'reason' } },
  { ...host, MESSAGE: hostile, LEVEL: hostile, SYSTEM: hostile },
  { ...row, ACCOUNTID: hostile, SNAREDATAMAP: { 'instance-tag': hostile } },
];

for (const format of ['snare', 'snare-tab', 'raw', 'syslog', 'json'] as const) {
  test(`no log can end a line, add a field or reach a terminal in ${format}`, (t) => {
    for (const given of hostileRows) {
      const line = createLineFormatter({ format, system: hostile, hostname: hostile })(given, hostile);
      t.true(line.endsWith('\n'));
      const text = line.slice(0, -1);
      t.is(text, toUSVString(text));
      t.notRegex(text.replaceAll('\t', ''), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      const fields = { snare: 4, 'snare-tab': 3 + Object.keys(given).length, raw: 4, syslog: 1, json: 1 }[format];
      t.is(text.split('\t').length, fields);
    }
  });
}

test('octet counting gives the bytes of the line before it, and no line feed', (t) => {
  const given = { ...host, MESSAGE: 'é日😀' };
  for (const format of ['snare', 'snare-tab', 'raw', 'syslog', 'json'] as const) {
    const line = createLineFormatter({ format })(given, 'é日😀').slice(0, -1);
    const framed = createLineFormatter({ format, framing: 'octet-counting' })(given, 'é日😀');
    t.is(framed, `${Buffer.from(line).length} ${line}`);
  }
});

test('the raw message is sent as it stands, but for its control characters', (t) => {
  const formatLine = createLineFormatter({ format: 'raw' });
  t.is(formatLine(row, ' a  b\r\n'), 'AWS Internal\tAWSVPCFlowLog\t0\t a  b  \n');
});
