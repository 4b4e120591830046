/** The commands and their options. The module of a command, with its dependencies, is loaded only if the command is chosen. */
import { Argument, Command, Option } from 'commander';
import type { Diagnostics } from './diagnostics.js';
import type { EmulatorOptions } from './emulator/emulator.js';
import { exitCodes } from './exit.js';
import { defaultFilterName, defaultFiltersPerGroup } from './filter-commands.js';
import { addExamples, addFirstSteps, createHelpCommand, type examples, formatUsageError, styleTitle } from './help.js';
import type { Choices } from './init/choices.js';
import type { InitFlags } from './init/init.js';
import { outputForms } from './init/parse-output.js';
import {
  type BackfillFlags,
  type CommonOptions,
  giveUpOption,
  logFormatOption,
  logGroupOption,
  logGroupsOption,
  logLevelOption,
  type ManifestOptions,
  manifestOption,
  printTools,
  type ReconcileFlags,
  type SetupFlags,
  statsIntervalOption,
  toCount,
  toFilterName,
  toPort,
  toRate,
  toSeed,
  toShards,
  toStreamName,
} from './options.js';
import { packageVersion } from './package-version.js';
import type { Streams } from './run-program.js';
import { screenOf } from './screen.js';
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
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Run npx kinesis-snare --help to see the commands')
    .configureOutput({
      writeOut: write,
      writeErr: (text) => stderr.write(text),
      outputError: (text, writeError) => writeError(formatUsageError(text, screenOf(stderr))),
    })
    .configureHelp({ styleTitle });
  addFirstSteps(program);

  const add = (name: keyof typeof examples, description: string, parent = program): Command => {
    const command = parent.command(name.split(' ').at(-1) ?? name).description(description);
    return addExamples(command, name).showHelpAfterError(`Run npx kinesis-snare ${name} --help to see its options`);
  };

  program.commandsGroup('Get started:');

  add('init', 'Write a manifest from what your AWS credentials can see; asks questions on a terminal')
    .option('--stream <name>', 'Name or ARN of the Kinesis stream')
    .option('--region <region>', 'AWS region (default: from the AWS environment)')
    .addOption(logGroupsOption('Log groups with the flow logs'))
    .option('--output <address>', `Receiver: ${outputForms}`)
    .option('--start-at <position>', 'Value of input.startAt: latest, earliest or a time')
    .option('--endpoint <url>', 'Address of an emulator or a VPC endpoint')
    .option('--force', 'Replace an existing manifest')
    .option('--yes', 'Ask no questions')
    .option('-m, --manifest <file>', 'Manifest to write', './manifest.json')
    .addOption(logFormatOption())
    .action((options: CommonOptions & Omit<InitFlags, 'force'> & { force?: true; yes?: true }) =>
      run(options, async (diagnostics) => {
        const [{ initCommand }, choices] = await Promise.all([import('./init/init.js'), choicesOf(options.yes)]);
        return initCommand({ ...options, force: options.force ?? false }, { choices, diagnostics });
      }),
    );

  add('setup', 'Show a plan for the stream and its subscription filters; --yes carries it out')
    .addOption(new Option('--yes', 'Carry out the plan').conflicts('print'))
    .addOption(new Option('--print <tool>', 'Print the plan for this tool, without a call to AWS').choices(printTools))
    .addOption(logGroupsOption('Log groups to use in place of input.logGroups'))
    .option('--role-arn <arn>', 'Role with which CloudWatch Logs writes to the stream')
    .option('--shards <number>', 'Number of shards of a new stream (default: on-demand mode)', toCount)
    .option('--filter-name <name>', 'Name of the subscription filters', toFilterName, defaultFilterName)
    .addOption(
      new Option('--distribution <how>', 'How lines are distributed to the shards')
        .choices(['by-log-stream', 'random'])
        .default('by-log-stream'),
    )
    .addOption(
      new Option('--filters-per-group <number>', 'Quota of subscription filters for a log group')
        .argParser(toCount)
        .default(defaultFiltersPerGroup)
        // The filters of a log group are not looked up for what is printed.
        .conflicts('print'),
    )
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: SetupFlags) =>
      run(options, async (diagnostics) => {
        const { yes: isAgreed = false, logGroup: logGroups = [], roleArn, shards, print: tool } = options;
        if (tool !== undefined) {
          const { printCommand } = await import('./setup/print/print.js');
          return printCommand({ ...options, tool, logGroups, shards, roleArn, write, diagnostics });
        }
        const { setupCommand } = await import('./setup/setup.js');
        const screen = screenOf(stdout);
        return setupCommand({ ...options, isAgreed, logGroups, roleArn, shards, screen, write, diagnostics });
      }),
    );

  add('check', 'Test every step from the manifest to the receiver; changes nothing')
    .option('--json', 'Print the results as one JSON object')
    .option('--offline', 'Check only the manifest, without any connection')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { json?: true; offline?: true }) =>
      run(options, async () => {
        const { checkCommand } = await import('./check/check.js');
        const { json = false, offline: isOffline = false } = options;
        return checkCommand({ ...options, json, isOffline, screen: screenOf(stdout), write });
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

  add('emulator', 'Run an emulated stream on this machine and fill it with flow logs, to try things out')
    .option('--rate <lines>', 'Lines per second', toRate, 10)
    .option('--lines <number>', 'Stop filling after this many lines, and keep the stream (default: no limit)', toCount)
    .option('--seed <number>', 'Seed of the lines; the same seed gives the same lines', toSeed, 1)
    .option('--stream <name>', 'Name of the stream', toStreamName, 'vpc-flow-logs')
    .option('--shards <number>', 'Number of shards', toShards, 2)
    .option('--port <number>', 'Port on the loopback interface; 0 for any free port', toPort, 4567)
    .addOption(logFormatOption())
    .action((options: CommonOptions & Omit<EmulatorOptions, 'write' | 'diagnostics'>) =>
      run(options, async (diagnostics) => {
        const { emulatorCommand } = await import('./emulator/emulator.js');
        return emulatorCommand({ ...options, write, diagnostics });
      }),
    );

  program.commandsGroup('Deliver:');

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

  add('backfill', 'Send flow logs that a CloudWatch log group still has; run it again to continue')
    .addOption(logGroupOption())
    .option('--log-stream-prefix <prefix>', 'Send only log streams whose names begin with this')
    .requiredOption('--from <time>', 'Start of the range, such as 2026-01-15T08:00:00Z or "2h ago"')
    .requiredOption('--to <time>', 'End of the range; flows that start at this time or later are not sent')
    .option('--dry-run', 'Count what would be sent, and send nothing')
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

  add('replay', 'Send the records of a dead-letter file again; confirmed records are removed from it')
    .argument('[file]', 'Dead-letter file (default: the one in the manifest)')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((file: string | undefined, options: ManifestOptions) =>
      run(options, async (diagnostics) => {
        const { replayCommand } = await import('./replay/replay.js');
        return replayCommand({ ...options, file, statusLine, diagnostics });
      }),
    );

  add('kcl', "Deliver one shard as a child of KCL's MultiLangDaemon, which runs this command")
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
        return kclCommand({ ...options, stdin: streams.stdin, write, diagnostics });
      }),
    );

  program.commandsGroup('Inspect:');

  add('status', 'Show the state of the running process: rates, lag, memory, output, faults and counts')
    .addOption(new Option('--watch', 'Show it full screen and update it every second; q quits').conflicts('json'))
    .option('--json', 'Print one JSON object')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { watch?: true; json?: true }) =>
      run(options, async () => {
        const { statusCommand } = await import('./status/status.js');
        const { watch = false, json = false } = options;
        return statusCommand({ ...options, watch, json, screen: screenOf(stdout), write });
      }),
    );

  const healthCodes = 'otherwise with 1, or with 2 or 78 for wrong options or a wrong manifest';
  add('health', `Exit with 0 if the running process is alive, ${healthCodes}; for container probes`)
    .option('--ready', 'Check whether flow logs are delivered, as /readyz does')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { ready?: true }) =>
      run(options, async () => {
        const { healthCommand } = await import('./status/health.js');
        return healthCommand({ ...options, ready: options.ready ?? false, write });
      }),
    );

  add('reconcile', 'Prove that everything in a CloudWatch log group was delivered; changes nothing')
    .addOption(logGroupOption())
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

  const checkpoint = add('checkpoint', 'Show or reset the checkpoint')
    .helpCommand(false)
    .showHelpAfterError('Run npx kinesis-snare checkpoint --help to see its commands');
  add('checkpoint show', 'Print the position in each shard', checkpoint)
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions) =>
      run(options, async (diagnostics) => {
        const { checkpointCommand } = await import('./checkpoint.js');
        return checkpointCommand({ ...options, action: 'show', write, diagnostics });
      }),
    );
  add('checkpoint reset', 'Rename the checkpoint, so that the next run starts at input.startAt', checkpoint)
    .option('--yes', 'Ask no questions')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions & { yes?: true }) =>
      run(options, async (diagnostics) => {
        const { checkpointCommand } = await import('./checkpoint.js');
        const { yes: isAgreed = false } = options;
        return checkpointCommand({ ...options, action: 'reset', isAgreed, write, diagnostics });
      }),
    );

  add('manifest', 'Print the settings in effect; secrets are hidden')
    .addOption(manifestOption())
    .addOption(logFormatOption())
    .action((options: ManifestOptions) =>
      run(options, async () => {
        const { manifestCommand } = await import('./manifest.js');
        return manifestCommand(options.manifest, write);
      }),
    );

  program.commandsGroup('Help:');

  if (!isCompleting) {
    add('completion', 'Print a completion script for your shell')
      .addArgument(new Argument('<shell>', 'Your shell').choices(['bash', 'fish', 'powershell', 'zsh']))
      .action((shell: string) =>
        run({ logFormat: 'text' }, async () => {
          const { printCompletion } = await import('./completion.js');
          printCompletion(shell);
          return exitCodes.clean;
        }),
      );
  }

  program.addCommand(createHelpCommand(program));

  for (const command of commandsOf(program)) {
    if (!command.options.some(({ long }) => long === '--log-format')) continue;
    command.addOption(logLevelOption()).option('--quiet', 'Print only errors, and no progress');
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
