/**
 * Knowledge of subscription filters that `check` and `setup` share: the defaults of setup, what a filter keeps from the stream,
 * and commands to paste into a shell. The commands undo a step of setup or do what setup does not do.
 */
import type { NewFilter } from '../../src/cloudwatch/subscriptions.js';
import { quoteWord } from '../terminal-text.js';
import { count } from './count.js';

export const defaultFilterName = 'kinesis-snare';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
export const defaultFiltersPerGroup = 2;

/** The log events that a pattern does not pass; undefined if it passes every line. */
export function describeLoss(pattern: string): string | undefined {
  const text = pattern.trim();
  if (text === '') return undefined;
  const [, inside] = /^\[(.*)\]$/s.exec(text) ?? [];
  if (inside === undefined) return `its pattern "${pattern}" passes only lines that match`;
  const fields = inside.split(',').map((field) => field.trim());
  const conditions = fields.filter((field) => /[=<>]/.test(field));
  if (conditions.length > 0) {
    return `its pattern passes only lines with ${conditions.map((condition) => `"${condition}"`).join(', ')}`;
  }
  // An ellipsis matches any number of fields. If a pattern has only an ellipsis and names, every longer line matches.
  if (fields.includes('...')) return undefined;
  return `its pattern passes only lines of ${count(fields.length, 'field')}, and drops those of other formats`;
}

/** @param region default: the region of the shell's AWS environment */
export function deleteStream(stream: string, region?: string): string {
  return formatCommand('aws kinesis delete-stream', { 'stream-name': stream, region });
}

/** The command finds the ARN of the stream itself, which is not known before the stream exists. */
export function deregisterConsumer(stream: string, consumer: string, region: string): string {
  const query = { 'stream-name': stream, query: 'StreamDescriptionSummary.StreamARN', output: 'text', region };
  const arn = formatCommand('aws kinesis describe-stream-summary', query);
  const command = formatCommand('aws kinesis deregister-stream-consumer', { 'consumer-name': consumer, region });
  return `${command} --stream-arn "$(${arn})"`;
}

export function updateShards(stream: string, shards: number, region: string): string {
  const options = {
    'stream-name': stream,
    'target-shard-count': String(shards),
    'scaling-type': 'UNIFORM_SCALING',
    region,
  };
  return formatCommand('aws kinesis update-shard-count', options);
}

export function deleteFilter(logGroup: string, filterName: string, region?: string): string {
  const options = { 'log-group-name': logGroup, 'filter-name': filterName, region };
  return formatCommand('aws logs delete-subscription-filter', options);
}

export function putFilter(logGroup: string, filter: NewFilter, region?: string): string {
  return formatCommand('aws logs put-subscription-filter', {
    'log-group-name': logGroup,
    'filter-name': filter.name,
    'filter-pattern': filter.pattern,
    'destination-arn': filter.destinationArn,
    'role-arn': filter.roleArn,
    distribution: filter.distribution === 'random' ? 'Random' : 'ByLogStream',
    region,
  });
}

/** @param options undefined options are omitted */
export function formatCommand(command: string, options: Readonly<Record<string, string | undefined>>): string {
  const words = Object.entries(options).flatMap(([name, value]) => {
    return value === undefined ? [] : [`--${name}`, quoteWord(value)];
  });
  return [command, ...words].join(' ');
}
