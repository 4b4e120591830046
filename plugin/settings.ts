/**
 * Every setting of the plugin, once: its name, its limits, its default and the sentence that explains it. The types, the
 * manifest's `configSchema` and the table of options in the README are made from this file, and tests compare them.
 * Sentences say what the setting is for; units are in the names.
 */
import { z } from 'zod';
import { parseFormat } from '../src/flow-log/format.js';

const kib = 1024;
const mib = 1024 * kib;

const bytes = (minimum: number, maximum = 1024 * mib) => z.int().min(minimum).max(maximum);
const milliseconds = (minimum: number, maximum = 24 * 3600 * 1000) => z.int().min(minimum).max(maximum);

/** A file's path; relative ones are resolved against the manifest's folder, or the working directory in code. */
const filePath = (description: string) => z.string().min(1).meta({ 'x-path': true, description });

/** Shown as it is, so nothing secret may be in it; requests are signed, and need no password. */
const endpoint = (description: string) =>
  z
    .url({ protocol: /^https?$/ })
    .refine((text) => !/^[^/]*\/\/[^/]*@/.test(text), 'an address without a user and a password, got one with them')
    .optional()
    .describe(description);

/** A format as AWS shows it, or `auto`, taken as it stands: its `${...}` are field names, not environment variables. */
const flowLogFormat = z
  .string()
  .min(1)
  .check(({ value, issues }) => {
    const format = parseFormat(value);
    // The loader writes "expected" itself.
    if ('fault' in format) {
      issues.push({ code: 'custom', message: format.fault.replace(/^Expected /, ''), input: value });
    }
  })
  .meta({ 'x-verbatim': true });

const formatRule = z.strictObject({
  logGroup: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Glob for the log groups the rule is for; every group when left out.'),
  logStream: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Glob for the log streams the rule is for; every stream when left out.'),
  format: flowLogFormat.describe('The format as AWS shows it, such as `${version} ${srcaddr} ${dstaddr}`.'),
});

const checkpoint = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('file').describe('Keep the positions in a file on this machine.'),
    path: filePath('The checkpoint file; a lock and the previous version are kept beside it.').default(
      './kinesis-snare.checkpoint.json',
    ),
  }),
  z.strictObject({
    type: z.literal('memory').describe('Keep the positions for as long as the process lives; for trials.'),
  }),
]);

const inputOptions = z.strictObject({
  stream: z.string().min(1).describe('Name or ARN of the Kinesis data stream.'),
  region: z
    .string()
    .min(1)
    .optional()
    .describe("AWS region; taken from a stream's ARN, then from the AWS environment."),
  endpoint: endpoint('Another address for the Kinesis API, such as a VPC endpoint or an emulator.'),
  logGroups: z
    .array(z.string().min(1).max(512))
    .default([])
    .describe('Names of the CloudWatch Logs log groups whose flow logs the stream carries.'),
  healGaps: z
    .boolean()
    .default(false)
    .describe(
      'Fetch what AWS has dropped from the stream before it was read from `logGroups`, by itself, while the stream goes on.',
    ),
  logsEndpoint: endpoint('Another address for the CloudWatch Logs API, such as a VPC endpoint or an emulator.'),
  ec2Endpoint: endpoint('Another address for the EC2 API, which `formats` with `auto` asks.'),
  startAt: z
    .union([z.enum(['latest', 'earliest']), z.iso.datetime({ offset: true })])
    .default('latest')
    .describe('Where to begin when no checkpoint exists: `latest`, `earliest` or an RFC 3339 time.'),
  formats: z
    .union([flowLogFormat, z.array(z.union([flowLogFormat, formatRule]))])
    .default([])
    .describe(
      'Formats of the flow logs, tried in order before the AWS default formats; `auto`, also in a list, looks up those of each log group.',
    ),
  assumeRole: z
    .strictObject({
      arn: z.string().min(1).describe('ARN of the role to assume for reading the stream.'),
      externalId: z
        .string()
        .min(1)
        .optional()
        .meta({ writeOnly: true, 'x-secret': true })
        .describe('External id that the role asks for.'),
    })
    .optional()
    .describe('A role to assume on top of the credentials of the environment.'),
  checkpoint: checkpoint
    .default({ type: 'file', path: './kinesis-snare.checkpoint.json' })
    .describe('Where positions are kept.'),
  checkpointIntervalMs: milliseconds(0, 60_000)
    .default(1000)
    .describe('Longest time between an acknowledgement and its checkpoint.'),
  maxRecordBytes: bytes(64 * kib, 256 * mib)
    .default(16 * mib)
    .describe('Largest expanded size of one Kinesis record; a larger one is a dead letter.'),
  maxEventsPerRecord: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe('Most log events in one Kinesis record; a record with more is a dead letter.'),
  idleDelayMs: milliseconds(200, 60_000)
    .default(1000)
    .describe('Longest pause between two reads of a shard that is at its tip.'),
  onStreamRecreated: z
    .enum(['fail', 'reset'])
    .default('fail')
    .describe(
      'What to do when the stream was deleted and created again: stop, or set the checkpoint aside and begin anew.',
    ),
  onDataLoss: z
    .enum(['continue', 'fail'])
    .default('continue')
    .describe('What to do, once it is told, when AWS has dropped records that were not read: go on, or stop.'),
  proxy: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ writeOnly: true, 'x-secret': true })
    .describe('HTTP or HTTPS proxy for AWS, such as `http://proxy.example.com:3128`; may hold a user and a password.'),
  maxAttempts: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('Attempts at a record that fails in the program itself, after which it is a dead letter.'),
  stallLimitMs: milliseconds(1000)
    .default(300_000)
    .describe(
      'Time without a reply, or without an acknowledgement while some are due, after which a shard is reported.',
    ),
  shardSyncMs: milliseconds(1000, 3_600_000).default(60_000).describe('Time between two looks at the list of shards.'),
});

