#!/usr/bin/env node
/**
 * The command line. Records go to standard output and nothing else does; everything about them goes to standard error.
 * The module of a command, with all that it needs, is loaded only when the command is chosen.
 * Exit codes: 0 clean, 1 a fault or lines undelivered after the drain, 2 usage, 78 a bad configuration.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ConfigurationError } from '../src/configuration-error.js';
import { createDiagnostics, type LogFormat } from './commands/diagnostics.js';
import { endNow, exitCodes, explain } from './commands/exit.js';
import { defaultFilterName, defaultFiltersPerGroup } from './commands/filter-commands.js';
import { packageVersion } from './commands/package-version.js';
import { screenOf } from './commands/screen.js';
import type { SetupOptions } from './commands/setup/setup.js';
import { createStatusLine } from './commands/status-line.js';
import { toTerminalText } from './terminal-text.js';

// The SDK warns of old versions of Node on standard error; on the command line that place is ours.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// A reader that leaves is an end, not a fault; outputs that care listen themselves.
process.stdout.on('error', () => {});
// Nobody may be left to read diagnostics, as in `2>&1 | head`, or a terminal may be gone; the work continues.
process.stderr.on('error', () => {});

const manifestOption = () =>
  new Option('-m, --manifest <file>', 'the manifest with the settings').default('./manifest.json');
const logFormatOption = () =>
  new Option('--log-format <format>', 'layout of what goes to standard error')
    .choices(['text', 'json'])
    .default('text');

const giveUpOption = () =>
  new Option('--give-up <seconds>', 'how long a command that ends by itself waits without any progress')
    .argParser(toCount)
    .default(60);

const statusLine = createStatusLine(process.stderr);

interface CommonOptions {
  readonly manifest: string;
  readonly logFormat: LogFormat;
}

interface SetupFlags extends CommonOptions {
  readonly yes?: true;
  readonly logGroup?: readonly string[];
  readonly roleArn?: string;
  readonly shards?: number;
  readonly filterName: string;
  readonly distribution: SetupOptions['distribution'];
  readonly filtersPerGroup: number;
}

function toCount(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Expected a whole number above 0');
  return number;
}

const write = (text: string) => process.stdout.write(text);

function createProgram(): Command {
  const program = new Command('kinesis-snare')
    .description('AWS VPC Flow Logs from a Kinesis data stream into Snare Central')
    .version(packageVersion())
    .exitOverride()
    // It quotes what was given.
    .configureOutput({ outputError: (text, write) => write(`${toTerminalText(text.trim())}\n`) })
    .configureHelp({ showGlobalOptions: true });

  program
    .command('run')
    .description('read the stream and send its flow logs to the output, until stopped')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .option('--once', 'stop when all that is in the stream now is delivered')
    .addOption(giveUpOption())
    .action((options: CommonOptions & { once?: true; giveUp: number }) =>
      finish(options, async (diagnostics) => {
        const { runCommand } = await import('./commands/run.js');
        return runCommand({ ...options, once: options.once ?? false, giveUpMs: options.giveUp * 1000, diagnostics });
      }),
    );

  program
    .command('check')
    .description('look at every part of the way, from the manifest to the receiver; changes nothing')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .option('--json', 'print the results as one JSON object')
    .action((options: CommonOptions & { json?: true }) =>
      finish(options, async () => {
        const { checkCommand } = await import('./commands/check/check.js');
        return checkCommand({ ...options, json: options.json ?? false, screen: screenOf(process.stdout), write });
      }),
    );

  program
    .command('setup')
    .description('make the stream and the subscription filters; shows a plan, and does it with --yes')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .option('--yes', 'carry the plan out')
    .option('--log-group <names...>', 'log groups in place of input.logGroups')
    .option('--role-arn <arn>', 'the role with which CloudWatch Logs writes to the stream')
    .option('--shards <number>', 'shards of a new stream, which is on demand otherwise', toCount)
    .option('--filter-name <name>', 'name of the subscription filters', defaultFilterName)
    .addOption(
      new Option('--distribution <how>', 'to which shards lines go')
        .choices(['by-log-stream', 'random'])
        .default('by-log-stream'),
    )
    .option('--filters-per-group <number>', 'how many filters AWS allows a log group', toCount, defaultFiltersPerGroup)
    .action((options: SetupFlags) =>
      finish(options, async (diagnostics) => {
        const { setupCommand } = await import('./commands/setup/setup.js');
        return setupCommand({
          ...options,
          isAgreed: options.yes ?? false,
          logGroups: options.logGroup ?? [],
          roleArn: options.roleArn,
          shards: options.shards,
          write,
          diagnostics,
        });
      }),
    );

  program
    .command('demo')
    .description('show the whole path on this machine, with an emulated stream and a receiver of its own')
    .addOption(logFormatOption())
    .action((options: CommonOptions) =>
      finish(options, async (diagnostics) => {
        const { demoCommand } = await import('./commands/demo.js');
        return demoCommand(diagnostics);
      }),
    );

  program
    .command('replay')
    .description('send the records of a dead-letter file once more; what is confirmed is removed from it')
    .argument('[file]', 'the dead-letter file; that of the manifest when left out')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((file: string | undefined, options: CommonOptions) =>
      finish(options, async (diagnostics) => {
        const { replayCommand } = await import('./commands/replay.js');
        return replayCommand({ ...options, file, diagnostics });
      }),
    );

  program
    .command('backfill')
    .description('send the flow logs that a log group of CloudWatch Logs keeps; the same command again goes on')
    .requiredOption('--log-group <name>', 'name or ARN of the log group')
    .option('--log-stream-prefix <prefix>', 'only the log streams whose names begin with it')
    .requiredOption('--from <time>', 'from this start of a flow on, RFC 3339 such as 2026-01-15T08:00:00Z')
    .requiredOption('--to <time>', 'up to this start of a flow, and not with it')
    .addOption(giveUpOption())
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action(
      (
        options: CommonOptions & {
          logGroup: string;
          logStreamPrefix?: string;
          from: string;
          to: string;
          giveUp: number;
        },
      ) =>
        finish(options, async (diagnostics) => {
          const { backfillCommand } = await import('./commands/backfill.js');
          return backfillCommand({ ...options, giveUpMs: options.giveUp * 1000, statusLine, diagnostics });
        }),
    );

  const checkpoint = program.command('checkpoint').description('look at the checkpoint, or begin anew');
  checkpoint
    .command('show')
    .description('print where each shard goes on')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: CommonOptions) =>
      finish(options, async () => {
        const { checkpointCommand } = await import('./commands/checkpoint.js');
        return checkpointCommand({ ...options, action: 'show' });
      }),
    );
  checkpoint
    .command('reset')
    .description('set the checkpoint aside, so that the next start begins at input.startAt')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .option('--yes', 'do not ask')
    .action((options: CommonOptions & { yes?: true }) =>
      finish(options, async () => {
        const { checkpointCommand } = await import('./commands/checkpoint.js');
        return checkpointCommand({ ...options, action: 'reset', isAgreed: options.yes ?? false });
      }),
    );

  program
    .command('manifest')
    .description('print the settings in effect, with secrets hidden')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: CommonOptions) =>
      finish(options, async () => {
        const { manifestCommand } = await import('./commands/manifest.js');
        return manifestCommand(options.manifest);
      }),
    );

  return program;
}

/** The process ends by itself once nothing is left to do, so that what was written is out. */
async function finish(
  { logFormat }: CommonOptions,
  command: (diagnostics: ReturnType<typeof createDiagnostics>) => Promise<number>,
): Promise<void> {
  const diagnostics = createDiagnostics({
    format: logFormat,
    write: (text) => statusLine.write(text),
    screen: screenOf(process.stderr),
  });
  try {
    process.exitCode = await command(diagnostics);
  } catch (error) {
    const { message, code } = explain(error);
    // The faults of a configuration are a line each; its text has no other line feeds.
    for (const line of error instanceof ConfigurationError ? message.split('\n') : [message])
      diagnostics.log('error', line);
    process.exitCode = code;
  }
  diagnostics.close();
  endSoon();
}

/** Something may hang, such as a read of a file system that is gone. */
function endSoon(): void {
  setTimeout(() => endNow('SIGKILL'), 3000).unref();
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
}
