/**
 * What `check` and `setup` both know of subscription filters: what setup does by default, what a filter keeps from the stream,
 * and the commands that undo a step of setup or do what it does not, ready to be pasted into a shell.
 */
import type { NewFilter } from '../../src/cloudwatch/subscriptions.js';
import { quoteWord } from '../terminal-text.js';
import { count } from './count.js';

export const defaultFilterName = 'kinesis-snare';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
export const defaultFiltersPerGroup = 2;

/** What a pattern keeps from the stream; undefined when it passes every line. */
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
  // An ellipsis stands for any number of fields: with nothing but it and names, every longer line matches.
  if (fields.includes('...')) return undefined;
  return `its pattern passes only lines of ${count(fields.length, 'field')}, and drops those of other formats`;
}

/** @param region when left out, that of the shell's AWS environment */
export function deleteStream(stream: string, region?: string): string {
  return formatCommand('aws kinesis delete-stream', { 'stream-name': stream, region });
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

/** @param options undefined ones are left out */
export function formatCommand(command: string, options: Readonly<Record<string, string | undefined>>): string {
  const words = Object.entries(options).flatMap(([name, value]) => {
    return value === undefined ? [] : [`--${name}`, quoteWord(value)];
  });
  return [command, ...words].join(' ');
}
