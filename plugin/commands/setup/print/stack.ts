/** What `setup` creates, as it is written for a tool that creates it: the same for each tool. */
import type { Distribution } from '../../../../src/cloudwatch/subscriptions.js';

export interface Stack {
  /** Name of the stream. */
  readonly stream: string;
  /** Undefined means on demand. */
  readonly shards: number | undefined;
  /** The role with which CloudWatch Logs writes to the stream; undefined for one of the stack's own. */
  readonly roleArn: string | undefined;
  /** Names; they exist. */
  readonly logGroups: readonly string[];
  readonly filterName: string;
  readonly distribution: Distribution;
  /** Name of the consumer for enhanced fan-out; undefined if the stream is polled. */
  readonly consumer: string | undefined;
  /** Whether the program looks up formats with EC2. */
  readonly looksUpFormats: boolean;
}

/** An alarm on a metric of the stream, https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html. */
export interface StreamAlarm {
  readonly name: 'iterator-age' | 'read-throttles' | 'write-throttles';
  readonly description: string;
  readonly metric: string;
  readonly statistic: 'Maximum' | 'Sum';
  readonly periodSeconds: number;
  readonly periods: number;
  /** Undefined for the one that the user of the stack sets. */
  readonly threshold: number | undefined;
  /** Whether no data is an alarm: a stream that nothing reads has no iterator age. */
  readonly isMissingBad: boolean;
  /** Whether AWS measures it for each consumer. */
  readonly isOfConsumer?: boolean;
}

export function alarmsOf({ consumer }: Pick<Stack, 'consumer'>): readonly StreamAlarm[] {
  if (consumer === undefined) return [iteratorAge, ...throttles];
  // AWS measures the lag of a consumer by itself, and its reads are not among those that are throttled.
  const lag = { ...iteratorAge, metric: 'SubscribeToShardEvent.MillisBehindLatest', isOfConsumer: true };
  return [lag, ...throttles.filter(({ name }) => name !== 'read-throttles')];
}

const iteratorAge: StreamAlarm = {
  name: 'iterator-age',
  description: 'The collector is behind, or does not read the stream. Records older than the retention are lost',
  metric: 'GetRecords.IteratorAgeMilliseconds',
  statistic: 'Maximum',
  periodSeconds: 60,
  periods: 5,
  threshold: undefined,
  isMissingBad: true,
};

const throttles: readonly StreamAlarm[] = [
  {
    name: 'read-throttles',
    description: 'Readers of the stream use up the 5 reads a second of a shard',
    metric: 'ReadProvisionedThroughputExceeded',
    statistic: 'Sum',
    periodSeconds: 300,
    periods: 3,
    threshold: 0,
    isMissingBad: false,
  },
  {
    name: 'write-throttles',
    description: 'CloudWatch Logs writes more than the shards of the stream take; add shards',
    metric: 'WriteProvisionedThroughputExceeded',
    statistic: 'Sum',
    periodSeconds: 300,
    periods: 3,
    threshold: 0,
    isMissingBad: false,
  },
];

/** What people read of the parts of a stack. */
export const descriptions = {
  retention: 'How long the stream keeps records. It is the longest outage of the receiver without loss',
  iteratorAge: 'How far the collector may be behind before there is an alarm',
  role: 'CloudWatch Logs writes flow logs to the stream',
  readerPolicy: 'What kinesis-snare requires; attach it to the identity of the program',
} as const;

/** An hour: below the shortest retention by far, and above what a restart or a pause of the receiver costs. */
export const iteratorAgeMs = 3_600_000;
export const retention = { least: 24, most: 8760 } as const;

/** `ByLogStream` or `Random`, as CloudWatch Logs names them. */
export function nameDistribution(distribution: Distribution): string {
  return distribution === 'random' ? 'Random' : 'ByLogStream';
}
