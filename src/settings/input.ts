/** The settings of the input: the stream that flow logs are read from. */
import { z } from 'zod';
import { parseFormat } from '../flow-log-format.js';
import { isLogGroup, logGroupForm } from '../log-group-name.js';
import { bytes, endpoint, filePath, kib, mib, milliseconds } from './kinds.js';

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
    .describe('Glob for the log groups of the rule. Default: every log group.'),
  logStream: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Glob for the log streams of the rule. Default: every log stream.'),
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
    type: z.literal('memory').describe('Keep the positions in memory until the process ends; for trials.'),
  }),
  z.strictObject({
    type: z
      .literal('dynamodb')
      .describe('Share the shards with other processes, by leases in a DynamoDB table in the shape of KCL.'),
    table: z
      .string()
      .refine((text) => /^[\w.-]{3,255}$/.test(text), 'a name of 3 to 255 letters, digits, "_", "-" or "."')
      .describe('Name of the table, one for each stream. Created at the first start if it does not exist.'),
    endpoint: endpoint('Address of the DynamoDB API if it is not the default, such as a VPC endpoint or an emulator.'),
    path: filePath(
      'Prefix of the local files of this process: its lock, and the gaps that it has to fetch. Each process on a machine requires its own.',
    ).default('./kinesis-snare.worker'),
    leaseMs: milliseconds(3000, 300_000)
      .default(10_000)
      .describe(
        'Time without a renewed lease after which other processes take over. The same for the whole fleet; with KCL, its `failoverTimeMillis`.',
      ),
    workerId: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Name of this process in the table; a random suffix makes it unique. Default: the host name.'),
  }),
]);

