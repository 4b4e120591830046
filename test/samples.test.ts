/**
 * Reads public samples of flow logs and subscription payloads, which lie beside the repository and are not part of it.
 * Where they are missing, each test says so and passes. Counts are asserted, so that a file that is lost is noticed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { decodeRecord } from '../src/decode/decode-record.js';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from '../src/flow-log/default-formats.js';
import { createFormatList } from '../src/flow-log/format-list.js';
import { parseFlowLog } from '../src/flow-log/parse.js';
import type { FlowLog as ParsedFlowLog } from '../src/flow-log.js';
import { type FlowLogFormat, parseFormat } from '../src/flow-log-format.js';
import { toFlowLogRow } from '../src/snare/row.js';

const folder = resolve(process.cwd(), '../shared/samples');
const seen = new Set<string>();

function sample(title: string, run: (t: ExecutionContext) => void | Promise<void>): void {
  test.serial(`samples: ${title}`, (t) => {
    if (existsSync(folder)) return run(t);
    t.log(`Skipped: no folder "${folder}"`);
    t.pass();
  });
}

function readBytes(file: string): Buffer {
  seen.add(file);
  return readFileSync(resolve(folder, file));
}

const readLines = (file: string) =>
  readBytes(file)
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '');
const readJson = (file: string) => JSON.parse(readBytes(file).toString());
const defaults = [DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT];

type FlowLog = ParsedFlowLog<FlowLogFormat>;

function toFormat(text: string): FlowLogFormat {
  const format = parseFormat(text);
  if ('fault' in format) throw new Error(format.fault);
  return format;
}

function parse(line: string, formats: readonly FlowLogFormat[]): FlowLog {
  const parsed = parseFlowLog(line, formats);
  if ('reason' in parsed) throw new Error(`Expected a flow log, got ${parsed.reason}: ${line}`);
  return parsed;
}

const toRow = (flowLog: FlowLog) =>
  toFlowLogRow(flowLog, { timestamp: undefined, message: '' }, { atMs: 0, offsetMinutes: 0 });

/** All that a line says, however its format and the parser part it. */
function assertLine(t: ExecutionContext, line: string, format: FlowLogFormat): void {
  const flowLog = parse(line, [format]);
  t.deepEqual(flowLog.values, line.replace('\ufeff', '').trim().split(/\s+/));
  const { SNAREDATAMAP, ...columns } = toRow(flowLog);
  for (const [index, { name }] of format.fields.entries()) {
    if (name === 'start' || name === 'end') continue;
    t.is(SNAREDATAMAP[name] ?? columns[name.replaceAll('-', '').toUpperCase()], flowLog.values[index], name);
  }
}

const defaultFiles: Readonly<Record<string, number>> = {
  'DataDog-datadog-serverless-functions/vpcflow.log': 3,
  'andyakins-VPCFlowReporter/acceptRaw.dat': 19,
  'andyakins-VPCFlowReporter/sample.dat': 60,
  'asecurityteam-go-vpcflow/valid.log': 14,
  'obsrvbl-flowlogs-reader/v2-records.log': 6,
};

for (const [file, count] of Object.entries(defaultFiles)) {
  sample(`${count} lines in the default format, ${file}`, (t) => {
    const lines = readLines(file);
    t.is(lines.length, count);
    for (const line of lines) assertLine(t, line, DEFAULT_FORMAT);
  });
}

