/** What the command line says about itself: examples after the options of each command, `help`, and errors of usage. */
import { styleText } from 'node:util';
import { Command } from 'commander';
import { toTerminalText } from '../terminal-text.js';
import { foldText } from './fold-text.js';
import { paint, type Screen } from './screen.js';

/** A command line, possibly continued with a backslash, and its purpose. */
export type Example = readonly [command: string, what: string];

export const examples = {
  run: [
    ['kinesis-snare run', 'Read and send until stopped by SIGTERM or Ctrl-C'],
    ['kinesis-snare run --once', 'Send what is in the stream now, then exit'],
    ['kinesis-snare run --manifest /etc/kinesis-snare.json --log-format json', 'Run as a service'],
  ],
  status: [
    ['kinesis-snare status', 'Show the process that runs with ./manifest.json'],
    ['kinesis-snare status --watch', 'Keep it on the screen'],
    ['kinesis-snare status --json', 'Print it for another program to read'],
  ],
  health: [
    ['kinesis-snare health', 'Succeed unless a restart or a person has to help'],
    ['kinesis-snare health --ready', 'Succeed if flow logs are delivered'],
  ],
  check: [
    ['kinesis-snare check', 'Show what works, what does not, and how to fix it'],
    ['kinesis-snare check --json', 'Print the same as JSON'],
    ['kinesis-snare check --offline', 'Check only the manifest, for example before a deployment'],
  ],
  setup: [
    ['kinesis-snare setup', 'Show the plan and the IAM policies; nothing is changed'],
    [
      'kinesis-snare setup --yes \\\n  --role-arn arn:aws:iam::123456789012:role/flow-logs-to-kinesis',
      'Create the stream and the subscription filters',
    ],
    ['kinesis-snare setup --print cloudformation > stack.json', 'Write a template for CloudFormation'],
    ['kinesis-snare setup --log-group /aws/vpc/a /aws/vpc/b', 'Plan for log groups that are not in the manifest'],
  ],
  demo: [
    ['kinesis-snare demo', 'Show the Snare lines and a summary'],
    ['kinesis-snare demo 2>/dev/null', 'Show only the lines that a receiver gets'],
  ],
  init: [
    ['kinesis-snare init', 'Ask for the stream, the log groups and the receiver'],
    [
      'kinesis-snare init --region us-east-1 --stream vpc-flow-logs \\\n  --log-group /aws/vpc/flow-logs --output tls://snare.example.com:6163',
      'Write a manifest from a script; the options answer the questions',
    ],
  ],
  emulator: [
    ['kinesis-snare emulator > manifest.json', 'Start it, and save the manifest to use with it'],
    ['kinesis-snare emulator --rate 500 --seed 7', 'Send 500 lines per second, with a different seed'],
    ['kinesis-snare emulator --lines 600', 'Fill it for one minute, and keep the stream'],
  ],
  replay: [
    ['kinesis-snare replay', 'Replay the dead-letter file of the manifest, such as after adding a format'],
    ['kinesis-snare replay /var/tmp/old.dead-letter.ndjson', 'Replay another file'],
  ],
  backfill: [
    [
      'kinesis-snare backfill --log-group /aws/vpc/flow-logs \\\n  --from 2026-01-15T08:00:00Z --to 2026-01-15T12:00:00Z',
      'Send four hours of one log group; if interrupted, run it again to continue',
    ],
    [
      'kinesis-snare backfill --log-group /aws/vpc/flow-logs \\\n  --from "2h ago" --to now --dry-run',
      'Count the log events of the last two hours, and send nothing',
    ],
  ],
  reconcile: [
    [
      'kinesis-snare reconcile --log-group /aws/vpc/flow-logs \\\n  --from "26h ago" --to "2h ago"',
      'Compare a day, hour by hour; exits with 1 if anything is missing',
    ],
  ],
  checkpoint: [
    ['kinesis-snare checkpoint show', 'Show the position in each shard'],
    ['kinesis-snare checkpoint reset', 'Start from input.startAt again'],
  ],
  'checkpoint show': [['kinesis-snare checkpoint show', 'Show the position in each shard']],
  'checkpoint reset': [
    ['kinesis-snare checkpoint reset', 'Reset it after a question'],
    ['kinesis-snare checkpoint reset --yes', 'Reset it without a question'],
  ],
  kcl: [
    ['kinesis-snare kcl --print-properties > kcl.properties', 'Write a properties file for ./manifest.json'],
    ['executableName = kinesis-snare kcl --manifest /etc/kinesis-snare.json', 'The command in the properties file'],
  ],
  manifest: [
    ['kinesis-snare manifest', 'Print the settings of ./manifest.json, including the defaults'],
    ['kinesis-snare manifest --manifest other.json', 'Print the settings of another manifest'],
  ],
  completion: [
    [
      'kinesis-snare completion bash \\\n  > ~/.local/share/bash-completion/completions/kinesis-snare',
      'Save it where bash-completion finds it',
    ],
    ['kinesis-snare completion zsh > ~/.zfunc/_kinesis-snare', 'Save it in a folder of $fpath'],
  ],
} satisfies Record<string, readonly Example[]>;

