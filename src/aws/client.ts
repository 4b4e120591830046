/** What the SDK's client of each AWS service is created with. */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Clock } from '../clock.js';
import { createRequestHandler, silentLogger } from './agents.js';
import { chainSettings } from './call.js';
import type { Credentials, Identity } from './credentials.js';
import type { AwsWatch } from './watch.js';

export interface ClientOptions {
  /** Defaults to the AWS environment. */
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Defaults to the SDK's default chain. */
  readonly credentials?: Credentials | Identity | undefined;
  /** URL of an HTTP or HTTPS proxy, through which every request is tunnelled. */
  readonly proxy?: string | undefined;
  readonly watch?: AwsWatch | undefined;
  /** Measures how long the body of a response takes. Defaults to the clock of the watch, then to the system clock. */
  readonly clock?: Pick<Clock, 'monotonic'> | undefined;
}

/** Without the options that are undefined: the SDK would use them instead of its defaults. */
export interface ClientConfig {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: Credentials | Identity;
  readonly requestHandler: NodeHttpHandler;
  readonly logger: typeof silentLogger;
}

/** @param requestTimeoutMs longest wait for a response to begin, and between two parts of it */
export function toClientConfig(options: ClientOptions, requestTimeoutMs: number): ClientConfig {
  const { region, endpoint, credentials, proxy, watch, clock } = options;
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    requestHandler: createRequestHandler(proxy, requestTimeoutMs, { watch, clock }),
    logger: silentLogger,
    ...chainSettings,
  };
}
