/** From the settings of an input to what every client of AWS is made with. */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsWatch } from '../../src/aws-watch.js';
import type { SdkApiOptions } from '../../src/kinesis/sdk-api.js';
import { regionOf as regionOfStream } from '../../src/kinesis/stream-name.js';
import type { InputSettings } from '../settings.js';

export type Credentials = SdkApiOptions['credentials'];

export interface ClientOptions {
  readonly region?: string;
  readonly credentials?: NonNullable<Credentials>;
  readonly endpoint?: string;
  readonly requestHandler: NodeHttpHandler;
}

const requestTimeoutMs = 15_000;

/** For the services beside Kinesis, which are asked rarely; what has no key is left to the AWS environment. */
export async function createClientOptions(
  input: InputSettings,
  endpoint: string | undefined,
  watch: AwsWatch,
): Promise<ClientOptions> {
  const region = regionOf(input);
  const credentials = await createCredentials(input, watch);
  return {
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
    ...(endpoint !== undefined && { endpoint }),
    requestHandler: await createHandler(input.proxy, watch),
  };
}

/** Undefined leaves it to the AWS environment. */
export function regionOf({ region, stream }: Pick<InputSettings, 'region' | 'stream'>): string | undefined {
  return region ?? regionOfStream(stream);
}

/** Undefined for the SDK's default chain. */
export async function createCredentials(
  { assumeRole, proxy, region }: InputSettings,
  watch: AwsWatch,
): Promise<Credentials> {
  if (!assumeRole) return undefined;
  // Loaded only when asked for: it brings the client of another service.
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const { arn, externalId } = assumeRole;
  const params = { RoleArn: arn, RoleSessionName: 'kinesis-snare', ...(externalId && { ExternalId: externalId }) };
  const requestHandler = await createHandler(proxy, watch);
  // Looked for anew each time that the role is assumed; the SDK would keep those without an end for ever.
  const lookAnew = () => fromNodeProviderChain({ ignoreCache: true })();
  const masterCredentials = Object.assign(lookAnew, { memoized: true });
  const clientConfig = { requestHandler, ...(region && { region }) };
  const { requireSession } = await import('../../src/session-response.js');
  return fromTemporaryCredentials({ params, masterCredentials, clientConfig, clientPlugins: [requireSession] });
}

/** Loaded late, as all of the SDK is: whoever reads no stream never needs it. */
async function createHandler(proxy: string | undefined, watch: AwsWatch): Promise<NodeHttpHandler> {
  const { createRequestHandler } = await import('../../src/aws-agents.js');
  return createRequestHandler(proxy, requestTimeoutMs, { watch });
}
