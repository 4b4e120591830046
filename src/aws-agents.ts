/** The connections to AWS, for every service alike: kept and reused, through a proxy where there is one. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';

export interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** @param proxy URL of an HTTP or HTTPS proxy, through which every request is tunnelled */
export function createAgents(proxy: string | undefined): Agents {
  const options = { keepAlive: true, maxSockets: 512 };
  if (proxy === undefined) return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
  const agent = new HttpsProxyAgent(proxy, options);
  // A tunnel is the same for both; the types of Node want two classes.
  return { httpAgent: agent as unknown as HttpAgent, httpsAgent: agent as unknown as HttpsAgent };
}
