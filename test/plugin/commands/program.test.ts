import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import type { Command } from 'commander';
import { examples, formatUsageError } from '../../../plugin/commands/help.js';
import { createProgram } from '../../../plugin/commands/program.js';
import { createStatusLine } from '../../../plugin/commands/status-line.js';
import { wordsOf } from '../../docs/markdown.js';

function create() {
  let runs = 0;
  const run = async () => {
    runs++;
  };
  const silent = { write: () => true };
  const streams = { stdin: process.stdin, stdout: silent, stderr: silent };
  const program = createProgram({ run, statusLine: createStatusLine(silent), streams });
  return { program, runs: () => runs };
}

function* commandsOf(parent: Command, path = ''): Generator<readonly [name: string, command: Command]> {
  for (const command of parent.commands) {
    const name = `${path}${command.name()}`;
    yield [name, command];
    yield* commandsOf(command, `${name} `);
  }
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}

test('the help of every command has examples, and no line is wider than a terminal of 80 columns', (t) => {
  const { program } = create();
  const commands = [...commandsOf(program)];
  const shownNames = commands.map(([name]) => name).filter((name) => name !== 'help');
  t.deepEqual(shownNames.sort(), Object.keys(examples).sort());
  for (const [name, command] of [['', program] as const, ...commands]) {
    const help = helpOf(command);
    t.is(help, stripVTControlCharacters(help));
    for (const line of help.split('\n')) t.true(line.length <= 80, `${name}: ${line}`);
    const shown = name === '' || name === 'help' ? [] : examples[name as keyof typeof examples];
    for (const [example] of shown) t.true(help.includes(example.split('\n')[0] ?? '?'), name);
  }
});

for (const [name, list] of Object.entries(examples)) {
  test(`the examples of ${name} are commands that exist, with options that exist`, async (t) => {
    for (const [example] of list) {
      const { program, runs } = create();
      const words = wordsOf(example.replace(/ 2?>.*/, ''));
      const args = words.slice(words.indexOf('kinesis-snare') + 1);
      t.true(args.join(' ').startsWith(name), example);
      await program.parseAsync(args, { from: 'user' });
      t.is(runs(), 1, example);
    }
  });
}

test('run writes totals every five minutes by default', (t) => {
  const run = create().program.commands.find((command) => command.name() === 'run');
  t.is(run?.opts().statsInterval, 300_000);
});

test('every option for a log group takes the names that AWS allows, and ARNs', async (t) => {
  const times = ['--from', '2h ago', '--to', 'now'];
  const more = { init: [], setup: [], backfill: times, reconcile: times };
  const { program: all } = create();
  const having = [...commandsOf(all)].filter(([, { options }]) => options.some(({ long }) => long === '--log-group'));
  t.deepEqual(having.map(([name]) => name).sort(), Object.keys(more).sort());
  for (const [name, rest] of Object.entries(more)) {
    for (const group of ['/aws/vpc_a-1.b#c', 'arn:aws:logs:us-east-1:123456789012:log-group:/a:*']) {
      const { program, runs } = create();
      await program.parseAsync([name, '--log-group', group, ...rest], { from: 'user' });
      t.is(runs(), 1, name);
    }
    for (const group of ['a b', '', 'a'.repeat(513), 'arn:aws:s3:::bucket']) {
      const parsed = create().program.parseAsync([name, '--log-group', group, ...rest], { from: 'user' });
      await t.throwsAsync(parsed, { code: 'commander.invalidArgument' }, `${name} ${group}`);
    }
  }
  const { program } = create();
  await program.parseAsync(['setup', '--log-group', '/a', '/b', '--log-group', '/c'], { from: 'user' });
  t.deepEqual(program.commands.find((command) => command.name() === 'setup')?.opts().logGroup, ['/a', '/b', '/c']);
});

test('a command for one log group refuses a second one', async (t) => {
  for (const name of ['backfill', 'reconcile']) {
    const words = [name, '--log-group', '/a', '--from', '2h ago', '--to', 'now', '--log-group', '/b'];
    const message = /Give one log group; run the command once for each/;
    await t.throwsAsync(create().program.parseAsync(words, { from: 'user' }), { message }, name);
  }
});

const limits = [
  { command: 'emulator', option: '--shards', valid: ['1', '1000'], invalid: ['0', '1001', '1.5', ''] },
  {
    command: 'setup',
    option: '--filter-name',
    valid: ['a', 'x'.repeat(512)],
    invalid: ['', 'x'.repeat(513), 'a:b', '*'],
  },
];

for (const { command, option, valid, invalid } of limits) {
  test(`${command} ${option} takes only what the stream or AWS accepts`, async (t) => {
    const parse = (value: string) => create().program.parseAsync([command, option, value], { from: 'user' });
    for (const value of valid) await t.notThrowsAsync(parse(value), value);
    for (const value of invalid) await t.throwsAsync(parse(value), { code: 'commander.invalidArgument' }, value);
  });
}

test('an error of usage fits the terminal, and stays one line in a pipe', (t) => {
  const text = `error: ${'a long explanation '.repeat(8)}`;
  const lines = formatUsageError(text, { isTerminal: true, width: 80, isColored: false }).trimEnd().split('\n');
  t.true(lines.length > 1 && lines.every((line) => line.length <= 80));
  t.is(formatUsageError(text, { isTerminal: false, width: 80, isColored: false }), `${text.trimEnd()}\n`);
});
