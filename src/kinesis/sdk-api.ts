/**
 * Kinesis through the AWS SDK, over HTTP/1.1 with kept connections: the SDK's own handler for Kinesis opens an HTTP/2
 * session for each request (https://github.com/aws/aws-sdk-js-v3/issues/8279). One attempt a call, since the SDK's
 * retries would spend a shard's five reads a second unseen.
 */
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  KinesisClient,
  type KinesisClientConfig,
  ListShardsCommand,
  type ListShardsCommandOutput,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { createRequestHandler } from '../aws-agents.js';
import { chainSettings, createCall } from '../fresh-credentials.js';
import { silentLogger } from '../silent-logger.js';
import type { KinesisApi, ListedShard, RecordsPage, StreamDescription } from './api.js';
import { toKinesisError } from './kinesis-error.js';
import { type ReadReply, readReply } from './read-reply.js';
import { isArn, regionOf, toTarget } from './stream-name.js';

export interface SdkApiOptions {
  /** Name or ARN. */
  readonly stream: string;
  /** Left out, the region of an ARN, then the AWS environment. */
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Left out, the SDK's default chain. */
  readonly credentials?: KinesisClientConfig['credentials'] | undefined;
  /** URL of an HTTP or HTTPS proxy, through which every request is tunnelled. */
  readonly proxy?: string | undefined;
  /**
   * Longest wait for a reply to begin and between two parts of it, in milliseconds. A reply of 10 MB over a slow line takes
   * a while; a dead socket must not take for ever. 30 s when left out.
   */
  readonly requestTimeoutMs?: number | undefined;
}

const defaultRequestTimeoutMs = 30_000;

/** One attempt a call, and no connection before the first. */
export function createKinesisClient(options: SdkApiOptions): KinesisClient {
  const { stream, region, endpoint, credentials, proxy, requestTimeoutMs = defaultRequestTimeoutMs } = options;
  return new KinesisClient({
    maxAttempts: 1,
    requestHandler: createRequestHandler(proxy, requestTimeoutMs),
    logger: silentLogger,
    ...definedOnly({ region: region ?? regionOf(stream), endpoint, credentials }),
    ...chainSettings,
  });
}

export function createSdkApi(options: SdkApiOptions): KinesisApi {
  const { stream } = options;
  const client = createKinesisClient(options);
  const call = createCall(() => client.config.credentials({ forceRefresh: true }), toKinesisError);
  const serverTime = watchServerTime(client);
  const target = toTarget(stream);

  return {
    describeStream: (abortSignal) =>
      call(async () => {
        const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand(target), {
          abortSignal,
        });
        return {
          arn: summary?.StreamARN ?? '',
          createdMs: summary?.StreamCreationTimestamp?.getTime() ?? 0,
          retentionMs: (summary?.RetentionPeriodHours ?? 24) * 3_600_000,
          serverMs: serverTime() ?? Date.now(),
        } satisfies StreamDescription;
      }),

    listShards: (abortSignal) =>
      call(async () => {
        const shards: ListedShard[] = [];
        let page: ListShardsCommandOutput | undefined;
        do {
          // A request for a further page names the page only.
          const request = page?.NextToken ? { NextToken: page.NextToken } : target;
          page = await client.send(new ListShardsCommand(request), { abortSignal });
          for (const shard of page.Shards ?? []) shards.push(toListedShard(shard));
        } while (page.NextToken);
        return shards;
      }),

    getIterator: (shardId, position, abortSignal) =>
      call(async () => {
        const start = (() => {
          if (position.type === 'beginning') return { ShardIteratorType: 'TRIM_HORIZON' } as const;
          if (position.type === 'time')
            return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(position.atMs) } as const;
          return {
            ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
            StartingSequenceNumber: position.sequenceNumber,
          } as const;
        })();
        const request = new GetShardIteratorCommand({ ...target, ShardId: shardId, ...start });
        const { ShardIterator } = await client.send(request, { abortSignal });
        if (!ShardIterator) throw new TypeError(`Kinesis gave no iterator for shard "${shardId}"`);
        return ShardIterator;
      }),

    getRecords: (iterator, abortSignal, admit, limit) =>
      call(async () => {
        // The iterator names the stream; one of another account needs its ARN all the same.
        const owner = isArn(stream) ? target : {};
        const request = new GetRecordsCommand({ ...owner, ShardIterator: iterator, Limit: limit });
        const read = readReply(request, admit);
        return toRecordsPage(await client.send(request, { abortSignal }), read);
      }),

    close: () => client.destroy(),
  };
}

function toListedShard(shard: Shard): ListedShard {
  const parents = [shard.ParentShardId, shard.AdjacentParentShardId];
  return {
    shardId: shard.ShardId ?? '',
    parentIds: parents.filter((id) => id !== undefined),
    isClosed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
  };
}

function toRecordsPage({ Records = [], ...output }: GetRecordsCommandOutput, { data }: ReadReply): RecordsPage {
  // A reply that is written with blanks, as emulators do, has nothing taken out of it: the SDK has parsed it whole.
  if (data && data.length > 0 && data.length !== Records.length)
    throw new TypeError(`Kinesis gave ${Records.length} records with the bytes of ${data.length}`);
  return {
    records: Records.map((record, index) => ({
      sequenceNumber: record.SequenceNumber ?? '',
      data: data?.[index] ?? record.Data ?? new Uint8Array(),
      arrivalMs: record.ApproximateArrivalTimestamp?.getTime(),
    })),
    nextIterator: output.NextShardIterator,
    hasChildren: (output.ChildShards ?? []).length > 0,
    millisBehindLatest: output.MillisBehindLatest ?? 0,
  };
}

/** The `Date` of replies, which is AWS' own clock; it has whole seconds, rounded down. */
function watchServerTime(client: KinesisClient): () => number | undefined {
  let latestMs: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: { date?: string } };
      const ms = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(ms)) latestMs = ms;
      return result;
    },
    { step: 'deserialize', name: 'watchServerTime', priority: 'low' },
  );
  return () => latestMs;
}

function definedOnly<Options extends object>(options: Options): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