const inputOptions = z.strictObject({
  stream: z.string().min(1).describe('Name or ARN of the Kinesis data stream.'),
  region: z
    .string()
    .min(1)
    .optional()
    .describe("AWS region. Default: from the stream's ARN, or else from the AWS environment."),
  endpoint: endpoint('Address of the Kinesis API if it is not the default, such as a VPC endpoint or an emulator.'),
  logGroups: z
    .array(z.string().refine(isLogGroup, `${logGroupForm}, got another text`))
    .default([])
    .describe(
      'Names or ARNs of the CloudWatch Logs log groups whose flow logs the stream carries. A name has 1 to 512 letters, digits, `_`, `-`, `/`, `.` or `#`.',
    ),
  accounts: z
    .array(z.string().refine((text) => /^\d{12}$/.test(text), 'an account of 12 digits, got another text'))
    .default([])
    .describe('AWS accounts whose log groups the stream carries, 12 digits each. Default: every account.'),
  otherLogGroups: z
    .enum(['accept', 'dead-letter', 'ignore'])
    .default('accept')
    .describe(
      'What happens to log events that name a log group or account other than those in `logGroups` and `accounts`. Ignored log events are counted.',
    ),
  healGaps: z
    .boolean()
    .default(false)
    .describe(
      'Fetch the log events that AWS dropped from the stream before they were read, from `logGroups`, while the stream is read.',
    ),
  logsEndpoint: endpoint(
    'Address of the CloudWatch Logs API if it is not the default, such as a VPC endpoint or an emulator.',
  ),
  ec2Endpoint: endpoint('Address of the EC2 API if it is not the default; used by `formats` with `auto`.'),
  startAt: z
    .union([z.enum(['latest', 'earliest']), z.iso.datetime({ offset: true })])
    .default('latest')
    .describe(
      'Where to begin if no checkpoint exists: `latest`, `earliest` or an RFC 3339 time. If the time is in the future, reading starts then.',
    ),
  fanOut: z
    .strictObject({
      consumer: z
        .string()
        .refine((text) => /^[\w.-]{1,128}$/.test(text), 'a name of 1 to 128 letters, digits, "_", "-" or "."')
        .describe('Name of the registered consumer; `setup` registers it. No other program may use it.'),
    })
    .optional()
    .describe(
      'Read by enhanced fan-out: AWS sends each shard over its own connection, with 2 MB a second that other readers do not share. AWS charges for it. Default: the shards are polled.',
    ),
  formats: z
    .union([flowLogFormat, z.array(z.union([flowLogFormat, formatRule]))])
    .default([])
    .describe(
      'Formats of the flow logs, tried in order before the default formats of AWS. `auto`, alone or in a list, looks up the formats of each log group.',
    ),
  assumeRole: z
    .strictObject({
      arn: z.string().min(1).describe('ARN of the role to assume for reading the stream.'),
      externalId: z
        .string()
        .min(1)
        .optional()
        .meta({ writeOnly: true, 'x-secret': true })
        .describe('External id that the role requires.'),
    })
    .optional()
    .describe('A role to assume with the credentials of the environment.'),
  checkpoint: checkpoint
    .default({ type: 'file', path: './kinesis-snare.checkpoint.json' })
    .describe('Where positions are kept.'),
  checkpointIntervalMs: milliseconds(0, 60_000)
    .default(1000)
    .describe('Longest time between an acknowledgement and its checkpoint.'),
  ledgerDays: z
    .int()
    .min(0)
    .max(400)
    .default(14)
    .describe(
      'Days for which the ledger beside the checkpoint file keeps hourly counts, for `reconcile`. 0: no counts are kept.',
    ),
  maxRecordBytes: bytes(64 * kib, 256 * mib)
    .default(16 * mib)
    .describe('Largest size of one Kinesis record after gunzip. A larger one is a dead letter.'),
  maxEventsPerRecord: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe('Most log events in one Kinesis record; a record with more is a dead letter.'),
  idleDelayMs: milliseconds(200, 60_000)
    .default(1000)
    .describe('Longest pause between two reads of a shard that has no more records.'),
  onStreamRecreated: z
    .enum(['fail', 'reset'])
    .default('fail')
    .describe(
      'What to do if the stream was deleted and created again: stop, or rename the checkpoint and start as if there were none.',
    ),
  onDataLoss: z
    .enum(['continue', 'fail'])
    .default('continue')
    .describe('What to do after a report that AWS dropped records before they were read: continue, or stop.'),
  proxy: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ writeOnly: true, 'x-secret': true })
    .describe(
      'HTTP or HTTPS proxy for requests to AWS, such as `http://proxy.example.com:3128`; may contain a user and a password.',
    ),
  maxAttempts: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('Attempts to process a record that causes an error, before it becomes a dead letter.'),
  stallLimitMs: milliseconds(1000)
    .default(300_000)
    .describe(
      'Time without a response, or without an acknowledgement while some are due, after which a shard is reported as stalled.',
    ),
  shardSyncMs: milliseconds(1000, 3_600_000)
    .default(60_000)
    .describe('Time between two requests for the list of shards.'),
});

/** Gaps are healed from log groups, and a stream does not name its log groups. */
export const inputSchema = inputOptions
  .refine(({ healGaps, logGroups }) => !healGaps || logGroups.length > 0, {
    message: 'the name of at least one log group where input.healGaps is true, got none',
    path: ['logGroups'],
    // Without this, it would be reported only after every other fault is fixed.
    when: ({ value }) =>
      z.looseObject({ healGaps: z.literal(true), logGroups: z.array(z.unknown()) }).safeParse(value).success,
  })
  .refine(
    ({ otherLogGroups, logGroups, accounts }) => otherLogGroups === 'accept' || [...logGroups, ...accounts].length > 0,
    {
      message: 'input.logGroups or input.accounts where input.otherLogGroups is not "accept", got neither',
      path: ['otherLogGroups'],
      when: ({ value }) =>
        z.looseObject({ logGroups: z.array(z.unknown()), accounts: z.array(z.unknown()) }).safeParse(value).success,
    },
  )
  .refine(({ fanOut, proxy }) => fanOut === undefined || proxy === undefined, {
    message: 'no input.proxy where input.fanOut is set, since enhanced fan-out cannot go through a proxy',
    path: ['proxy'],
    when: ({ value }) => z.looseObject({ fanOut: z.looseObject({}), proxy: z.string() }).safeParse(value).success,
  });
