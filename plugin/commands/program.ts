/** The commands and their options. The module of a command, with its dependencies, is loaded only if the command is chosen. */
import { Argument, Command, Option } from 'commander';
import { toTerminalText } from '../terminal-text.js';
import type { Diagnostics } from './diagnostics.js';
import type { EmulatorOptions } from './emulator/emulator.js';
import { exitCodes } from './exit.js';
import { defaultFilterName, defaultFiltersPerGroup } from './filter-commands.js';
import { addExamples, addFirstSteps, type examples, styleTitle } from './help.js';
import type { Choices } from './init/choices.js';
import type { InitFlags } from './init/init.js';
import {
  type BackfillFlags,
  type CommonOptions,
  giveUpOption,
  logFormatOption,
  logLevelOption,
  type ManifestOptions,
  manifestOption,
  printTools,
  type ReconcileFlags,
  type SetupFlags,
  statsIntervalOption,
  toCount,
  toPort,
  toRate,
  toSeed,
} from './options.js';
import { packageVersion } from './package-version.js';
import type { Streams } from './run-program.js';
import { paint, type Screen, screenOf } from './screen.js';
import type { StatusLine } from './status-line.js';

export interface ProgramWiring {
  /** Runs a command, and turns what it returns or throws into the exit code. */
  readonly run: (options: CommonOptions, command: (diagnostics: Diagnostics) => Promise<number>) => Promise<void>;
  readonly statusLine: StatusLine;
  readonly streams: Streams;
  /** Whether to leave out the command `completion`; default: false. */
  readonly isCompleting?: boolean;
}