/** Gaps are healed from log groups, and a stream does not say which they are. */
const input = inputOptions.refine(({ healGaps, logGroups }) => !healGaps || logGroups.length > 0, {
  message: 'the name of at least one log group where input.healGaps is true, got none',
  path: ['logGroups'],
  // Left out, it would be told only once every other fault is mended.
  when: ({ value }) =>
    z.looseObject({ healGaps: z.literal(true), logGroups: z.array(z.unknown()) }).safeParse(value).success,
});

const maxLineBytes = bytes(480, 64 * mib)
  .default(4 * mib)
  .describe('Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.');

const lineFormat = z
  .enum(['snare', 'snare-tab', 'raw', 'syslog', 'json'])
  .default('snare')
  .describe('Layout of a line.');

const line = {
  format: lineFormat,
  maxLineBytes,
  system: z.string().min(1).max(255).optional().describe('First field of the header in place of the SYSTEM column.'),
  hostname: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("HOSTNAME of syslog lines; this machine's name when left out."),
  criticality: z
    .int()
    .min(0)
    .max(4)
    .optional()
    .describe('Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.'),
};

const host = {
  hostLogs: z.boolean().default(true).describe("Ship the host app's own logs too, as `GenericLog` rows."),
  maxHostLogBytes: bytes(kib)
    .default(8 * mib)
    .describe('Most bytes of host logs that wait; beyond it the newest are dropped and counted.'),
};

const buffer = {
  maxBufferedBytes: bytes(mib)
    .default(32 * mib)
    .describe(
      'Most memory for lines until they are written, then for what they were made of; at the limit reading stops.',
    ),
  maxBufferedRecords: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(2_000_000)
    .describe('Most lines that are not yet confirmed; at the limit reading stops.'),
};

const reconnect = {
  connectTimeoutMs: milliseconds(100, 300_000).default(10_000).describe('Longest wait for a connection.'),
  reconnectMaxMs: milliseconds(100, 600_000).default(30_000).describe('Longest pause between two attempts to connect.'),
};

const confirming = {
  confirm: z
    .enum(['closed', 'written'])
    .default('closed')
    .describe("What counts as delivered: the receiver's own close after ours, or the local write."),
  confirmTimeoutMs: milliseconds(100, 600_000)
    .default(10_000)
    .describe('Longest wait for the receiver to close, and to take half a megabyte of lines.'),
  confirmHoldMs: milliseconds(0, 60_000)
    .default(500)
    .describe('Time after which a later connection must also have ended well.'),
  rotateMs: milliseconds(50, 600_000).default(1000).describe('Longest time that one connection takes lines.'),
  rotateBytes: bytes(kib)
    .default(8 * mib)
    .describe('Most bytes that one connection takes.'),
};

const address = (defaultPort: number) => ({
  host: z.string().min(1).describe("The receiver's name or address."),
  port: z.int().min(1).max(65_535).default(defaultPort).describe("The receiver's port."),
});

const framing = {
  framing: z
    .enum(['lf', 'octet-counting'])
    .default('lf')
    .describe('How lines are told apart: a line feed after each, or its length in bytes before each (RFC 6587).'),
};

