/** The text after the options in the help of each command. */
import { styleText } from 'node:util';
import type { Command } from 'commander';

/** A command line, possibly continued with a backslash, and its purpose. */
export type Example = readonly [command: string, what: string];

export const examples = {
  run: [
    ['kinesis-snare run', 'Read and send until stopped by SIGTERM or Ctrl-C'],
    ['kinesis-snare run --once', 'Send what is in the stream now, and end'],
    ['kinesis-snare run --manifest /etc/kinesis-snare.json --log-format json', 'Run as a service'],
  ],
  status: [
    ['kinesis-snare status', 'Show the state of the process that uses the checkpoint of ./manifest.json'],
    ['kinesis-snare status --watch', 'Keep it on the screen'],
    ['kinesis-snare status --json', 'Print it for a program'],
  ],
  health: [
    ['kinesis-snare health', 'Succeed unless only a restart or a person helps'],
    ['kinesis-snare health --ready', 'Succeed if flow logs go through'],
  ],
  check: [
    ['kinesis-snare check', 'Show what works, what does not, and what to do'],
    ['kinesis-snare check --json', 'Print the same as JSON'],
    ['kinesis-snare check --offline', 'Check only whether the manifest is valid, as before a deployment'],
  ],
  setup: [
    ['kinesis-snare setup', 'Show the plan and the IAM policies; nothing is changed'],
    [
      'kinesis-snare setup --yes \\\n  --role-arn arn:aws:iam::123456789012:role/flow-logs-to-kinesis',
      'Create the stream and the subscription filters',
    ],
    ['kinesis-snare setup --print cloudformation > stack.json', 'Write a template for CloudFormation'],
    ['kinesis-snare setup --log-group /aws/vpc/a /aws/vpc/b', 'Plan for other log groups than those of the manifest'],
  ],
  demo: [
    ['kinesis-snare demo', 'Show the Snare lines and a summary'],
    ['kinesis-snare demo 2>/dev/null', 'Show only the lines that a receiver gets'],
  ],
  init: [
    ['kinesis-snare init', 'Ask for the stream, the log groups and the receiver'],
    [
      'kinesis-snare init --region us-east-1 --stream vpc-flow-logs \\\n  --log-group /aws/vpc/flow-logs --output tls://snare.example.com:6163',
      'Write a manifest without a question, as in a script',
    ],
  ],
  emulator: [
    ['kinesis-snare emulator > manifest.json', 'Start it, and write the manifest to use with it'],
    ['kinesis-snare emulator --rate 500 --seed 7', 'Put 500 lines a second, others than by default'],
    ['kinesis-snare emulator --lines 600', 'Fill it for a minute, and keep it'],
  ],
  replay: [
    ['kinesis-snare replay', 'Replay the dead-letter file of the manifest, as after adding a format'],
    ['kinesis-snare replay /var/tmp/old.dead-letter.ndjson', 'Replay another file'],
  ],
  backfill: [
    [
      'kinesis-snare backfill --log-group /aws/vpc/flow-logs \\\n  --from 2026-01-15T08:00:00Z --to 2026-01-15T12:00:00Z',
      'Send four hours of one log group; after an interruption, run it again',
    ],
    [
      'kinesis-snare backfill --log-group /aws/vpc/flow-logs \\\n  --from "2h ago" --to now --dry-run',
      'Count what the last two hours have, and send nothing',
    ],
  ],
  reconcile: [
    [
      'kinesis-snare reconcile --log-group /aws/vpc/flow-logs \\\n  --from "26h ago" --to "2h ago"',
      'Compare a day, hour by hour; ends with 1 if anything is missing',
    ],
  ],
  checkpoint: [
    ['kinesis-snare checkpoint show', 'Show where each shard continues'],
    ['kinesis-snare checkpoint reset', 'Start again at input.startAt'],
  ],
  'checkpoint show': [['kinesis-snare checkpoint show', 'Show where each shard continues']],
  'checkpoint reset': [
    ['kinesis-snare checkpoint reset', 'Reset it once you have confirmed'],
    ['kinesis-snare checkpoint reset --yes', 'Reset it without a question'],
  ],
  kcl: [
    ['kinesis-snare kcl --print-properties > kcl.properties', 'Make a properties file from ./manifest.json'],
    ['executableName = kinesis-snare kcl --manifest /etc/kinesis-snare.json', 'The command, in the properties file'],
  ],
  manifest: [
    ['kinesis-snare manifest', 'Print the settings of ./manifest.json with all defaults'],
    ['kinesis-snare manifest --manifest other.json', 'Print those of another manifest'],
  ],
  completion: [
    [
      'kinesis-snare completion bash \\\n  > ~/.local/share/bash-completion/completions/kinesis-snare',
      'Save it where bash-completion looks for it',
    ],
    ['kinesis-snare completion zsh > ~/.zfunc/_kinesis-snare', 'Save it in a folder of $fpath'],
  ],
} satisfies Record<string, readonly Example[]>;

const firstSteps: readonly Example[] = [
  ['kinesis-snare demo', 'See it work on this machine'],
  ['kinesis-snare init', 'Write a manifest'],
  ['kinesis-snare setup', 'Plan the stream and the subscription filters'],
  ['kinesis-snare check', 'Look for what is missing'],
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
        '1   a fault, or lines that were not confirmed',
        '2   a wrong command line',
        '78  a wrong configuration',
      ]),
      'Messages and help have colours on a terminal. NO_COLOR=1 turns them off, and\nFORCE_COLOR=1 turns them on.\n',
      'Run kinesis-snare help <command> for the options of a command, with examples.',
    ].join('\n'),
  );
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
