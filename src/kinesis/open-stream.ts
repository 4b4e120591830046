/**
 * The start of reading: finds the stream, checks that it can be read, and stores where its shards begin. Waits until temporary
 * faults have passed; permanent ones end the start with a `StartError`.
 */
import { regionOf } from '../aws/arn.js';
import type { AwsTime } from '../aws/aws-clock.js';
import type { AwsError } from '../aws/error.js';
import { toStartError } from '../aws/explain.js';
import { StartError } from '../errors.js';
import type { StreamIdentity, StreamProgress } from '../progress.js';
import type { Context } from '../retry.js';
import type { ShardPosition } from '../shard-position.js';
import type { KinesisApi, ListedShard, StreamDescription } from './api.js';
import type { FanOut } from './fan-out-api.js';
import { retryCall } from './retry-call.js';

export type StartAt =
  | { readonly type: 'latest' }
  | { readonly type: 'earliest' }
  | { readonly type: 'time'; readonly atMs: number };

export interface OpenStreamOptions extends Context {
  readonly clock: AwsTime;
  readonly api: KinesisApi;
  /** Name or ARN, for texts. */
  readonly stream: string;
  readonly startAt: StartAt;
  /** If omitted, the shards are polled. */
  readonly fanOut?: FanOut | undefined;
  readonly openProgress: (stream: StreamIdentity) => Promise<StreamProgress>;
}

export interface OpenStream {
  readonly description: StreamDescription;
  readonly shards: readonly ListedShard[];
  readonly progress: StreamProgress;
  /** No earlier run has stored anything. */
  readonly isNew: boolean;
}

/** Resolves with undefined if the signal aborted. */
export async function openStream(options: OpenStreamOptions): Promise<OpenStream | undefined> {
  const { api, startAt, fanOut, openProgress, signal } = options;
  const description = await attempt('kinesis:DescribeStreamSummary', () => api.describeStream(signal), options);
  if (!description) return undefined;
  const shards = await attempt('kinesis:ListShards', () => api.listShards(signal), options);
  if (!shards) return undefined;
  await (fanOut ? findConsumer(description, fanOut, options) : tryReading(shards, options));
  if (signal.aborted) return undefined;
  const { arn, createdMs } = description;
  const progress = await openProgress({ arn, createdMs });
  const isNew = progress.positions().size === 0;
  if (isNew) await progress.begin(startPositions(shards, startAt, options.clock));
  return { description, shards, progress, isNew };
}

/**
 * Requests one record of one shard, so that missing permissions show before reading begins. A full response would use up the
 * shard's read throughput and delay its first reader.
 */
async function tryReading([shard]: readonly ListedShard[], options: OpenStreamOptions): Promise<void> {
  if (!shard) return;
  const { api, clock, signal } = options;
  // Slightly in the past: the clock of another AWS server may be behind, and AWS rejects future times.
  const position = { type: 'time', atMs: clock.nowAtLeast() - 1000 } as const;
  const read = async () => {
    const iterator = await api.getIterator(shard.shardId, position, signal);
    return api.getRecords(iterator, signal, undefined, 1);
  };
  await attempt('kinesis:GetShardIterator and kinesis:GetRecords', read, options);
}

/** A subscription to try it would block the first reader of its shard for five seconds, so only the consumer is looked for. */
async function findConsumer(
  { arn }: StreamDescription,
  { api, consumer }: FanOut,
  options: OpenStreamOptions,
): Promise<void> {
  const { signal } = options;
  await attempt(
    'kinesis:DescribeStreamConsumer',
    () => api.findConsumer(arn, consumer, signal),
    options,
    (fault) => {
      if (fault.kind !== 'not-found') return;
      const message = `Stream "${arn}" has no consumer "${consumer}"; register it with \`npx kinesis-snare setup\`, or correct input.fanOut.consumer`;
      throw new StartError('not-found', message, { cause: fault });
    },
  );
}

/** All permissions that reading requires. */
const pollingRights =
  'kinesis:DescribeStreamSummary, kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords';
const fanOutRights =
  'kinesis:DescribeStreamSummary, kinesis:ListShards and kinesis:DescribeStreamConsumer, and kinesis:SubscribeToShard on its consumer,';

function attempt<Result>(
  action: string,
  request: () => Promise<Result>,
  options: OpenStreamOptions,
  refuse?: (fault: AwsError) => void,
): Promise<Result | undefined> {
  const { stream, fanOut } = options;
  const settings = 'input.stream, input.region';
  const rights = fanOut ? fanOutRights : pollingRights;
  return retryCall(action, request, options, (fault) => {
    refuse?.(fault);
    const call = { action, resource: `stream "${stream}"`, region: regionOf(stream), rights, settings };
    if (fault.isHopeless) throw toStartError(fault, call);
  });
}

/**
 * A start at the tip is stored as a time, not as "the tip": after a restart or a reshard, the tip would be a later one, and the
 * records before it would be skipped.
 */
function startPositions(
  shards: readonly ListedShard[],
  startAt: StartAt,
  clock: AwsTime,
): ReadonlyMap<string, ShardPosition> {
  const position: ShardPosition = (() => {
    if (startAt.type === 'earliest') return { type: 'beginning' };
    return { type: 'time', atMs: startAt.type === 'time' ? startAt.atMs : clock.nowAtLeast() };
  })();
  return new Map(shards.map(({ shardId }) => [shardId, position]));
}
