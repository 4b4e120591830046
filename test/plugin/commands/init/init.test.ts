/** What `init` writes, asks and refuses. That it finds streams and log groups is in test/docs/tour.test.ts. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { CommandError, UsageError } from '../../../../plugin/commands/exit.js';
import { createQuestions } from '../../../../plugin/commands/init/ask.js';
import { type Choices, unattendedChoices } from '../../../../plugin/commands/init/choices.js';
import { type InitFlags, initCommand } from '../../../../plugin/commands/init/init.js';
import { parseOutput } from '../../../../plugin/commands/init/parse-output.js';
import { loadSettings } from '../../../../plugin/manifest/manifest.js';
import { ConfigurationError } from '../../../../src/configuration-error.js';
import { outputSchema } from '../../../../src/settings/output.js';
import { makeFolder, runHere } from '../../../end-to-end/command.js';

const region = 'ap-southeast-2';
/** With these, nothing is asked and AWS is not called. */
const flags = {
  region,
  stream: 'flows',
  logGroup: ['/aws/vpc/a'],
  output: 'tls://snare.example.com:6163',
  force: false,
};

async function setUp(t: ExecutionContext) {
  const manifest = join(await makeFolder(t), 'manifest.json');
  const log: string[] = [];
  const init = (changes: Partial<InitFlags> = {}, choices: Choices = unattendedChoices) => {
    const wiring = { choices, diagnostics: { log: (_level: string, message: string) => void log.push(message) } };
    return initCommand({ ...flags, manifest, ...changes }, wiring);
  };
  return { manifest, log, init };
}

test('a manifest is written that the program takes, that editors complete, and the next commands are said', async (t) => {
  const { manifest, log, init } = await setUp(t);
  t.is(await init({ endpoint: 'http://127.0.0.1:4567' }), 0);
  const { $schema, ...content } = JSON.parse(await readFile(manifest, 'utf8')) as { $schema: string };
  const endpoint = 'http://127.0.0.1:4567';
  t.deepEqual(content, {
    id: 'kinesis-snare',
    config: {
      input: { stream: 'flows', region, endpoint, logsEndpoint: endpoint, logGroups: ['/aws/vpc/a'] },
      output: { type: 'tls', host: 'snare.example.com', port: 6163 },
    },
  } as never);
  t.like(loadSettings(manifest).settings.input, { stream: 'flows' });
  const schema = JSON.parse(await readFile(new URL($schema, `file://${dirname(manifest)}/`), 'utf8')) as object;
  t.like(schema, { $schema: 'https://json-schema.org/draft/2020-12/schema', id: 'kinesis-snare' });
  t.regex(log.join('\n'), /kinesis-snare check --manifest[\s\S]*kinesis-snare run --manifest/);
  t.notRegex(log.join('\n'), /setup/);
});

test('a manifest that exists stays unless its replacement is agreed to', async (t) => {
  const { manifest, init } = await setUp(t);
  await writeFile(manifest, 'mine');
  const error = await t.throwsAsync(init(), { instanceOf: CommandError });
  t.regex(error?.message ?? '', /exists and was not changed; use --force/);
  t.is(await init({}, { ...unattendedChoices, overwrite: async () => false }), 1);
  t.is(await readFile(manifest, 'utf8'), 'mine');
  t.is(await init({}, { ...unattendedChoices, overwrite: async () => true }), 0);
  await writeFile(manifest, 'mine');
  t.is(await init({ force: true }), 0);
  t.like(JSON.parse(await readFile(manifest, 'utf8')), { id: 'kinesis-snare' });
});

test('where AWS cannot be reached, what to check is what a user without a manifest can change', async (t) => {
  const { manifest } = await setUp(t);
  const args = ['--endpoint', 'http://127.0.0.1:1', '--output', 'tcp://127.0.0.1:6161', '--manifest', manifest];
  const { code, stderr } = await runHere('init', '--region', region, ...args);
  t.is(code, 1);
  t.regex(stderr, /; check --region and --endpoint, and the network; or name the stream with --stream/);
});

test('nothing is written for answers that cannot be used', async (t) => {
  const { manifest, init } = await setUp(t);
  await t.throwsAsync(init({ output: 'snare.example.com' }), { instanceOf: UsageError });
  await t.throwsAsync(init({ output: 'tcp://h:99999' }), { instanceOf: ConfigurationError });
  await t.throwsAsync(init({ endpoint: 'ftp://h' }), { instanceOf: ConfigurationError });
  await t.throwsAsync(init({ startAt: 'never' }), { instanceOf: ConfigurationError });
  await t.throwsAsync(readFile(manifest), { code: 'ENOENT' });
});

test('options that cannot be used are reported before the first question', async (t) => {
  const { manifest, init } = await setUp(t);
  await writeFile(manifest, 'mine');
  const overwrite = async () => t.fail('it was asked') ?? true;
  for (const wrong of [{ output: 'snare.example.com' }, { endpoint: 'ftp://h' }, { startAt: 'never' }]) {
    const error = await t.throwsAsync(init(wrong, { ...unattendedChoices, overwrite }));
    t.true(error instanceof UsageError || error instanceof ConfigurationError);
  }
  t.is(await readFile(manifest, 'utf8'), 'mine');
});

