/** What setup prints is read by a person, and pasted into a shell. */
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { putFilter } from '../../../../plugin/commands/filter-commands.js';
import {
  formatPlan,
  formatProgramPolicy,
  formatRole,
  formatUndo,
} from '../../../../plugin/commands/setup/format-setup.js';
import { planSetup } from '../../../../plugin/commands/setup/plan-setup.js';

const hostile = [
  '\u001b[2J\u0007\r\u009b31m\u202e\u2066\u2028\u{e0001}',
  "'; exit 9; '",
  '$(id) `id` "$HOME" \\\'',
  'line\nforged',
].join('|');
const streamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/x';
const roleArn = 'arn:aws:iam::123456789012:role/r';
const before = { name: hostile, pattern: hostile, destinationArn: streamArn, roleArn, distribution: 'random' as const };

/** The words that a shell gives to the program that a command calls. */
function wordsOf(command: string): string[] {
  const script = `aws() { printf '%s\\0' "$@"; }; ${command}`;
  const locale = { LC_ALL: 'C.UTF-8', HOME: '/', PATH: process.env.PATH };
  return execFileSync('bash', ['-c', script], { encoding: 'utf8', env: locale }).split('\0').slice(0, -1);
}

test('names and patterns come out of a printed command as they are, and nothing in them is run', (t) => {
  const command = putFilter(hostile, before, 'us-east-1');
  t.notRegex(command, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
  const words = wordsOf(command);
  t.deepEqual(words.slice(2, 8), ['--log-group-name', hostile, '--filter-name', hostile, '--filter-pattern', hostile]);
  t.is(words.length, 16);
});

test('on a terminal the sentences of a plan are folded, and its commands are not', (t) => {
  const request = { stream: 'x', region: 'us-east-1', shards: 3, filterName: 'a b', distribution: 'random' } as const;
  const plan = planSetup(
    { ...request, roleArn, filtersPerGroup: 2 },
    {
      stream: { arn: streamArn, status: 'ACTIVE' },
      groups: new Map([
        ['/aws/vpc/flow-logs', []],
        ['/aws/vpc/full', [{ ...before, name: 'c d', pattern: 'REJECT', isTransformed: false }]],
      ]),
    },
  );
  const lines = formatPlan(plan, { isTerminal: true, width: 60, isColored: false }).split('\n');
  const commands = lines.filter((line) => /^ {4}(undo|change): /.test(line));
  t.is(commands.length, 3);
  t.true(commands.some((line) => line.length > 60));
  t.true(commands.some((line) => line.endsWith("--filter-name 'c d'")));
  const sentences = lines.filter((line) => !commands.includes(line));
  for (const line of sentences) t.true(line.length <= 60, line);
  t.true(sentences.length > 5);
});

test('the policies that setup prints are whole words for a shell, and JSON', (t) => {
  const place = { partition: 'aws', region: hostile, account: '123456789012', stream: hostile };
  const [, create = ''] = formatRole(place, { keyArn: hostile }).split(/^(?=aws iam)/m);
  const words = wordsOf(create);
  const { Statement } = JSON.parse(words.at(-1) ?? '') as { Statement: { Condition: object }[] };
  t.true(JSON.stringify(Statement[0]?.Condition).includes(JSON.stringify(hostile).slice(1, -1)));
});

test('a plan, what takes it back and the policies have no character that drives a terminal, nor a forged line', (t) => {
  const request = {
    stream: hostile,
    region: hostile,
    shards: undefined,
    filterName: hostile,
    distribution: 'by-log-stream',
    roleArn,
    filtersPerGroup: 2,
  } as const;
  const filter = { ...before, isTransformed: false };
  const found = { stream: { arn: streamArn, status: 'ACTIVE' }, groups: new Map([[hostile, [filter]]]) } as const;
  const plan = planSetup(request, found);
  const place = { partition: 'aws', region: hostile, account: '1', stream: hostile };
  const needs = { logGroups: [hostile], keyArn: hostile, looksUpFormats: true };
  const done = plan.steps.flatMap((step) => (step.type === 'put-filter' ? [step] : []));
  t.is(done.length, 1);
  const texts = [formatPlan(plan), formatUndo(done), formatRole(place, needs), formatProgramPolicy(place, needs)];
  for (const text of texts) {
    t.notRegex(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\u2028\u2029]/u);
    t.notRegex(text, /^forged/m);
  }
});
