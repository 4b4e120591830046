/** What `setup --print` is tried with: each kind of part in at least one of them. */
import type { Stack } from '../../plugin/commands/setup/print/stack.js';

const simple: Stack = {
  ...{ stream: 'flow-logs', shards: undefined, logGroups: ['/aws/vpc/flow-logs'], filterName: 'kinesis-snare' },
  ...{ distribution: 'by-log-stream', looksUpFormats: false, consumer: undefined, roleArn: undefined },
};

export const printedStacks: readonly Stack[] = [
  simple,
  { ...simple, shards: 4, distribution: 'random', looksUpFormats: true, logGroups: ['/a', '/b', '/c.d#e'] },
  { ...simple, logGroups: [] },
  { ...simple, consumer: 'snare' },
  { ...simple, roleArn: 'arn:aws:iam::123456789012:role/flow-logs-to-kinesis' },
];
