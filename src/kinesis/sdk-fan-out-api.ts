/** Enhanced fan-out through the AWS SDK. A subscription requires HTTP/2, and has a connection of its own. */
import {
  DescribeStreamConsumerCommand,
  type KinesisClient,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis';
import { createStreamHandler } from '../aws/agents.js';
import { createCall } from '../aws/call.js';
import { AwsError } from '../aws/error.js';
import { requireFields } from '../aws/response.js';
import { admitEvents } from './admit-events.js';
import type { FanOutApi, SubscriptionEvent } from './fan-out-api.js';
import { toKinesisError } from './kinesis-error.js';
import { createKinesisClient, type SdkApiOptions, toFetchedRecord } from './sdk-api.js';
import type { ReadPosition } from './shard-place.js';

export function createSdkFanOutApi(options: SdkApiOptions): FanOutApi {
  const client = createKinesisClient(options);
  const subscriber = createKinesisClient(options, createStreamHandler(options));
  const call = createCall(client, toKinesisError);
  const callSubscriber = createCall(subscriber, toSubscribeError);

  return {
    findConsumer: (StreamARN, ConsumerName, abortSignal) =>
      call(async () => {
        const { arn, status } = await describeConsumer(client, StreamARN, ConsumerName, abortSignal);
        if (status === 'ACTIVE') return arn;
        const message = `ConsumerNotActive: consumer "${ConsumerName}" is ${status}`;
        throw new AwsError('transient', 'ConsumerNotActive', message, { cause: undefined });
      }, abortSignal),

    subscribe: (ConsumerARN, ShardId, position, abortSignal, admit) =>
      callSubscriber(async () => {
        const request = new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition: toStart(position) });
        admitEvents(request, admit);
        const output = await subscriber.send(request, { abortSignal });
        const { EventStream } = requireFields(output, output, { EventStream: 'object' });
        return toEvents(EventStream);
      }, abortSignal),

    close: () => {
      client.destroy();
      subscriber.destroy();
    },
  };
}

/** A registered consumer of a stream. */
export interface ConsumerSummary {
  readonly arn: string;
  /** `CREATING`, `DELETING` or `ACTIVE`. */
  readonly status: string;
}

export async function describeConsumer(
  client: KinesisClient,
  StreamARN: string,
  ConsumerName: string,
  abortSignal: AbortSignal,
): Promise<ConsumerSummary> {
  const output = await client.send(new DescribeStreamConsumerCommand({ StreamARN, ConsumerName }), { abortSignal });
  const wanted = { ConsumerARN: 'text', ConsumerStatus: 'text' } as const;
  const { ConsumerARN: arn, ConsumerStatus: status } = requireFields(output, output.ConsumerDescription, wanted);
  return { arn, status };
}

/** Before a response, the errors of HTTP/2 have one likely cause, which they do not say. */
function toSubscribeError(error: unknown): AwsError {
  const fault = toKinesisError(error);
  if (!/^ERR_HTTP2|NO_APPLICATION_PROTOCOL/.test(fault.code)) return fault;
  const advice = 'enhanced fan-out requires HTTP/2 up to AWS, and something on the way may speak only HTTP/1.1';
  return new AwsError(fault.kind, fault.code, `${fault.message}; ${advice}`, { cause: error });
}

function toStart(position: ReadPosition) {
  if (position.type === 'beginning') return { Type: 'TRIM_HORIZON' } as const;
  if (position.type === 'time') return { Type: 'AT_TIMESTAMP', Timestamp: new Date(position.atMs) } as const;
  return { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position.sequenceNumber } as const;
}

async function* toEvents(
  stream: AsyncIterable<{ readonly SubscribeToShardEvent?: SubscribeToShardEvent }>,
): AsyncGenerator<SubscriptionEvent, undefined> {
  try {
    // Faults of the subscription come as exceptions, other members are unknown.
    for await (const { SubscribeToShardEvent: event } of stream) if (event) yield toEvent(event);
  } catch (error) {
    throw toKinesisError(error);
  }
  return undefined;
}

function toEvent(event: SubscribeToShardEvent): SubscriptionEvent {
  const output = { $metadata: {} };
  const { Records, MillisBehindLatest } = requireFields(output, event, {
    Records: 'list',
    MillisBehindLatest: 'number',
  });
  const { ContinuationSequenceNumber, ChildShards } = event;
  return {
    records: Records.map((record) => toFetchedRecord(output, record)),
    continuation: typeof ContinuationSequenceNumber === 'string' ? ContinuationSequenceNumber : undefined,
    hasChildren: Array.isArray(ChildShards) && ChildShards.length > 0,
    millisBehindLatest: MillisBehindLatest,
  };
}