const firstSteps: readonly Example[] = [
  ['kinesis-snare demo', 'See it work on this machine'],
  ['kinesis-snare init', 'Write a manifest'],
  ['kinesis-snare setup', 'Plan the stream and the subscription filters'],
  ['kinesis-snare check', 'Find out what is missing'],
  ['kinesis-snare run', 'Read and send'],
];

export function addExamples(command: Command, name: keyof typeof examples): Command {
  return command.addHelpText('after', () => formatExamples('Examples', examples[name]));
}

export function addFirstSteps(program: Command): Command {
  return program.addHelpText('after', () =>
    [
      formatExamples('First steps', firstSteps),
      formatSection('Exit codes', [
        '0   success',
        '1   a fault, or lines that are not confirmed',
        '2   an invalid command line',
        '78  an invalid configuration',
      ]),
      'Messages and help have colours on a terminal. NO_COLOR=1 turns them off, and\nFORCE_COLOR=1 turns them on.\n',
      'Run npx kinesis-snare help <command> to see its options, with examples.',
    ].join('\n'),
  );
}

/** `help`, which also corrects a command that does not exist. The one of commander shows the whole help instead. */
export function createHelpCommand(program: Command): Command {
  return new Command('help')
    .argument('[command...]', 'Command to show the help of')
    .description('Show the help of a command')
    .helpOption(false)
    .action(async (names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((one) => one.name() === name);
        // The parser reports it, with the nearest name.
        if (!next && command.commands.length > 0) await program.parseAsync(names, { from: 'user' });
        command = next ?? command;
      }
      command.help();
    });
}

/**
 * The error in one paragraph, because it quotes the user's input. It includes the suggestion of commander for what was meant.
 */
export function formatUsageError(text: string, screen: Screen): string {
  const [, label = '', rest = ''] = /^(error: )?(.*)$/s.exec(text.trim()) ?? [];
  const safe = toTerminalText(rest);
  const { isTerminal, width } = screen;
  const lines = isTerminal ? foldText(safe, width, width - label.length) : [safe];
  return `${paint(label, 'red', screen)}${lines.join('\n')}\n`;
}

function formatExamples(title: string, list: readonly Example[]): string {
  return `\n${formatSection(
    title,
    list.flatMap(([command, what]) => [...command.split('\n'), `    ${what}`]),
  )}`;
}

function formatSection(title: string, lines: readonly string[]): string {
  return `${styleTitle(`${title}:`)}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** commander removes the style if the output is not a terminal. */
export function styleTitle(title: string): string {
  return styleText('bold', title, { validateStream: false });
}