// The lines after each header, and why others are none.
const headerFiles: Readonly<Record<string, readonly [rows: readonly number[], reasons: readonly string[]]>> = {
  'coralogix-aws-shipper/vpcflow.log': [[2], []],
  'grafana-lambda-promtail/vpcflowlog.log': [[3], []],
  'kentik-ktranslate/s3-multi-header.log': [[4, 2, 1, 1], []],
  'obsrvbl-flowlogs-reader/v3-s3-file.log': [[2], []],
  'obsrvbl-flowlogs-reader/v4-s3-file.log': [[2], []],
  'obsrvbl-flowlogs-reader/v5-s3-file.log': [[2], ['field-count']],
  'obsrvbl-flowlogs-reader/v6-s3-file.log': [[1], []],
  'open-telemetry-collector-contrib/valid_tgw_flow_log.log': [[1], []],
  'open-telemetry-collector-contrib/valid_vpc_flow_log.log': [[1], []],
  'open-telemetry-collector-contrib/valid_vpc_flow_log_ecs.log': [[1], []],
  'open-telemetry-collector-contrib/valid_vpc_flow_log_multi.log': [[2], []],
  'open-telemetry-collector-contrib/vpc_flow_log_too_few_fields.log': [[0], ['field-count']],
  'open-telemetry-collector-contrib/vpc_flow_log_too_many_fields.log': [[0], ['field-count']],
};

for (const [file, expected] of Object.entries(headerFiles)) {
  sample(`lines in the format of their header, ${file}`, (t) => {
    const rows: number[] = [];
    const reasons: string[] = [];
    let format = DEFAULT_FORMAT;
    for (const line of readLines(file)) {
      const parsed = parseFlowLog(line, [format]);
      if ('values' in parsed) {
        assertLine(t, line, format);
        rows[rows.length - 1] = (rows.at(-1) ?? 0) + 1;
      } else if (parsed.reason === 'header') {
        format = toFormat(line);
        t.deepEqual(
          format.fields.filter(({ version }) => version === undefined),
          [],
        );
        rows.push(0);
      } else {
        reasons.push(parsed.reason);
      }
    }
    t.deepEqual([rows, reasons], [[...expected[0]], [...expected[1]]]);
  });
}

for (const file of ['coralogix-aws-shipper/vpcflow.log', 'grafana-lambda-promtail/vpcflowlog.log']) {
  sample(`a file of S3 is no subscription payload, ${file}.gz`, (t) => {
    const bytes = readBytes(`${file}.gz`);
    t.is(gunzipSync(bytes).toString(), readBytes(file).toString());
    const { envelopes, rejected } = decodeRecord(bytes, caps);
    t.deepEqual([envelopes.length, rejected.map(({ reason }) => reason)], [0, ['bad-json']]);
  });
}

sample('lines that are malformed, asecurityteam-go-vpcflow/malformed.log', (t) => {
  const results = readLines('asecurityteam-go-vpcflow/malformed.log').map((line) => parseFlowLog(line, defaults));
  t.deepEqual(
    results.map((parsed) => ('reason' in parsed ? parsed.reason : [toRow(parsed).START, toRow(parsed).DATETIME])),
    [
      ...Array(4).fill('field-type'),
      // For that project a flow without a start or an end is an error; here a value that is not there is allowed.
      ['-', '2014-12-14T04:07:50Z'],
      ['2014-12-14T04:06:50Z', '2014-12-14T04:06:50Z'],
    ],
  );
});

interface Case {
  readonly format: string;
  readonly lines: readonly string[];
}

for (const [file, linesFile, formats, count] of [
  ['vectordotdev-vrl/cases.json', 'vectordotdev-vrl/all-lines.log', 7, 30],
  ['awsdocs-amazon-vpc-user-guide/examples.json', 'awsdocs-amazon-vpc-user-guide/examples.log', 5, 27],
] as const) {
  sample(`${count} lines in ${formats} formats, tried together, ${file}`, (t) => {
    const cases: Case[] = readJson(file);
    const texts = [...new Set(cases.map(({ format }) => format))];
    const list = createFormatList(texts.map((format) => ({ format })));
    if ('faults' in list) return t.fail();
    t.deepEqual([texts.length, list.ambiguous], [formats, []]);
    for (const { format, lines } of cases) {
      for (const line of lines) {
        assertLine(t, line, toFormat(format));
        t.is(parse(line, list.select('', '')).format.text, toFormat(format).text);
      }
    }
    const lines = cases.flatMap((one) => one.lines);
    t.is(lines.length, count);
    t.deepEqual(new Set(readLines(linesFile)), new Set(lines));
  });
}

