/** Creates the source of formats from the settings: the settings alone, or with `auto` also the formats that EC2 lists. */
import { accountOf } from '../aws/arn.js';
import type { AwsWatch } from '../aws/watch.js';
import { ConfigurationError } from '../configuration-error.js';
import { type AutoFormatsOptions, createAutoFormats } from '../flow-log/auto-formats.js';
import { type FormatList, type FormatRule, toFormatList } from '../flow-log/format-list.js';
import { createFixedFormats, type FormatSource } from '../flow-log/format-source.js';
import type { InputSettings } from '../settings/settings.js';
import { createClientOptions } from './clients.js';

export type FormatWiring = Omit<AutoFormatsOptions, 'lookUp' | 'rules' | 'account'> & {
  /** ARN of the stream, once it is known. */
  readonly streamArn: () => string | undefined;
  readonly watch: AwsWatch;
};

export interface OpenFormats {
  readonly formats: FormatSource;
  /** Closes connections. */
  close(): void;
}

/** @throws ConfigurationError if formats are to be looked up and the package for it is missing */
export async function openFormats(input: InputSettings, wiring: FormatWiring): Promise<OpenFormats> {
  if (!isAuto(input)) return { formats: createFixedFormats(createFormats(input.formats)), close() {} };
  const { createFlowLogLookUp } = await import('../cloudwatch/flow-log-lookup.js');
  const lookUp = await createFlowLogLookUp(await createClientOptions(input, input.ec2Endpoint, wiring));
  if (!lookUp) throw new ConfigurationError([missingClient]);
  const formats = createAutoFormats({
    ...wiring,
    lookUp: lookUp.listFormats,
    rules: toFormatRules(input.formats),
    // The credentials decide whose flow logs EC2 lists: the account of the role, or usually the account of the stream.
    account: () => accountOf(input.assumeRole?.arn ?? wiring.streamArn()),
  });
  return { formats, close: lookUp.close };
}

/** The settings were checked when they were loaded, so a fault here is a bug. */
export function createFormats(formats: InputSettings['formats']): FormatList {
  return toFormatList(toFormatRules(formats));
}

/** The formats that the settings list; none for `auto`. */
export function toFormatRules(formats: InputSettings['formats']): readonly FormatRule[] {
  return (typeof formats === 'string' ? [formats] : formats)
    .filter((rule) => rule !== 'auto')
    .map((rule) => (typeof rule === 'string' ? { format: rule } : rule));
}

export function isAuto({ formats }: Pick<InputSettings, 'formats'>): boolean {
  return formats === 'auto' || (Array.isArray(formats) && formats.includes('auto'));
}

const missingClient = {
  path: 'input.formats',
  expected: 'the package "@aws-sdk/client-ec2" for the value "auto"',
  source: 'node_modules',
  hint: 'it is not installed; npm install @aws-sdk/client-ec2, or give the formats themselves',
};