export function createProgram({ run, statusLine, streams, isCompleting = false }: ProgramWiring): Command {
  const { stdout, stderr } = streams;
  const write = (text: string) => stdout.write(text);
  const program = new Command('kinesis-snare')
    .description('Sends AWS VPC Flow Logs from a Kinesis data stream to Snare Central')
    .version(packageVersion(), '-v, --version', 'Print the version')
    .helpOption('-h, --help', 'Show this help')
    .helpCommand('help [command]', 'Show the help of a command')
    .exitOverride()
    .showHelpAfterError('Add --help for the commands and options')
    .configureOutput({
      writeOut: write,
      writeErr: (text) => stderr.write(text),
      outputError: (text, writeError) => writeError(formatUsageError(text, screenOf(stderr))),
    })
    .configureHelp({ styleTitle });
  addFirstSteps(program);

  const add = (name: keyof typeof examples, description: string, parent = program): Command => {
    const word = name.split(' ').at(-1) ?? name;
    return addExamples(parent.command(word).description(description), name);
  };

  add('run', 'Read the stream and send its flow logs to the output until stopped')
    .option('--once', 'Stop when everything that is in the stream now is delivered')
    .addOption(statsIntervalOption())
    .addOption(giveUpOption())
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { once?: true; giveUp: number; statsInterval: number }) =>
      run(options, async (diagnostics) => {
        const { runCommand } = await import('./run.js');
        const { once = false, giveUp, statsInterval: statsIntervalMs } = options;
        return runCommand({ ...options, once, statsIntervalMs, giveUpMs: giveUp * 1000, statusLine, diagnostics });
      }),
    );

  add('status', 'Show what the running process does: rates, lag, memory, output, faults and counts')
    .option('--watch', 'Show it on the whole screen, again every second, until q')
    .option('--json', 'Print it as one JSON object')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { watch?: true; json?: true }) =>
      run(options, async () => {
        const { statusCommand } = await import('./status/status.js');
        const { watch = false, json = false } = options;
        return statusCommand({ ...options, watch, json, screen: screenOf(stdout), write });
      }),
    );

  add('health', 'End with 0 if the running process is alive, otherwise with 1; for the probes of a container')
    .option('--ready', 'Ask whether flow logs go through, as /readyz does')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { ready?: true }) =>
      run(options, async () => {
        const { healthCommand } = await import('./status/health.js');
        return healthCommand({ ...options, ready: options.ready ?? false, write });
      }),
    );

  add('check', 'Check every part of the path, from the manifest to the receiver; changes nothing')
    .option('--json', 'Print the results as one JSON object')
    .option('--offline', 'Check the manifest alone; nothing is connected to')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { json?: true; offline?: true }) =>
      run(options, async () => {
        const { checkCommand } = await import('./check/check.js');
        const { json = false, offline: isOffline = false } = options;
        return checkCommand({ ...options, json, isOffline, screen: screenOf(stdout), write });
      }),
    );

  add('setup', 'Create the stream and its subscription filters; shows the plan, and carries it out with --yes')
    .addOption(new Option('--yes', 'Carry out the plan').conflicts('print'))
    .addOption(
      new Option('--print <tool>', 'Print it for a tool that creates it, without a call to AWS').choices(printTools),
    )
    .option('--log-group <names...>', 'Log groups to use instead of input.logGroups')
    .option('--role-arn <arn>', 'Role with which CloudWatch Logs writes to the stream')
    .option('--shards <number>', 'Shards of a new stream (default: on demand)', toCount)
    .option('--filter-name <name>', 'Name of the subscription filters', defaultFilterName)
    .addOption(
      new Option('--distribution <how>', 'How lines are distributed to the shards')
        .choices(['by-log-stream', 'random'])
        .default('by-log-stream'),
    )
    .option(
      '--filters-per-group <number>',
      'Quota of subscription filters for a log group',
      toCount,
      defaultFiltersPerGroup,
    )
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: SetupFlags) =>
      run(options, async (diagnostics) => {
        const { yes: isAgreed = false, logGroup: logGroups = [], roleArn, shards, print: tool } = options;
        if (tool !== undefined) {
          const { printCommand } = await import('./setup/print/print.js');
          return printCommand({ ...options, tool, logGroups, shards, write, diagnostics });
        }
        const { setupCommand } = await import('./setup/setup.js');
        const screen = screenOf(stdout);
        return setupCommand({ ...options, isAgreed, logGroups, roleArn, shards, screen, write, diagnostics });
      }),
    );

  add('demo', 'Show the whole path on this machine, with an emulated stream and a receiver')
    .addOption(logFormatOption())
    .action((options: CommonOptions) =>
      run(options, async (diagnostics) => {
        const { demoCommand } = await import('./demo.js');
        return demoCommand(diagnostics);
      }),
    );

  add('init', 'Write a manifest, with what your AWS credentials can see; asks on a terminal')
    .option('--stream <name>', 'Name or ARN of the Kinesis stream')
    .option('--region <region>', 'AWS region (default: that of the AWS environment)')
    .option('--log-group <names...>', 'Log groups with the flow logs')
    .option('--output <address>', 'Receiver: tcp://HOST:PORT, tls://HOST:PORT, file:PATH or stdout')
    .option('--start-at <position>', 'latest, earliest or a time, for input.startAt')
    .option('--endpoint <url>', 'Address of an emulator, or of a VPC endpoint')
    .option('--force', 'Replace a manifest that exists')
    .option('--yes', 'Ask nothing')
    .option('-m, --manifest <file>', 'Manifest to write', './manifest.json')
    .addOption(logFormatOption())
    .action((options: CommonOptions & Omit<InitFlags, 'force'> & { force?: true; yes?: true }) =>
      run(options, async (diagnostics) => {
        const [{ initCommand }, choices] = await Promise.all([import('./init/init.js'), choicesOf(options.yes)]);
        return initCommand({ ...options, force: options.force ?? false }, { choices, diagnostics });
      }),
    );

  add('emulator', 'Keep an emulated stream on this machine that is filled with flow logs, to try things with')
    .option('--rate <lines>', 'Lines a second', toRate, 10)
    .option(
      '--lines <number>',
      'Fill it with so many lines, and then only keep it (default: fill it on and on)',
      toCount,
    )
    .option('--seed <number>', 'Seed of the lines: the same seed gives the same lines', toSeed, 1)
    .option('--stream <name>', 'Name of the stream', 'vpc-flow-logs')
    .option('--shards <number>', 'Shards of the stream', toCount, 2)
    .option('--port <number>', 'Port on the loopback interface; 0 for a free one', toPort, 4567)
    .addOption(logFormatOption())
    .action((options: CommonOptions & Omit<EmulatorOptions, 'write' | 'diagnostics'>) =>
      run(options, async (diagnostics) => {
        const { emulatorCommand } = await import('./emulator/emulator.js');
        return emulatorCommand({ ...options, write, diagnostics });
      }),
    );

  add('replay', 'Send the records of a dead-letter file again; those that are confirmed are removed from it')
    .argument('[file]', 'Dead-letter file (default: that of the manifest)')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((file: string | undefined, options: ManifestOptions) =>
      run(options, async (diagnostics) => {
        const { replayCommand } = await import('./replay.js');
        return replayCommand({ ...options, file, statusLine, diagnostics });
      }),
    );

  add('backfill', 'Send the flow logs that CloudWatch Logs keeps in a log group; continues when it is run again')
    .requiredOption('--log-group <name>', 'Name or ARN of the log group')
    .option('--log-stream-prefix <prefix>', 'Only log streams whose names begin with this')
    .requiredOption('--from <time>', 'Earliest start of a flow, such as 2026-01-15T08:00:00Z or "2h ago"')
    .option('--dry-run', 'Count what would be sent, and send nothing')
    .requiredOption('--to <time>', 'Flows that start at this time or later are not sent')
    .addOption(giveUpOption())
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: BackfillFlags) =>
      run(options, async (diagnostics) => {
        const { backfillCommand } = await import('./backfill.js');
        const { dryRun = false, giveUp } = options;
        return backfillCommand({ ...options, dryRun, giveUpMs: giveUp * 1000, statusLine, write, diagnostics });
      }),
    );

  add('reconcile', 'Prove that what CloudWatch Logs has of a log group was delivered; changes nothing')
    .requiredOption('--log-group <name>', 'Name or ARN of the log group')
    .requiredOption('--from <time>', 'Start of the first hour, such as 2026-01-15T08:00:00Z or "26h ago"')
    .requiredOption('--to <time>', 'End of the last hour, such as "2h ago"')
    .option('--json', 'Print the result as one JSON object')
    .addOption(giveUpOption())
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ReconcileFlags) =>
      run(options, async (diagnostics) => {
        const { reconcileCommand } = await import('./reconcile/reconcile.js');
        const { json = false, giveUp } = options;
        return reconcileCommand({ ...options, json, giveUpMs: giveUp * 1000, statusLine, write, diagnostics });
      }),
    );

  const checkpoint = add('checkpoint', 'Show or reset the checkpoint');
  add('checkpoint show', 'Print where each shard continues', checkpoint)
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions) =>
      run(options, async (diagnostics) => {
        const { checkpointCommand } = await import('./checkpoint.js');
        return checkpointCommand({ ...options, action: 'show', write, diagnostics });
      }),
    );
  add('checkpoint reset', 'Rename the checkpoint, so that the next start is at input.startAt', checkpoint)
    .option('--yes', 'Do not ask')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { yes?: true }) =>
      run(options, async (diagnostics) => {
        const { checkpointCommand } = await import('./checkpoint.js');
        const { yes: isAgreed = false } = options;
        return checkpointCommand({ ...options, action: 'reset', isAgreed, write, diagnostics });
      }),
    );

  add('kcl', "Deliver one shard as the child of KCL's MultiLangDaemon, which starts this command itself")
    .option('--print-properties', 'Print a properties file for the MultiLangDaemon instead')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { printProperties?: true }) =>
      run(options, async (diagnostics) => {
        if (options.printProperties) {
          const { printProperties } = await import('./kcl/print-properties.js');
          printProperties(options.manifest, write);
          return exitCodes.clean;
        }
        const { kclCommand } = await import('./kcl/kcl.js');
        return kclCommand({ ...options, diagnostics });
      }),
    );

  add('manifest', 'Print the settings in effect, with secrets hidden')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions) =>
      run(options, async () => {
        const { manifestCommand } = await import('./manifest.js');
        return manifestCommand(options.manifest, write);
      }),
    );

  if (!isCompleting) {
    add('completion', 'Print a script with which your shell completes commands and options')
      .addArgument(new Argument('<shell>').choices(['bash', 'fish', 'powershell', 'zsh']))
      .action((shell: string) =>
        run({ logFormat: 'text' }, async () => {
          const { printCompletion } = await import('./completion.js');
          printCompletion(shell);
          return exitCodes.clean;
        }),
      );
  }

  for (const command of commandsOf(program)) {
    if (!command.options.some(({ long }) => long === '--log-format')) continue;
    command.addOption(logLevelOption()).option('--quiet', 'Print errors only, and no progress');
  }
  return program;
}

/** Questions require a terminal for both the question and the answer. */
async function choicesOf(asksNothing = false): Promise<Choices> {
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  if (asksNothing || !isTerminal) return (await import('./init/choices.js')).unattendedChoices;
  const { createQuestions } = await import('./init/ask.js');
  return createQuestions({ input: process.stdin, output: process.stderr });
}

function* commandsOf(parent: Command): Generator<Command> {
  for (const command of parent.commands) {
    yield command;
    yield* commandsOf(command);
  }
}

/** The error on one line, because it quotes the user's input. It includes commander's suggestion of what was meant. */
function formatUsageError(text: string, screen: Screen): string {
  const [, label = '', rest = ''] = /^(error:)?(.*)$/s.exec(text.trim()) ?? [];
  return `${paint(label, 'red', screen)}${toTerminalText(rest)}\n`;
}
