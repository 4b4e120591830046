/** From the settings of an input to what reading a stream needs. A client of AWS is loaded only by whoever asks for it. */
import type { LogsApi } from '../cloudwatch/api.js';
import type { PayloadLimits } from '../cloudwatch/to-payloads.js';
import { createFormatList, type FormatList, type FormatRule } from '../flow-log/format-list.js';
import type { KinesisApi } from '../kinesis/api.js';
import type { StartAt } from '../kinesis/stream-reader.js';
import type { InputSettings } from '../settings/settings.js';
import { type AwsAccess, createCredentials, regionOf } from './clients.js';

export async function createApi(input: InputSettings, access: AwsAccess): Promise<KinesisApi> {
  const { stream, region, endpoint, proxy } = input;
  const { createSdkApi } = await import('../kinesis/sdk-api.js');
  const credentials = await createCredentials(input, access);
  return createSdkApi({ stream, region, endpoint, proxy, credentials, watch: access.watch });
}

/** Log groups are looked for where the stream is. */
export async function createLogsApi(input: InputSettings, access: AwsAccess): Promise<LogsApi> {
  const { logsEndpoint, proxy } = input;
  const { createSdkApi } = await import('../cloudwatch/sdk-api.js');
  const credentials = await createCredentials(input, access);
  return createSdkApi({ region: regionOf(input), endpoint: logsEndpoint, proxy, credentials, watch: access.watch });
}

/** Of the payloads that fetched log events are put into: well within what a record may hold. */
export function toPayloadLimits({ maxEventsPerRecord, maxRecordBytes }: InputSettings): PayloadLimits {
  return { maxEvents: Math.min(maxEventsPerRecord, 1000), maxBytes: Math.min(maxRecordBytes, 1024 * 1024) };
}

export function toStartAt(startAt: InputSettings['startAt']): StartAt {
  if (startAt === 'latest' || startAt === 'earliest') return { type: startAt };
  return { type: 'time', atMs: Date.parse(startAt) };
}

/** The settings were checked when they were loaded, so a fault here is a defect. */
export function createFormats(formats: InputSettings['formats']): FormatList {
  const list = createFormatList(toFormatRules(formats));
  if ('faults' in list) throw new TypeError(list.faults.map(({ fault }) => fault).join('; '));
  return list;
}

/** Those that are given; `auto` is none. */
export function toFormatRules(formats: InputSettings['formats']): readonly FormatRule[] {
  return (typeof formats === 'string' ? [formats] : formats)
    .filter((rule) => rule !== 'auto')
    .map((rule) => (typeof rule === 'string' ? { format: rule } : rule));
}
