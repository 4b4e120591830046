/** The connections to AWS, for all services: kept alive and reused, through a proxy if one is set. */
import { Agent as HttpAgent } from 'node:http';
import type { ClientHttp2Stream } from 'node:http2';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttp2Handler, type NodeHttpHandler } from '@smithy/node-http-handler';
import { type Clock, systemClock } from '../clock.js';
import { LimitedHandler } from './limited-handler.js';
import type { AwsWatch } from './watch.js';

/**
 * @param proxy URL of an HTTP or HTTPS proxy, through which every request is tunnelled
 * @param requestTimeoutMs longest wait for a response to begin, and between two parts of it
 * @param watch sees every request and response; optional
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
    // The limit above ends with the first byte of the response; this one covers the rest.
    socketTimeout: requestTimeoutMs,
  });
  const handler = new LimitedHandler(createOptions, clock);
  return watch?.attach(handler) ?? handler;
}

/**
 * For subscriptions, whose responses take minutes: one HTTP/2 connection each. It knows no proxy, and sets no limit on time; the
 * subscription has its own.
 */
export function createStreamHandler({ watch }: HandlerOptions = {}): NodeHttp2Handler {
  const handler = new StreamHandler({
    // A connection without a byte for this long ends. Without it, the handler would apply a limit to each response.
    sessionTimeout: sessionTimeoutMs,
    nodeHttp2ConnectOptions: { rejectUnauthorized: true, settings: { initialWindowSize: windowBytes } },
  });
  return watch?.attach(handler) ?? handler;
}

/** With the default windows of HTTP/2, at most 64 KB come in a round trip, and a busy shard needs more. */
class StreamHandler extends NodeHttp2Handler {
  override async handle(...request: Parameters<NodeHttp2Handler['handle']>): ReturnType<NodeHttp2Handler['handle']> {
    const result = await super.handle(...request);
    // The setting is for a stream. The window of the whole connection has no setting.
    (result.response.body as ClientHttp2Stream).session?.setLocalWindowSize(windowBytes);
    return result;
  }
}

async function createAgents(proxy: string | undefined): Promise<Agents> {
  // Set explicitly: otherwise NODE_TLS_REJECT_UNAUTHORIZED=0 in a host would apply to AWS too.
  const options = { keepAlive: true, maxSockets: 512, rejectUnauthorized: true };
  if (proxy === undefined) return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  // Loaded only if needed: few hosts have a proxy, and the import would slow every start.
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const agent = new HttpsProxyAgent(proxy, options);
  // By default the agent applies its options to the proxy only.
  Object.assign(agent.options, { rejectUnauthorized: true });
  // One tunnel serves both; the types of Node require two classes.
  return { httpAgent: agent as unknown as HttpAgent, httpsAgent: agent as unknown as HttpsAgent };
}

/** What observes requests to AWS, and measures them. */
export interface HandlerOptions {
  readonly watch?: AwsWatch | undefined;
  readonly clock?: Pick<Clock, 'monotonic'> | undefined;
}

const ignore = () => {};

/**
 * For AWS clients whose callers report errors. It has no `info`: with one, the SDK copies every response, record by record,
 * only to log it.
 */
export const silentLogger = { debug: ignore, info: undefined as never, warn: ignore, error: ignore };

const connectTimeoutMs = 5_000;
/**
 * At most this much waits in each connection, and comes in one round trip. If that takes 190 ms, 1 MB of records a second come, the
 * most that is written to a shard.
 */
const windowBytes = 256 * 1024;
/** A little more than a subscription takes. */
const sessionTimeoutMs = 6 * 60_000;

interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}