/** A value that another project expects: null for none, a number for an integer, a time as RFC 3339. */
function assertField(t: ExecutionContext, flowLog: FlowLog, name: string, expected: unknown): void {
  const row = toRow(flowLog);
  const value = flowLog.values[flowLog.format.positions.get(name.replaceAll('_', '-')) ?? -1];
  if (expected === null) t.is(value, '-', name);
  else if (typeof expected === 'number') t.is(Number(value), expected, name);
  else if (name === 'start' || name === 'end')
    t.is<unknown, unknown>(name === 'end' ? row.DATETIME : row.START, expected, name);
  else t.is(value, expected as string, name);
}

sample('the values that another project expects, vectordotdev-vrl/vrl-docs-examples.expected.json', (t) => {
  const examples: { source: string; return: Record<string, unknown> }[] = readJson(
    'vectordotdev-vrl/vrl-docs-examples.expected.json',
  );
  t.is(examples.length, 4);
  for (const { source, return: expected } of examples) {
    const [line = '', format] = [...source.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text);
    const flowLog = parse(line, format === undefined ? defaults : [toFormat(format)]);
    t.is(flowLog.values.length, Object.keys(expected).length);
    for (const [name, value] of Object.entries(expected)) assertField(t, flowLog, name, value);
  }
});

sample('the values that another project expects, obsrvbl-flowlogs-reader/expected.json', (t) => {
  const examples: { line: string; expected: Record<string, unknown> }[] = readJson(
    'obsrvbl-flowlogs-reader/expected.json',
  );
  t.is(examples.length, 2);
  for (const { line, expected } of examples) {
    t.is(Object.keys(expected).length, 14);
    for (const [name, value] of Object.entries(expected)) assertField(t, parse(line, defaults), name, value);
  }
});

const essentials: Readonly<Record<string, string>> = {
  'cloud.account.id': 'account-id',
  'aws.vpc.flow.log.version': 'version',
  'network.interface.name': 'interface-id',
  'source.port': 'srcport',
  'destination.port': 'dstport',
  'aws.vpc.flow.packets': 'packets',
  'aws.vpc.flow.bytes': 'bytes',
  'aws.vpc.flow.start': 'start',
  'aws.vpc.flow.action': 'action',
  'aws.vpc.flow.status': 'log-status',
  'source.address': 'srcaddr',
  'destination.address': 'dstaddr',
};

sample('the values that another project expects, open-telemetry-collector-contrib/expected-essentials.json', (t) => {
  const project = 'open-telemetry-collector-contrib';
  const examples: { file: string; line: number; expected?: Record<string, unknown> }[] = readJson(
    `${project}/expected-essentials.json`,
  );
  t.is(examples.length, 4);
  for (const { file, line, expected = {} } of examples) {
    const text = readLines(`${project}/${file}`)[line - 1] ?? '';
    if (file.startsWith('vpc_flow_log_too')) {
      // With a field too few, that project takes what is there; here the whole line is kept, as not parsed.
      t.deepEqual(parseFlowLog(text, defaults), { reason: 'field-count' });
      continue;
    }
    const flowLog = parse(text, defaults);
    for (const [name, value] of Object.entries(expected)) {
      const field = essentials[name];
      if (field !== undefined) assertField(t, flowLog, field, value);
    }
    t.is(BigInt(Date.parse(toRow(flowLog).DATETIME)) * 1_000_000n, BigInt(String(expected.timeUnixNano)));
    t.is(Object.keys(expected).filter((name) => name in essentials).length, Object.keys(essentials).length);
  }
});

const caps = { maxRecordBytes: 16 * 1024 * 1024, maxEventsPerRecord: 10_000 };
const TGW_CW_FORMAT =
  'version account-id tgw-id tgw-attachment-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id ' +
  'tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport ' +
  'protocol packets bytes start end log-status type tcp-flags flow-direction region';