test('without a terminal, what has one answer is taken and what has several is named', async (t) => {
  const { stream, logGroups, output } = unattendedChoices;
  t.is(await stream({ items: ['only'] }, region), 'only');
  const many = await t.throwsAsync(stream({ items: ['a', 'b'] }, region), { instanceOf: UsageError });
  t.is(many?.message, 'Choose one of the streams with --stream: "a", "b"');
  await t.throwsAsync(stream({ items: [] }, region), { instanceOf: UsageError, message: /setup creates it/ });
  await t.throwsAsync(stream({ problem: 'No' }, region), { instanceOf: CommandError, message: /^No; or name/ });
  const groups = [
    { name: '/a', sends: true },
    { name: '/b', sends: false },
  ];
  t.deepEqual(await logGroups({ items: groups }, 's'), ['/a']);
  t.deepEqual(await logGroups({ problem: 'No' }, 's'), []);
  await t.throwsAsync(output(), { instanceOf: UsageError, message: /tcp:\/\/HOST:PORT/ });
});

test('an address names an output', (t) => {
  t.deepEqual(parseOutput('tcp://10.0.0.1'), { type: 'tcp', host: '10.0.0.1' });
  t.deepEqual(parseOutput('udp://[2001:db8::1]:514'), { type: 'udp', host: '[2001:db8::1]', port: 514 });
  t.deepEqual(parseOutput('file:./x.txt'), { type: 'file', path: './x.txt' });
  t.deepEqual(parseOutput('stdout'), { type: 'stdout' });
  for (const wrong of ['', 'tcp:', 'tcp://', 'http://h', 'tcp://user@h', 'tcp://h:x', 'file:', 'tls://h/path'])
    t.throws(() => parseOutput(wrong), { instanceOf: UsageError }, wrong);
});

test('the help of --output names every type of output, in the form in which it is taken', async (t) => {
  const { stdout } = await runHere('init', '--help');
  const [, forms = ''] = /Receiver: ([^-]+)/.exec(stdout) ?? [];
  const addresses = forms.trim().split(/,\s+|\s+or\s+/);
  const outputs = addresses.map((form) => parseOutput(form.replace('HOST', 'h').replace('PORT', '514')));
  const types = outputs.map(
    (output) => loadSettings({ id: 'kinesis-snare', config: { output } }).settings.output?.type,
  );
  t.deepEqual(types.toSorted(), outputSchema.options.map(({ shape }) => shape.type.value).toSorted());
});

/** A terminal on which the test types. */
function createTerminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  let shown = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  return {
    questions: createQuestions({ input, output }),
    shown: () => stripVTControlCharacters(shown),
    /** Each key once the question that it answers is on the screen. */
    type: async (...keys: readonly string[]) => {
      for (const key of keys) {
        await delay(20);
        input.write(key);
      }
    },
  };
}

const [enter, down, space, ctrlC] = ['\r', '\u001b[B', ' ', '\u0003'];

test('on a terminal, the answers are those that were typed and chosen', async (t) => {
  const { questions, shown, type } = createTerminal();
  const answered = async <Answer>(asked: Promise<Answer>, ...keys: readonly string[]) => {
    await type(...keys);
    return asked;
  };
  t.is(await answered(questions.region(), 'us-east-1', enter), 'us-east-1');
  t.is(await answered(questions.stream({ items: ['a', 'b'] }, region), down, enter), 'b');
  t.is(await answered(questions.stream({ items: ['a'] }, region), down, enter, enter), 'vpc-flow-logs');
  t.is(await answered(questions.stream({ problem: 'Not allowed' }, region), enter), 'vpc-flow-logs');
  t.true(shown().includes('Not allowed'));
  const groups = [
    { name: '/a', sends: true },
    { name: '/b\u001b[2J', sends: false },
  ];
  t.deepEqual(await answered(questions.logGroups({ items: groups }, 's'), enter), ['/a']);
  t.deepEqual(await answered(questions.logGroups({ items: groups }, 's'), space, down, space, enter), ['/b\u001b[2J']);
  t.is(await answered(questions.output(), enter, 'snare.example.com:7000', enter), 'tls://snare.example.com:7000');
  t.is(await answered(questions.output(), down, down, down, enter), 'stdout');
  t.false(await answered(questions.overwrite('x'), enter));
  t.true(await answered(questions.overwrite('x'), 'y'));
});

test('a question that is left writes nothing and ends with 1', async (t) => {
  const { manifest, log, init } = await setUp(t);
  const { questions, type } = createTerminal();
  const running = init({ output: undefined }, questions);
  await type(ctrlC);
  t.is(await running, 1);
  t.deepEqual(log, ['Nothing was written']);
  await t.throwsAsync(readFile(manifest), { code: 'ENOENT' });
});
