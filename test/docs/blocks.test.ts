/**
 * Every block of code in the README and docs/ is run, compiled or loaded, or says in an HTML comment before it why not:
 * `<!-- not run: reason -->`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test from 'ava';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { makeFolder, runHere, startProgram } from '../end-to-end/command.js';
import { findMissing, toRecord } from '../end-to-end/flow-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { makeApp } from './make-app.js';
import { codeBlocks, commandsOf, inlineCode, readPage, userPages, wordsOf } from './markdown.js';

const pages = userPages();
const blocks = pages.flatMap(codeBlocks);
const isSkipped = ({ mark }: { readonly mark: string }) => /^not run: \S/.test(mark);
const blocksOf = (language: string) => blocks.filter((block) => block.language === language && !isSkipped(block));
const packageJson = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly name: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

test('every block is in a language that is tested, or says why it is not', (t) => {
  const languages = ['js', 'json', 'sh'];
  const wrong = blocks.filter((block) => !isSkipped(block) && !languages.includes(block.language));
  // The test of the content has this one.
  t.deepEqual(
    wrong.map(({ mark }) => mark),
    ['example line'],
  );
  for (const language of languages) t.true(blocksOf(language).length > 2, language);
});

/** What the blocks take from the app around them. */
const given = `
declare const logger: import('winston').Logger;
declare function handle(rows: readonly import('kinesis-snare').SnareRow[]): Promise<void>;
`;

test('every block of JavaScript compiles against the package', async (t) => {
  const folder = await makeApp(t);
  await writeFile(join(folder, 'given.d.ts'), given);
  const files = blocksOf('js').map(({ at, text }) => ({
    name: `${at.replace(/[^\w]/g, '-')}.${text.includes('require(') ? 'cjs' : 'mjs'}`,
    text,
  }));
  for (const { name, text } of files) await writeFile(join(folder, name), text);
  const options = '--noEmit --allowJs --checkJs --strict --skipLibCheck --module nodenext --target es2023 --types node';
  const args = [...options.split(' '), 'given.d.ts', ...files.map(({ name }) => name)];
  const compiler = spawn(process.execPath, [resolve('node_modules/typescript/bin/tsc'), ...args], { cwd: folder });
  let output = '';
  for (const stream of [compiler.stdout, compiler.stderr]) stream.on('data', (text) => (output += text));
  const [code] = await once(compiler, 'close');
  t.is(output, '');
  t.is(code, 0);
});

test('the host app of the README runs with its manifest', async (t) => {
  const kinesis = await startFakeKinesis({ clock: Date });
  t.teardown(() => kinesis.stop());
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const blockMarked = (mark: string) => blocks.find((block) => block.mark === mark)?.text ?? '';
  const { id, config } = JSON.parse(blockMarked('host manifest')) as {
    readonly id: string;
    readonly config: { readonly input: { readonly stream: string }; readonly output: object };
  };
  const { stream } = config.input;
  kinesis.createStream(stream, { shards: 1 });
  const { partitionKey, data } = toRecord('a', 0, 10);
  kinesis.put(stream, data, partitionKey);
  const folder = await makeApp(t);
  await writeFile(join(folder, 'host.mjs'), blockMarked('host'));
  // The receiver and the service of this test in place of the real ones, and records that are there already.
  const input = { ...config.input, endpoint: kinesis.endpoint, startAt: 'earliest' };
  const output = { ...config.output, host: '127.0.0.1', port: receiver.port };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ id, config: { input, output } }));
  const host = startProgram(t, folder, ['host.mjs']);
  // A host app that ends by itself has failed.
  await Promise.race([receiver.whenLines(11), host.ended]);
  host.child.kill('SIGTERM');
  const { code, stderr } = await host.ended;
  t.is(code, 0, stderr);
  const flows = receiver.lines.filter((line) => line.includes('\tAWSVPCFlowLog\t'));
  t.deepEqual(findMissing(flows, 10), []);
  t.true(receiver.lines.some((line) => line.includes('The host app is up')));
  t.is((await readFile(join(folder, 'app.log'), 'utf8')).trim().split('\n').length, 11);
});

