/** With `formats: "auto"`, looks up in EC2 what is known about the log groups. Determines the formats that parse a sample. */

import { toLogGroupName } from '../../../src/aws/arn.js';
import type { AwsWatch } from '../../../src/aws/watch.js';
import type { Clock } from '../../../src/clock.js';
import { ConfigurationError } from '../../../src/configuration-error.js';
import { startDeadline } from '../../../src/deadline.js';
import { createFixedFormats, type FormatSource, type LogLines } from '../../../src/flow-log/format-source.js';
import { adviseFields } from '../../../src/pipeline/advise-fields.js';
import { createFormats, type FormatWiring, isAuto, openFormats } from '../../../src/pipeline/open-formats.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import { count } from '../count.js';
import type { CheckResult } from './check-result.js';

export interface FormatCheck {
  readonly source: FormatSource;
  /** Undefined if nothing is looked up and there is no advice. */
  readonly result: CheckResult | undefined;
}

const name = 'formats';
const limitMs = 15_000;

export async function checkFormats(
  input: InputSettings,
  sample: readonly LogLines[],
  streamArn: string,
  { clock, watch, signal }: { readonly clock: Clock; readonly watch: AwsWatch; readonly signal: AbortSignal },
): Promise<FormatCheck> {
  const fixed = createFixedFormats(createFormats(input.formats));
  const advice = [...adviseFields(input.formats)];
  if (!isAuto(input)) {
    return { source: fixed, result: advice.length > 0 ? judge(fixed, advice, []) : undefined };
  }
  const faults: string[] = [];
  using deadline = startDeadline(clock, limitMs, signal);
  const wiring: FormatWiring = {
    streamArn: () => streamArn,
    watch,
    clock,
    random: Math.random,
    signal: deadline.signal,
    onAdvice: (message) => advice.push(message),
    onFault: ({ message }) => faults.push(message),
    onRecovery: () => {},
  };
  try {
    const { formats, close } = await openFormats(input, wiring);
    try {
      await formats.prepare([...input.logGroups.map(toLines), ...sample]);
      return { source: formats, result: judge(formats, advice, [...input.logGroups.map(toLines), ...sample]) };
    } finally {
      close();
    }
  } catch (error) {
    if (error instanceof ConfigurationError) {
      const [, message = ''] = error.message.split('\n');
      return { source: fixed, result: { name, status: 'fail', message } };
    }
    const message = faults.at(-1) ?? 'The look-up of the formats timed out';
    return {
      source: fixed,
      result: { name, status: 'fail', message, advice: 'check the network and input.ec2Endpoint' },
    };
  }
}

function judge(formats: FormatSource, advice: readonly string[], lines: readonly LogLines[]): CheckResult {
  const byGroup = new Map(
    lines
      .filter(({ logGroup }) => logGroup !== '')
      .map(({ logGroup, owner }) => [logGroup, formats.current.select(logGroup, '', owner).map(({ text }) => text)]),
  );
  const details = { formats: Object.fromEntries(byGroup) };
  const [first, ...others] = advice;
  if (first !== undefined) {
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    return { name, status: 'warn', message: `${first}${more}`, details: { ...details, advice } };
  }
  if (byGroup.size === 0) {
    const message = 'No log group is known yet, so nothing was looked up';
    return { name, status: 'warn', message, advice: 'set input.logGroups', details };
  }
  return { name, status: 'pass', message: `Looked up the formats of ${count(byGroup.size, 'log group')}`, details };
}

function toLines(logGroup: string): LogLines {
  return { owner: '', logGroup: toLogGroupName(logGroup), logStream: '', events: [] };
}
