/** The connections to AWS, for every service alike: kept and reused, through a proxy where there is one. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpsProxyAgent } from 'https-proxy-agent';

/**
 * @param proxy URL of an HTTP or HTTPS proxy, through which every request is tunnelled
 * @param requestTimeoutMs longest wait for a reply to begin, and between two parts of it
 */
export function createRequestHandler(proxy: string | undefined, requestTimeoutMs: number): NodeHttpHandler {
  return new NodeHttpHandler({
    ...createAgents(proxy),
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    // The limit above ends with the first byte of the reply; this one holds for the rest.
    socketTimeout: requestTimeoutMs,
  });
}

const connectTimeoutMs = 5_000;

interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

function createAgents(proxy: string | undefined): Agents {
  const options = { keepAlive: true, maxSockets: 512 };
  if (proxy === undefined) return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  const agent = new HttpsProxyAgent(proxy, options);
  // A tunnel is the same for both; the types of Node want two classes.
  return { httpAgent: agent as unknown as HttpAgent, httpsAgent: agent as unknown as HttpsAgent };
}
