/** The options that commands share, the values that options take, and the shapes of what is parsed. */
import { InvalidArgumentError, Option } from 'commander';
import type { Distribution } from '../../src/cloudwatch/subscriptions.js';
import { isLogGroup, logGroupForm } from '../../src/log-group-name.js';
import type { LogFormat, LogLevel } from './diagnostics.js';
import { parseSpan } from './parse-time.js';

export interface CommonOptions {
  readonly logFormat: LogFormat;
  /** The least important messages to print. */
  readonly logLevel?: LogLevel;
  readonly quiet?: boolean;
}

export interface ManifestOptions extends CommonOptions {
  readonly manifest: string;
}

export const printTools = ['cloudformation', 'terraform'] as const;

export interface SetupFlags extends ManifestOptions {
  readonly print?: (typeof printTools)[number];
  readonly yes?: true;
  readonly logGroup?: readonly string[];
  readonly roleArn?: string;
  readonly shards?: number;
  readonly filterName: string;
  readonly distribution: Distribution;
  readonly filtersPerGroup: number;
}

export interface BackfillFlags extends ManifestOptions {
  readonly logGroup: string;
  readonly logStreamPrefix?: string;
  readonly from: string;
  readonly to: string;
  readonly dryRun?: true;
  readonly giveUp: number;
}

export interface ReconcileFlags extends ManifestOptions {
  readonly logGroup: string;
  readonly from: string;
  readonly to: string;
  readonly json?: true;
  readonly giveUp: number;
}

export const manifestOption = () =>
  new Option('-m, --manifest <file>', 'Manifest with the settings').default('./manifest.json');

export const logFormatOption = () =>
  new Option('--log-format <format>', 'Format of the messages on standard error')
    .choices(['text', 'json'])
    .default('text');

export const logLevelOption = () =>
  new Option('--log-level <level>', 'Least important messages to print')
    .choices(['error', 'warn', 'info'])
    .default('info');

export const statsIntervalOption = () =>
  new Option('--stats-interval <time>', 'Time between two lines of totals, such as 30s or 1h; 0 for none')
    .argParser(toSpan)
    .default(300_000, '5min');

function toSpan(text: string): number {
  const ms = parseSpan(text);
  if (ms === undefined || (ms > 0 && ms < 1000) || ms > 2 ** 31 - 1)
    throw new InvalidArgumentError('Expected 0, or a time of 1 s to 24 days such as 30s, 5min or 1h.');
  return ms;
}

export const giveUpOption = () =>
  new Option('--give-up <seconds>', 'Time without progress after which the command fails')
    .argParser(toCount)
    .default(60);

const toWholeNumber = (least: number, most: number) => (text: string) => {
  const number = Number(text);
  if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number;
  throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
};
export const toShards = toWholeNumber(1, 1000);
export const toRate = toWholeNumber(1, 10_000);
export const toSeed = toWholeNumber(0, 2 ** 32 - 1);
export const toPort = toWholeNumber(0, 65_535);

/** The names that Kinesis accepts. */
export function toStreamName(text: string): string {
  if (/^[\w.-]{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 128 letters, digits, "_", "-" or ".".');
}

/** What CloudWatch Logs accepts: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html */
export function toFilterName(text: string): string {
  if (/^[^:*]{1,512}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 512 characters without ":" and "*".');
}

const toLogGroup = (text: string) => {
  if (isLogGroup(text)) return text;
  throw new InvalidArgumentError(`Expected ${logGroupForm}.`);
};

export const logGroupOption = () =>
  new Option('--log-group <name>', 'Name or ARN of the log group').argParser(toOneLogGroup).makeOptionMandatory();

function toOneLogGroup(text: string, other?: string): string {
  if (other === undefined) return toLogGroup(text);
  throw new InvalidArgumentError('Give one log group; run the command once for each.');
}

export const logGroupsOption = (description: string) =>
  new Option('--log-group <names...>', description).argParser((text, others: readonly string[] = []) => [
    ...others,
    toLogGroup(text),
  ]);

export function toCount(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Expected a whole number above 0.');
  return number;
}