const connection = { ...framing, ...confirming, ...reconnect };
const common = { ...buffer, ...host };

const tls = z
  .strictObject({
    ca: filePath('Certificates to trust, PEM; those of Node when left out.').optional(),
    cert: filePath("The client's certificate, PEM, where the receiver asks for one.").optional(),
    key: filePath("The client's key, PEM.").optional(),
    passphrase: z
      .string()
      .min(1)
      .optional()
      .meta({ writeOnly: true, 'x-secret': true })
      .describe("Passphrase of the client's key."),
    serverName: z.string().min(1).optional().describe("Name in the receiver's certificate; the host when left out."),
    verify: z
      .enum(['strict', 'any'])
      .default('strict')
      .describe("Whether the receiver's certificate has to be good; `any` takes every one, and says so."),
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Lowest version of TLS.'),
  })
  .default({ verify: 'strict', minVersion: 'TLSv1.2' })
  .describe('Certificates; files are read again for every connection.');

const output = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('tcp').describe('Plain TCP.'),
    ...address(6161),
    ...line,
    ...connection,
    ...common,
  }),
  z.strictObject({
    type: z.literal('tls').describe('TLS over TCP.'),
    ...address(6163),
    ...line,
    tls,
    ...connection,
    ...common,
  }),
  z.strictObject({
    type: z
      .literal('udp')
      .describe('UDP, one line a datagram: fast, and nothing is ever confirmed but that it was sent.'),
    ...address(6161),
    ...line,
    reconnectMaxMs: reconnect.reconnectMaxMs,
    ...common,
  }),
  z.strictObject({
    type: z.literal('file').describe('A file that lines are appended to.'),
    path: filePath('The file; it is created with mode 0600.'),
    maxFileBytes: z
      .int()
      .min(0)
      .max(1024 * 1024 * mib)
      .default(0)
      .describe('Size at which the file is set aside as `.1`, that one as `.2` and so on; 0 for never.'),
    maxFiles: z.int().min(1).max(1000).default(5).describe('How many files that were set aside are kept.'),
    ...line,
    ...common,
  }),
  z.strictObject({ type: z.literal('stdout').describe('Standard output.'), ...line, ...common }),
]);

export const settingsSchema = z.strictObject({
  input: input.optional().describe('Where flow logs come from; left out, nothing is read.'),
  output: output.optional().describe('Where Snare lines go; left out, `register` adds no transport.'),
  unparsed: z
    .enum(['generic', 'dead-letter'])
    .default('generic')
    .describe('What becomes of a message that fits no format: an `AWSGenericLog` row or a dead letter.'),
  deadLetter: z
    .strictObject({
      path: filePath('The file of records that could not be read, NDJSON, mode 0600.').default(
        './kinesis-snare.dead-letter.ndjson',
      ),
      maxBytes: bytes(mib, 1024 * 1024 * mib)
        .default(1024 * mib)
        .describe('Largest size of that file; a shard that would go beyond it waits. Told at four fifths.'),
    })
    .default({ path: './kinesis-snare.dead-letter.ndjson', maxBytes: 1024 * mib })
    .describe('Where unreadable records are set aside.'),
  delivery: z
    .enum(['logger', 'direct'])
    .default('logger')
    .describe('Whether flow logs pass through the logger and its formats, or go straight to the output.'),
  acknowledge: z
    .enum(['confirmed', 'handed-over'])
    .default('confirmed')
    .describe('What lets a checkpoint pass: the confirmation of every SnareTransport, or the hand-over to the logger.'),
  maxReadBytes: bytes(10 * mib)
    .default(20 * mib)
    .describe(
      'Most bytes of Kinesis records that wait to be taken; those of a response are set aside before it is read.',
    ),
  drainTimeoutMs: milliseconds(0, 600_000)
    .default(25_000)
    .describe('Longest time that a stop waits for confirmations.'),
});

/** What a user may write: every default may be left out. */
export type SettingsInput = z.input<typeof settingsSchema>;
/** Settings of which any part may be left out, and `undefined` counts as left out; for settings given in code. */
export type SettingsOverrides = DeepPartial<SettingsInput>;
/** The settings with every default filled in. */
export type Settings = z.output<typeof settingsSchema>;
export type InputSettings = NonNullable<Settings['input']>;
export type OutputSettings = NonNullable<Settings['output']>;
export const outputSchema = output;
export const inputSchema = input;
export type OutputSettingsInput = z.input<typeof output>;

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;
