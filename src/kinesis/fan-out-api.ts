/** The calls of Kinesis that enhanced fan-out requires, besides those that find the stream and its shards. */
import type { AdmitEvent } from './admit-events.js';
import type { FetchedRecord } from './api.js';
import type { ReadPosition } from './shard-place.js';

export interface SubscriptionEvent {
  readonly records: readonly FetchedRecord[];
  /** Where the next subscription continues. Undefined at the end of a closed shard. */
  readonly continuation: string | undefined;
  readonly hasChildren: boolean;
  /** Distance from the tip of the shard in milliseconds. */
  readonly millisBehindLatest: number;
}

/** How a stream is read by enhanced fan-out. */
export interface FanOut {
  readonly api: FanOutApi;
  /** Name of the registered consumer. */
  readonly consumer: string;
}

/** Rejections are `AwsError`s. */
export interface FanOutApi {
  /** @returns the ARN of a consumer that is active; rejects if it is not */
  findConsumer(streamArn: string, name: string, signal: AbortSignal): Promise<string>;
  /**
   * Resolves when AWS accepts the subscription. Its events end after five minutes. AWS sends no more than fits into the
   * connection while none is taken or admitted. Only the signal ends a subscription early.
   */
  subscribe(
    consumerArn: string,
    shardId: string,
    position: ReadPosition,
    signal: AbortSignal,
    admit: AdmitEvent,
  ): Promise<AsyncIterator<SubscriptionEvent, undefined>>;
  /** Closes connections. */
  close(): void;
}