const payloadFiles: readonly (readonly [file: string, events: number, logStream: string, format?: string])[] = [
  ['airbnb-streamalert/subscription-with-extractedFields.json', 2, 'eni-77ccbe24-all'],
  ['newrelic-aws-log-ingestion/entry_vpc_flow_logs.json', 1, 'eni-9f825df9-all'],
  ['open-telemetry-collector-contrib/valid_vpc_flow_cw.json', 2, 'eni-1235b8ca123456789'],
  [
    'open-telemetry-collector-contrib/valid_vpc_flow_cw_custom.json',
    2,
    'eni-1234567890abcdef',
    'version interface-id srcaddr dstaddr',
  ],
  ['open-telemetry-collector-contrib/valid_tgw_flow_cw.json', 1, 'tgw-0abc12345def67890', TGW_CW_FORMAT],
];

for (const [file, count, logStream, format] of payloadFiles) {
  sample(`a payload of ${count} events, ${file}`, (t) => {
    const { envelopes, controlMessages, rejected } = decodeRecord(readBytes(file), caps);
    t.deepEqual([envelopes.length, controlMessages, rejected], [1, 0, []]);
    t.is(envelopes[0]?.logStream, logStream);
    const events = envelopes[0]?.events ?? [];
    t.is(events.length, count);
    for (const { message } of events) assertLine(t, message, format ? toFormat(format) : DEFAULT_FORMAT);
    t.deepEqual(
      events.map(({ id, timestamp, message }) => ({ id, timestamp, message })),
      readJson(file).logEvents.map(({ id, timestamp, message }: Record<string, unknown>) => ({
        id,
        timestamp,
        message,
      })),
    );
  });
}

sample('the values that another project expects, airbnb-streamalert', (t) => {
  const names = {
    ...{ account: 'account-id', action: 'action', bytes: 'bytes', destination: 'dstaddr', destport: 'dstport' },
    ...{ eni: 'interface-id', flowlogstatus: 'log-status', packets: 'packets', protocol: 'protocol' },
    ...{ source: 'srcaddr', srcport: 'srcport', version: 'version', windowend: 'end', windowstart: 'start' },
  };
  const record = readBytes('airbnb-streamalert/subscription-with-extractedFields.json');
  const messages = decodeRecord(record, caps).envelopes.flatMap(({ events }) => events.map((one) => one.message));
  const expected: Record<string, unknown>[] = readJson(
    'airbnb-streamalert/subscription-with-extractedFields.expected.json',
  );
  t.is(messages.length, expected.length);
  for (const [index, one] of expected.entries()) {
    const flowLog = parse(messages[index] ?? '', defaults);
    for (const [key, name] of Object.entries(names)) assertField(t, flowLog, name, one[key]);
  }
});

sample('six payloads, one by one and back to back, kentik-ktranslate', (t) => {
  const payloads: unknown[] = readJson('kentik-ktranslate/kinesis-subscription-with-extractedFields.json');
  t.is(payloads.length, 6);
  const texts = payloads.map((payload) => JSON.stringify(payload));
  for (const record of [texts.join(''), texts.join('\n')]) {
    const { envelopes, rejected } = decodeRecord(Buffer.from(record), caps);
    const events = envelopes.flatMap((envelope) => envelope.events);
    t.deepEqual([envelopes.length, events.length, rejected], [6, 9, []]);
    for (const { message } of events) assertLine(t, message, DEFAULT_FORMAT);
  }
});

sample('control messages', (t) => {
  const [wrapped] = readJson('airbnb-streamalert/cloudwatch_control_message.json');
  for (const record of [
    Buffer.from(JSON.stringify(wrapped.override_record)),
    readBytes('dynatrace-aws-log-forwarder/control-message-firehose.json'),
    readBytes('influxdata-telegraf/control-message.json'),
    readBytes('influxdata-telegraf/control-message.json.gz'),
  ]) {
    t.deepEqual(decodeRecord(record, caps), { envelopes: [], controlMessages: 1, rejected: [] });
  }
});

sample('every file is read', (t) => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => `${basename(entry.parentPath)}/${entry.name}`);
  t.is(files.length, 39);
  t.deepEqual(
    files.filter((file) => !seen.has(file)),
    [],
  );
});
