/** Creates AWS clients from the settings of an input. The packages of a client are loaded only when it is needed. */
import { regionOf as regionOfStream } from '../aws/arn.js';
import type { ClientOptions } from '../aws/client.js';
import { type Credentials, createCredentials as createSharedCredentials } from '../aws/credentials.js';
import type { AwsWatch } from '../aws/watch.js';
import type { LogsApi } from '../cloudwatch/api.js';
import type { PayloadLimits } from '../cloudwatch/to-payloads.js';
import type { KinesisApi } from '../kinesis/api.js';
import type { FanOut } from '../kinesis/fan-out-api.js';
import type { InputSettings } from '../settings/settings.js';

/** For a response to a request for credentials. */
const credentialsTimeoutMs = 15_000;

/** What every AWS client uses. */
export interface AwsAccess {
  readonly watch: AwsWatch;
  /** Aborts when no more calls are made; an attempt to get credentials is then cancelled. */
  readonly signal?: AbortSignal | undefined;
}

export async function createApi(input: InputSettings, access: AwsAccess): Promise<KinesisApi> {
  const { createSdkApi } = await import('../kinesis/sdk-api.js');
  return createSdkApi({ stream: input.stream, ...(await createClientOptions(input, input.endpoint, access)) });
}

/** Undefined if the shards are polled. */
export async function createFanOut(input: InputSettings, access: AwsAccess): Promise<FanOut | undefined> {
  if (!input.fanOut) return undefined;
  const { createSdkFanOutApi } = await import('../kinesis/sdk-fan-out-api.js');
  const options = await createClientOptions(input, input.endpoint, access);
  return { api: createSdkFanOutApi({ stream: input.stream, ...options }), consumer: input.fanOut.consumer };
}

/** Log groups are expected in the region of the stream. */
export async function createLogsApi(input: InputSettings, access: AwsAccess): Promise<LogsApi> {
  const { createSdkApi } = await import('../cloudwatch/sdk-api.js');
  return createSdkApi(await createClientOptions(input, input.logsEndpoint, access));
}

/** Limits of the payloads that hold fetched log events: well within those of a record. */
export function toPayloadLimits({ maxEventsPerRecord, maxRecordBytes }: InputSettings): PayloadLimits {
  return { maxEvents: Math.min(maxEventsPerRecord, 1000), maxBytes: Math.min(maxRecordBytes, 1024 * 1024) };
}

/** The options of the client of any service. */
export async function createClientOptions(
  input: InputSettings,
  endpoint: string | undefined,
  access: AwsAccess,
): Promise<ClientOptions> {
  const credentials = await createCredentials(input, access);
  return { region: regionOf(input), endpoint, credentials, proxy: input.proxy, watch: access.watch };
}

/** If undefined, the AWS environment decides. */
export function regionOf({ region, stream }: Pick<InputSettings, 'region' | 'stream'>): string | undefined {
  return region ?? regionOfStream(stream);
}

/** Loads the SDK lazily: a plugin that reads no stream never loads it. */
export async function createCredentials(input: InputSettings, { watch, signal }: AwsAccess): Promise<Credentials> {
  const { assumeRole, findProvider } = await import('../aws/find-provider.js');
  const { createRequestHandler } = await import('../aws/agents.js');
  const requestHandler = createRequestHandler(input.proxy, credentialsTimeoutMs, { watch });
  const options = { env: process.env, requestHandler, region: regionOf(input) };
  const find = async () => {
    const base = await findProvider(options);
    return input.assumeRole ? assumeRole(input.assumeRole, base, options) : base;
  };
  return createSharedCredentials({ find, clock: watch.clock, signal });
}

/** Records the endpoints of the settings, including those that nothing has called yet. */
export function noteEndpoints(input: InputSettings, watch: AwsWatch): void {
  const { endpoint, logsEndpoint, ec2Endpoint, checkpoint } = input;
  const tableEndpoint = checkpoint.type === 'dynamodb' ? checkpoint.endpoint : undefined;
  for (const given of [endpoint, logsEndpoint, ec2Endpoint, tableEndpoint])
    if (given !== undefined) watch.noteEndpoint(new URL(given));
}

/** The advice for requests to AWS that leave the machine unencrypted. */
export function describePlain(origin: string): { readonly message: string; readonly advice: string } {
  return {
    message: `Requests to AWS go to ${origin} unencrypted: anyone on the network path can read their session token and the flow logs`,
    advice:
      'use https where the address is set: input.endpoint, input.logsEndpoint, input.ec2Endpoint, input.checkpoint.endpoint, AWS_ENDPOINT_URL or one of its kind, or endpoint_url in the AWS config file',
  };
}
