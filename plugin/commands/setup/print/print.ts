/** `setup --print`: what setup creates, for a tool that creates it. Makes no call to AWS. */
import { toLogGroupName, toStreamName } from '../../../../src/aws/arn.js';
import type { Distribution } from '../../../../src/cloudwatch/subscriptions.js';
import { isAuto } from '../../../../src/pipeline/open-formats.js';
import { PluginStartError } from '../../../errors.js';
import { loadSettings } from '../../../manifest/manifest.js';
import { toTerminalJsonText } from '../../../terminal-text.js';
import type { Diagnostics } from '../../diagnostics.js';
import { exitCodes } from '../../exit.js';
import { checkRole } from '../check-role.js';
import type { Stack } from './stack.js';
import { toCloudFormation } from './to-cloudformation.js';
import { toTerraform } from './to-terraform.js';

export interface PrintOptions {
  readonly manifest: string;
  readonly tool: 'cloudformation' | 'terraform';
  /** Replaces the log groups of the manifest unless it is empty. */
  readonly logGroups: readonly string[];
  readonly shards: number | undefined;
  readonly roleArn: string | undefined;
  readonly filterName: string;
  readonly distribution: Distribution;
  readonly write: (text: string) => void;
  readonly diagnostics: Pick<Diagnostics, 'log'>;
}

export function printCommand({ manifest, tool, logGroups, write, diagnostics, ...options }: PrintOptions): number {
  checkRole(options.roleArn);
  const { input } = loadSettings(manifest).settings;
  if (!input) throw new PluginStartError(`There is no stream to set up: set config.input in "${manifest}"`);
  const stack: Stack = {
    ...options,
    stream: toStreamName(input.stream),
    logGroups: (logGroups.length > 0 ? logGroups : input.logGroups).map(toLogGroupName),
    consumer: input.fanOut?.consumer,
    looksUpFormats: isAuto(input),
  };
  write(`${toTerminalJsonText(tool === 'terraform' ? toTerraform(stack) : toCloudFormation(stack))}\n`);
  if (stack.logGroups.length === 0) {
    diagnostics.log('warn', 'No log group is named, so no filter is printed; set input.logGroups or use --log-group');
  }
  return exitCodes.clean;
}
