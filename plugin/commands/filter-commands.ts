/** Commands that take back what a set-up has done, or do what it does not, ready to be pasted into a shell. */
import type { NewFilter } from '../../src/cloudwatch/subscriptions.js';
import { quoteWord } from '../terminal-text.js';

/** @param region left out, that of the shell's AWS environment */
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

/** @param options those that are undefined are left out */
export function formatCommand(command: string, options: Readonly<Record<string, string | undefined>>): string {
  const words = Object.entries(options).flatMap(([name, value]) => {
    return value === undefined ? [] : [`--${name}`, quoteWord(value)];
  });
  return [command, ...words].join(' ');
}
