/** From the settings of an input to what reading a stream needs. */
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createAgents } from '../src/aws-agents.js';
import type { LogsApi } from '../src/cloudwatch/api.js';
import { createSdkApi as createLogsSdkApi } from '../src/cloudwatch/sdk-api.js';
import type { PayloadLimits } from '../src/cloudwatch/to-payloads.js';
import { createFormatList, type FormatList } from '../src/flow-log/format-list.js';
import type { KinesisApi } from '../src/kinesis/api.js';
import { createSdkApi, regionOf, type SdkApiOptions } from '../src/kinesis/sdk-api.js';
import type { StartAt } from '../src/kinesis/stream-reader.js';
import type { InputSettings } from './settings.js';

export async function createApi(input: InputSettings): Promise<KinesisApi> {
  const { stream, region, endpoint, proxy } = input;
  const options: SdkApiOptions = { stream, region, endpoint, proxy };
  const credentials = await createCredentials(input);
  return createSdkApi({ ...options, ...(credentials && { credentials }) });
}

/** Log groups are looked for where the stream is. */
export async function createLogsApi(input: InputSettings): Promise<LogsApi> {
  const { region = regionOf(input.stream), logsEndpoint, proxy } = input;
  return createLogsSdkApi({ region, endpoint: logsEndpoint, proxy, credentials: await createCredentials(input) });
}

/** Of the payloads that fetched log events are put into: well within what a record may hold. */
export function toPayloadLimits({ maxEventsPerRecord, maxRecordBytes }: InputSettings): PayloadLimits {
  return { maxEvents: Math.min(maxEventsPerRecord, 1000), maxBytes: Math.min(maxRecordBytes, 1024 * 1024) };
}

/** Undefined for the SDK's default chain. */
async function createCredentials({
  assumeRole,
  proxy,
  region,
}: InputSettings): Promise<SdkApiOptions['credentials'] | undefined> {
  if (!assumeRole) return undefined;
  // Loaded only when asked for: it brings the client of another service.
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const { arn, externalId } = assumeRole;
  const params = { RoleArn: arn, RoleSessionName: 'kinesis-snare', ...(externalId && { ExternalId: externalId }) };
  const requestHandler = new NodeHttpHandler(createAgents(proxy));
  // Looked for anew each time that the role is assumed; the SDK would keep those without an end for ever.
  const lookAnew = () => fromNodeProviderChain({ ignoreCache: true })();
  const masterCredentials = Object.assign(lookAnew, { memoized: true });
  const clientConfig = { requestHandler, ...(region && { region }) };
  return fromTemporaryCredentials({ params, masterCredentials, clientConfig });
}

export function toStartAt(startAt: InputSettings['startAt']): StartAt {
  if (startAt === 'latest' || startAt === 'earliest') return { type: startAt };
  return { type: 'time', atMs: Date.parse(startAt) };
}

/** The settings were checked when they were loaded, so a fault here is a defect. */
export function createFormats(formats: InputSettings['formats']): FormatList {
  const rules = (typeof formats === 'string' ? [formats] : formats).map((rule) =>
    typeof rule === 'string' ? { format: rule } : rule,
  );
  const list = createFormatList(rules);
  if ('faults' in list) throw new TypeError(list.faults.map(({ fault }) => fault).join('; '));
  return list;
}
