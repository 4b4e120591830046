/** The connections to AWS, for every service alike: kept and reused, through a proxy where there is one. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Clock, systemClock } from '../clock.js';
import { LimitedHandler } from './limited-handler.js';
import type { AwsWatch } from './watch.js';

/**
 * @param proxy URL of an HTTP or HTTPS proxy, through which every request is tunnelled
 * @param requestTimeoutMs longest wait for a response to begin, and between two parts of it
 * @param watch sees every request and response; left out, nobody does
 * @param clock measures how long the body of a response takes
 */
export function createRequestHandler(
  proxy: string | undefined,
  requestTimeoutMs: number,
  { watch, clock = watch?.clock ?? systemClock }: HandlerOptions = {},
): NodeHttpHandler {
  const createOptions = async () => ({
    ...(await createAgents(proxy)),
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    // The limit above ends with the first byte of the response; this one holds for the rest.
    socketTimeout: requestTimeoutMs,
  });
  const handler = new LimitedHandler(createOptions, clock);
  return watch?.attach(handler) ?? handler;
}

async function createAgents(proxy: string | undefined): Promise<Agents> {
  // Said here, since NODE_TLS_REJECT_UNAUTHORIZED=0 in a host would otherwise hold for AWS too.
  const options = { keepAlive: true, maxSockets: 512, rejectUnauthorized: true };
  if (proxy === undefined) return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  // Few have a proxy, and everyone's start would pay for it.
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const agent = new HttpsProxyAgent(proxy, options);
  // By itself it keeps the options for the proxy alone.
  Object.assign(agent.options, { rejectUnauthorized: true });
  // A tunnel is the same for both; the types of Node want two classes.
  return { httpAgent: agent as unknown as HttpAgent, httpsAgent: agent as unknown as HttpsAgent };
}

/** What looks at requests to AWS, and measures them. */
export interface HandlerOptions {
  readonly watch?: AwsWatch | undefined;
  readonly clock?: Pick<Clock, 'monotonic'> | undefined;
}

const ignore = () => {};

/**
 * For clients of AWS, whose callers report errors. Without `info`, for which the SDK copies every response, record by record,
 * though nobody looks at it.
 */
export const silentLogger = { debug: ignore, info: undefined as never, warn: ignore, error: ignore };

const connectTimeoutMs = 5_000;

interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}
