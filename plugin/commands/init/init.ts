/** `init`: writes a manifest from a few answers, or from flags, with what the AWS credentials can see. Changes nothing else. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { regionOf, toStreamName } from '../../../src/aws/arn.js';
import { nameOutput } from '../../../src/pipeline/open-output.js';
import type { InputSettings, OutputSettings } from '../../../src/settings/settings.js';
import { loadSettings } from '../../manifest/manifest.js';
import { nameManifest } from '../../manifest/name-manifest.js';
import { count } from '../count.js';
import type { Diagnostics } from '../diagnostics.js';
import { CommandError, exitCodes } from '../exit.js';
import { createSchemaAddress } from '../schema-address.js';
import { CancelledError, type Choices } from './choices.js';
import { findLogGroups, findRegion, findStreams } from './find-sources.js';
import { parseOutput } from './parse-output.js';

export interface InitFlags {
  /** The file to write. */
  readonly manifest: string;
  /** Whether to replace a manifest that exists without a question. */
  readonly force: boolean;
  readonly region?: string | undefined;
  readonly stream?: string | undefined;
  readonly logGroup?: readonly string[] | undefined;
  /** An address for `parseOutput`. */
  readonly output?: string | undefined;
  /** For `input.startAt`. */
  readonly startAt?: string | undefined;
  /** Address of an emulator, for Kinesis and CloudWatch Logs. */
  readonly endpoint?: string | undefined;
}

export interface InitWiring {
  readonly choices: Choices;
  readonly diagnostics: Pick<Diagnostics, 'log'>;
}

export async function initCommand(flags: InitFlags, { choices, diagnostics }: InitWiring): Promise<number> {
  checkFlags(flags);
  const path = resolve(flags.manifest);
  const isThere = existsSync(path);
  try {
    if (isThere && !flags.force && !(await choices.overwrite(path))) throw new CancelledError('Not replaced');
    const { input, output, isComplete } = await decide(flags, choices);
    const config = { input, output };
    const { settings } = loadSettings({ id: 'kinesis-snare', config });
    const manifest = { $schema: createSchemaAddress(dirname(path)), id: 'kinesis-snare', config };
    await write(path, `${JSON.stringify(manifest, undefined, 2)}\n`, isThere);
    for (const line of describe(path, flags.manifest, settings, isComplete)) diagnostics.log('info', line);
    return exitCodes.clean;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    diagnostics.log('info', 'Nothing was written');
    return exitCodes.fault;
  }
}

/** Before any question and any call: what the user has typed may be wrong. */
function checkFlags({ output, region = 'us-east-1', endpoint, startAt }: InitFlags): void {
  if (output !== undefined) parseOutput(output);
  toInput({ stream: 'any', region, ...toPlace(endpoint, startAt) });
}

function toPlace(endpoint: string | undefined, startAt: string | undefined): object {
  return {
    ...(endpoint !== undefined && { endpoint, logsEndpoint: endpoint }),
    ...(startAt !== undefined && { startAt }),
  };
}

interface Decided {
  readonly input: object;
  readonly output: object;
  /** Whether the stream exists and a log group sends to it, as far as is known. */
  readonly isComplete: boolean;
}

async function decide(flags: InitFlags, choices: Choices): Promise<Decided> {
  const region = flags.region ?? regionOf(flags.stream ?? '') ?? (await findRegion()) ?? (await choices.region());
  const place = { region, ...toPlace(flags.endpoint, flags.startAt) };
  // A stream is not chosen yet, and the schema requires one.
  const streams = flags.stream === undefined ? await findStreams(toInput({ ...place, stream: 'any' })) : undefined;
  const stream = flags.stream ?? (await choices.stream(streams ?? { items: [] }, region));
  const found = flags.logGroup ? undefined : await findLogGroups(toInput({ ...place, stream }));
  const logGroups = flags.logGroup ?? (await choices.logGroups(found ?? { items: [] }, toStreamName(stream)));
  const output = parseOutput(flags.output ?? (await choices.output()));
  const isThere = streams?.items === undefined || streams.items.includes(stream);
  const isSending = found?.items === undefined || found.items.some(({ sends }) => sends);
  const isComplete = isThere && isSending;
  return { input: { stream, ...place, ...(logGroups.length > 0 && { logGroups }) }, output, isComplete };
}

/** @throws ConfigurationError for a region or an endpoint that cannot be used */
function toInput(input: object): InputSettings {
  return loadSettings({ id: 'kinesis-snare', config: { input } }).settings.input as InputSettings;
}

async function write(path: string, text: string, isReplaced: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: isReplaced ? 'w' : 'wx' });
  } catch (error) {
    throw new CommandError(`"${path}" cannot be written (${(error as Error).message})`, { cause: error });
  }
}

function* describe(
  path: string,
  given: string,
  { input, output }: { readonly input?: InputSettings | undefined; readonly output?: OutputSettings | undefined },
  isComplete: boolean,
): Generator<string> {
  if (!input || !output) return;
  const groups = input.logGroups.length === 0 ? 'no log groups' : count(input.logGroups.length, 'log group');
  yield `Wrote "${path}": stream "${input.stream}" in region "${input.region}", ${groups}, output ${nameOutput(output)}`;
  const option = nameManifest(given);
  if (!isComplete) yield `Next: run "npx kinesis-snare setup${option}", which plans what is missing on AWS`;
  yield `Next: run "npx kinesis-snare check${option}", which tests every step and says how to fix it`;
  yield `Then: run "npx kinesis-snare run${option}", or pass the manifest to register() in your host app`;
}
