/**
 * Calls that setup and checks require but reading does not: describing how the stream is configured, and creating it. Kept out
 * of `KinesisApi`, so that a reader requires no more than its own calls.
 */
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis';
import { toStreamName, toTarget } from '../aws/arn.js';
import { createCall } from '../aws/call.js';
import { AwsError } from '../aws/error.js';
import { requireFields, requireRequestId } from '../aws/response.js';
import type { StreamIdentity } from '../progress.js';
import { abortable } from '../waiters.js';
import { toKinesisError } from './kinesis-error.js';
import { createKinesisClient, type SdkApiOptions, summaryFields } from './sdk-api.js';
import { type ConsumerSummary, describeConsumer } from './sdk-fan-out-api.js';

export interface StreamSummary extends StreamIdentity {
  /** `CREATING`, `DELETING`, `ACTIVE` or `UPDATING`. */
  readonly status: string;
  readonly mode: 'on-demand' | 'provisioned';
  readonly openShards: number;
  readonly retentionMs: number;
  /** Id, ARN or alias of the key; undefined if records are not encrypted. */
  readonly key: string | undefined;
  /** Registered consumers, which use enhanced fan-out. */
  readonly consumers: number;
}

/** Rejections are `AwsError`s. */
export interface StreamAdmin {
  /** Undefined if the stream does not exist. */
  describe(signal: AbortSignal): Promise<StreamSummary | undefined>;
  /** Requests the stream; it is ready when `describe` returns `ACTIVE`. @param shards defaults to on-demand mode */
  create(shards: number | undefined, signal: AbortSignal): Promise<void>;
  /** Undefined if the stream does not have it. */
  describeConsumer(streamArn: string, name: string, signal: AbortSignal): Promise<ConsumerSummary | undefined>;
  /** Requests the consumer; it is ready when `describeConsumer` returns `ACTIVE`. */
  registerConsumer(streamArn: string, name: string, signal: AbortSignal): Promise<void>;
  /** The signer of the requests: the access key id, and the account if the credentials contain it. */
  identity(signal: AbortSignal): Promise<{ readonly accessKeyId: string; readonly accountId?: string }>;
  region(): Promise<string>;
  /** Closes connections. */
  close(): void;
}

export function createStreamAdmin(options: SdkApiOptions): StreamAdmin {
  const { stream } = options;
  const client = createKinesisClient(options);
  const call = createCall(client, toKinesisError);
  /** Undefined if AWS does not have it. */
  const orMissing = async <Result>(found: Promise<Result>): Promise<Result | undefined> => {
    try {
      return await found;
    } catch (error) {
      if (error instanceof AwsError && error.kind === 'not-found') return undefined;
      throw error;
    }
  };
  const describe = async (abortSignal: AbortSignal): Promise<StreamSummary> => {
    const request = new DescribeStreamSummaryCommand(toTarget(stream));
    const wanted = { ...summaryFields, StreamStatus: 'text', OpenShardCount: 'number' } as const;
    const summary = await call(async () => {
      const output = await client.send(request, { abortSignal });
      return requireFields(output, output.StreamDescriptionSummary, wanted);
    }, abortSignal);
    return {
      arn: summary.StreamARN,
      createdMs: summary.StreamCreationTimestamp.getTime(),
      status: summary.StreamStatus,
      mode: summary.StreamModeDetails?.StreamMode === 'ON_DEMAND' ? 'on-demand' : 'provisioned',
      openShards: summary.OpenShardCount,
      retentionMs: summary.RetentionPeriodHours * 3_600_000,
      key: summary.EncryptionType === 'KMS' ? (summary.KeyId ?? 'unknown') : undefined,
      consumers: summary.ConsumerCount ?? 0,
    };
  };
  return {
    describe: (signal) => orMissing(describe(signal)),
    describeConsumer: (arn, name, signal) => orMissing(call(() => describeConsumer(client, arn, name, signal), signal)),
    async registerConsumer(StreamARN, ConsumerName, abortSignal) {
      await call(async () => {
        const output = await client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }), {
          abortSignal,
        });
        requireFields(output, output.Consumer, { ConsumerARN: 'text' });
      }, abortSignal);
    },
    async create(shards, abortSignal) {
      const size =
        shards === undefined ? { StreamModeDetails: { StreamMode: 'ON_DEMAND' as const } } : { ShardCount: shards };
      const request = new CreateStreamCommand({ StreamName: toStreamName(stream), ...size });
      await call(async () => requireRequestId(await client.send(request, { abortSignal })), abortSignal);
    },
    async identity(signal) {
      const { accessKeyId, accountId } = await abortable(client.config.credentials(), signal);
      return { accessKeyId, ...(accountId !== undefined && { accountId }) };
    },
    region: () => client.config.region(),
    close: () => client.destroy(),
  };
}
