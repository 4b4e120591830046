/** The registered consumer of a stream, whose ARN every subscription requires. */
import type { FanOutApi } from './fan-out-api.js';

export interface FanOutConsumerOptions {
  readonly api: Pick<FanOutApi, 'findConsumer'>;
  readonly streamArn: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

export class FanOutConsumer {
  readonly #options: FanOutConsumerOptions;
  #arn: Promise<string> | undefined;
  /** By shard: when AWS allows the next subscription. */
  readonly #notBeforeMs = new Map<string, number>();

  constructor(options: FanOutConsumerOptions) {
    this.#options = options;
  }

  /** The ARN; shards that wait for it share one request. Rejections are `AwsError`s. */
  find(): Promise<string> {
    const { api, streamArn, name, signal } = this.#options;
    this.#arn ??= api.findConsumer(streamArn, name, signal).catch((error: unknown) => {
      this.forget();
      throw error;
    });
    return this.#arn;
  }

  /** Milliseconds until AWS allows the next subscription to the shard; 0 if it does now. */
  delayMs(shardId: string, nowMs: number): number {
    return Math.max(0, (this.#notBeforeMs.get(shardId) ?? 0) - nowMs);
  }

  /** AWS has accepted a subscription to the shard, or says that there is one. */
  recordSubscription(shardId: string, nextMs: number): void {
    this.#notBeforeMs.set(shardId, nextMs);
  }

  /** It is looked for again before the next subscription. */
  forget(): void {
    this.#arn = undefined;
  }
}