for (const { at, mark, text } of blocksOf('json')) {
  test(`the JSON at ${at} is a policy, a manifest, or the config of one`, async (t) => {
    const secret = join(await makeFolder(t), 'secret');
    await writeFile(secret, 'a secret', { mode: 0o600 });
    const value = JSON.parse(text.replaceAll(/\/run\/secrets\/[\w-]+/g, secret)) as {
      readonly id?: string;
      readonly Statement?: unknown;
    };
    // The test of the content compares policies.
    if (value.Statement) return t.regex(mark, / policy$/);
    t.notThrows(() => loadSettings(value.id ? value : { id: 'kinesis-snare', config: value }, {}, { environment: {} }));
  });
}

const inline = pages.flatMap(inlineCode).filter((code) => /^(npx kinesis-snare|npm) /.test(code));
// The tour has a test of its own.
const scripts = blocksOf('sh').filter(({ mark }) => !mark.startsWith('tour'));
const commands = [...new Set([...scripts.flatMap(({ text }) => commandsOf(text)), ...inline])];
const program = 'npx kinesis-snare ';

test('every command of kinesis-snare in the texts is one that the program takes', async (t) => {
  const missing = join(await makeFolder(t), 'manifest.json');
  // Without a manifest, these would begin.
  const begins = /^npx kinesis-snare (init|emulator|demo)\b/;
  const lines = commands.filter((command) => command.startsWith(program) && !begins.test(command));
  t.true(lines.length > 8);
  for (const line of lines) {
    // Without a manifest a command ends once its line is taken; one that is not is an exit code of 2.
    const { code, stderr, stdout } = await runHere(...wordsOf(line.slice(program.length)), '--manifest', missing);
    t.is(code, 78, `${line}\n${stderr}`);
    t.regex(`${stderr}${stdout}`.replace(/\s+/g, ' '), /expected a manifest that can be read/, line);
  }
});

test('every other command in the texts is one of npm that works here, or runs the host app', (t) => {
  const { name, version, scripts, peerDependencies } = packageJson;
  const tarball = `/tmp/${name}-${version}.tgz`;
  const isKnown = (command: string) => {
    const [tool, verb = '', ...words] = command.split(' ');
    if (command === 'node host.mjs') return true;
    if (tool !== 'npm') return false;
    if (verb === 'run') return (words[0] ?? '') in scripts;
    if (verb === 'test') return 'test' in scripts;
    if (verb === 'install') return words.every((word) => word === tarball || word in peerDependencies);
    return command === 'npm ci' || command === 'npm pack --pack-destination /tmp';
  };
  t.deepEqual(
    commands.filter((command) => !command.startsWith(program) && !isKnown(command)),
    [],
  );
});

test('the commands and options that the texts name are those of the program', async (t) => {
  const { stdout: help } = await runHere('--help');
  const list = help.slice(help.indexOf('Get started:'), help.indexOf('First steps:'));
  const names = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name ?? '');
  const known = names.filter((name) => name !== 'help' && name !== 'completion');
  t.true(known.length >= 8);
  const { text } = readPage('README.md');
  for (const name of known) t.regex(text, new RegExp(`^\\| .*\`${name}[ \`]`, 'm'));
  const leaves = known.flatMap((name) =>
    name === 'checkpoint'
      ? [
          [name, 'show'],
          [name, 'reset'],
        ]
      : [[name]],
  );
  const helps = await Promise.all(leaves.map((leaf) => runHere(...leaf, '--help')));
  const options = new Set(helps.flatMap(({ stdout }) => stdout.match(/--[a-z-]+/g) ?? []));
  const named = pages.flatMap(inlineCode).flatMap((code) => code.match(/^--[a-z-]+/g) ?? []);
  t.true(named.length > 5);
  t.deepEqual(
    named.filter((option) => !options.has(option)),
    [],
  );
});
