/** From the settings of an input to what reading a stream needs. */
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createAgents } from '../src/aws-agents.js';
import { createFormatList, type FormatList } from '../src/flow-log/format-list.js';
import type { KinesisApi } from '../src/kinesis/api.js';
import { createSdkApi, type SdkApiOptions } from '../src/kinesis/sdk-api.js';
import type { StartAt } from '../src/kinesis/stream-reader.js';
import type { InputSettings } from './settings.js';

export async function createApi({ stream, region, endpoint, assumeRole, proxy }: InputSettings): Promise<KinesisApi> {
  const options: SdkApiOptions = { stream, region, endpoint, proxy };
  if (!assumeRole) return createSdkApi(options);
  // Loaded only when asked for: it brings the client of another service.
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const { arn, externalId } = assumeRole;
  const params = { RoleArn: arn, RoleSessionName: 'kinesis-snare', ...(externalId && { ExternalId: externalId }) };
  const requestHandler = new NodeHttpHandler(createAgents(proxy));
  // Looked for anew each time that the role is assumed; the SDK would keep those without an end for ever.
  const lookAnew = () => fromNodeProviderChain({ ignoreCache: true })();
  const masterCredentials = Object.assign(lookAnew, { memoized: true });
  const clientConfig = { requestHandler, ...(region && { region }) };
  const credentials = fromTemporaryCredentials({ params, masterCredentials, clientConfig });
  return createSdkApi({ ...options, credentials });
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
