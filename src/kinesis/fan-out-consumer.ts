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

  /** It is looked for again before the next subscription. */
  forget(): void {
    this.#arn = undefined;
  }
}
