/**
 * Kinesis through the AWS SDK, over HTTP/1.1 with kept-alive connections: the SDK's own handler for Kinesis opens an HTTP/2
 * session for each request (https://github.com/aws/aws-sdk-js-v3/issues/8279). One attempt per call, since hidden retries of
 * the SDK would use up a shard's five reads a second.
 */
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  KinesisClient,
  type KinesisClientConfig,
  type _Record as KinesisRecord,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { isArn, regionOf, toTarget } from '../aws/arn.js';
import { createCall } from '../aws/call.js';
import { type ClientOptions, toClientConfig } from '../aws/client.js';
import { readPages } from '../aws/pages.js';
import { type AwsOutput, notAws, requireFields } from '../aws/response.js';
import { watchCalls } from '../aws/watch-calls.js';
import { systemClock } from '../clock.js';
import type { FetchedRecord, KinesisApi, ListedShard, RecordsResponse, StreamDescription } from './api.js';
import { type CutRecords, cutResponse } from './cut-response.js';
import { toKinesisError } from './kinesis-error.js';

export interface SdkApiOptions extends ClientOptions {
  /** Name or ARN; the region defaults to that of the ARN. */
  readonly stream: string;
  /**
   * Longest wait for a response to begin and between two parts of it, in milliseconds. A response of 10 MB over a slow line
   * takes a while, but a dead socket must not block forever. Default: 30 s.
   */
  readonly requestTimeoutMs?: number | undefined;
}

const defaultRequestTimeoutMs = 30_000;

/**
 * One attempt per call, and no connection before the first call.
 *
 * @param requestHandler replaces the one of HTTP/1.1
 */
export function createKinesisClient(
  options: SdkApiOptions,
  requestHandler?: KinesisClientConfig['requestHandler'],
): KinesisClient {
  const { stream, region = regionOf(stream), requestTimeoutMs = defaultRequestTimeoutMs } = options;
  const config = toClientConfig({ ...options, region }, requestTimeoutMs);
  const client = new KinesisClient({ maxAttempts: 1, ...config, ...(requestHandler && { requestHandler }) });
  return watchCalls(client, options.watch);
}

export function createSdkApi(options: SdkApiOptions): KinesisApi {
  const { stream, clock = systemClock } = options;
  const client = createKinesisClient(options);
  const call = createCall(client, toKinesisError);
  const target = toTarget(stream);

  return {
    describeStream: (abortSignal) =>
      call(async () => {
        const output = await client.send(new DescribeStreamSummaryCommand(target), { abortSignal });
        const summary = requireFields(output, output.StreamDescriptionSummary, summaryFields);
        return {
          arn: summary.StreamARN,
          createdMs: summary.StreamCreationTimestamp.getTime(),
          retentionMs: summary.RetentionPeriodHours * 3_600_000,
        } satisfies StreamDescription;
      }, abortSignal),

    listShards: (abortSignal) =>
      call(async () => {
        const shards: ListedShard[] = [];
        // A request for a further page contains the token only.
        const ask = (token: string | undefined) =>
          client.send(new ListShardsCommand(token === undefined ? target : { NextToken: token }), { abortSignal });
        for await (const page of readPages('ListShards', ask, ({ NextToken }) => NextToken)) {
          const { Shards } = requireFields(page, page, { Shards: 'list' });
          for (const shard of Shards) shards.push(toListedShard(page, shard));
          if (shards.length === 0 && !page.NextToken) throw notAws(page, 'it lists no shard');
        }
        return shards;
      }, abortSignal),

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
        const output = await client.send(request, { abortSignal });
        return requireFields(output, output, { ShardIterator: 'text' }).ShardIterator;
      }, abortSignal),

    getRecords: (iterator, abortSignal, admit, limit) =>
      call(async () => {
        // The iterator identifies the stream, but a stream of another account requires its ARN as well.
        const owner = isArn(stream) ? target : {};
        const request = new GetRecordsCommand({ ...owner, ShardIterator: iterator, Limit: limit });
        const cut = cutResponse(request, admit, clock);
        return toRecordsResponse(await client.send(request, { abortSignal }), cut);
      }, abortSignal),

    close: () => client.destroy(),
  };
}

/** The fields of a stream's description that every caller requires. */
export const summaryFields = {
  StreamARN: 'text',
  StreamCreationTimestamp: 'date',
  RetentionPeriodHours: 'number',
} as const;

function toListedShard(output: AwsOutput, listed: Shard): ListedShard {
  const shard = requireFields(output, listed, { ShardId: 'text', SequenceNumberRange: 'object' });
  const parents = [shard.ParentShardId, shard.AdjacentParentShardId];
  return {
    shardId: shard.ShardId,
    parentIds: parents.filter((id) => typeof id === 'string'),
    isClosed: typeof shard.SequenceNumberRange.EndingSequenceNumber === 'string',
  };
}

function toRecordsResponse(output: GetRecordsCommandOutput, { records }: CutRecords): RecordsResponse {
  const { Records, MillisBehindLatest } = requireFields(output, output, {
    Records: 'list',
    MillisBehindLatest: 'number',
  });
  return {
    records: records ?? Records.map((record) => toFetchedRecord(output, record)),
    nextIterator: typeof output.NextShardIterator === 'string' ? output.NextShardIterator : undefined,
    hasChildren: Array.isArray(output.ChildShards) && output.ChildShards.length > 0,
    millisBehindLatest: MillisBehindLatest,
  };
}

export function toFetchedRecord(output: AwsOutput, record: KinesisRecord | null): FetchedRecord {
  const { SequenceNumber, Data, ApproximateArrivalTimestamp } = requireFields(output, record, {
    SequenceNumber: 'text',
    Data: 'object',
  });
  if (!(Data instanceof Uint8Array)) throw notAws(output, 'it has no valid Data');
  return { sequenceNumber: SequenceNumber, data: Data, arrivalMs: ApproximateArrivalTimestamp?.getTime() };
}
