/** From the settings of an input to what every client of AWS is made with. */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { regionOf as regionOfStream } from '../aws/arn.js';
import { type Credentials, createCredentials as createSharedCredentials } from '../aws/credentials.js';
import type { AwsWatch } from '../aws/watch.js';
import type { InputSettings } from '../settings/settings.js';

/** What goes with every way to AWS. */
export interface AwsAccess {
  readonly watch: AwsWatch;
  /** Aborts when no call is made any more; an attempt to get credentials that is under way is given up. */
  readonly signal?: AbortSignal | undefined;
}

export interface ClientOptions {
  readonly region?: string;
  readonly credentials: Credentials;
  readonly endpoint?: string;
  readonly requestHandler: NodeHttpHandler;
}

const requestTimeoutMs = 15_000;

/** For the services beside Kinesis, which are asked rarely; a region that is left out is left to the AWS environment. */
export async function createClientOptions(
  input: InputSettings,
  endpoint: string | undefined,
  access: AwsAccess,
): Promise<ClientOptions> {
  const region = regionOf(input);
  return {
    ...(region !== undefined && { region }),
    credentials: await createCredentials(input, access),
    ...(endpoint !== undefined && { endpoint }),
    requestHandler: await createHandler(input.proxy, access.watch),
  };
}

/** Undefined leaves it to the AWS environment. */
export function regionOf({ region, stream }: Pick<InputSettings, 'region' | 'stream'>): string | undefined {
  return region ?? regionOfStream(stream);
}

export async function createCredentials(input: InputSettings, { watch, signal }: AwsAccess): Promise<Credentials> {
  const { assumeRole, findProvider } = await import('../aws/find-provider.js');
  const requestHandler = await createHandler(input.proxy, watch);
  const options = { env: process.env, requestHandler, region: regionOf(input) };
  const find = async () => {
    const base = await findProvider(options);
    return input.assumeRole ? assumeRole(input.assumeRole, base, options) : base;
  };
  return createSharedCredentials({ find, clock: watch.clock, signal });
}

/** Loaded late, as all of the SDK is: whoever reads no stream never needs it. */
async function createHandler(proxy: string | undefined, watch: AwsWatch): Promise<NodeHttpHandler> {
  const { createRequestHandler } = await import('../aws/agents.js');
  return createRequestHandler(proxy, requestTimeoutMs, { watch });
}
