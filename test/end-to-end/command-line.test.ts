/** What the command line says and returns when it is used wrongly, or asked about itself. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import { type Ended, makeFolder, run, runHere, writeManifest } from './command.js';

test('an unknown option names the nearest one and exits 2', async (t) => {
  const { code, stderr } = await runHere('run', '--onec');
  t.is(code, 2);
  t.regex(stderr, /--once/);
  t.regex(stderr, /^Run npx kinesis-snare run --help/m);
});

test('a stream that the emulator cannot create is wrong usage', async (t) => {
  t.is((await run(t, await makeFolder(t), ['emulator', '--stream', 'a/b'])).code, 2);
});

test('an unknown command names the nearest one and exits 2, help and version exit 0', async (t) => {
  const unknown = await runHere('rnu');
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /'rnu' \(Did you mean run\?\)\n/);
  t.regex((await runHere('checkpoint', 'shwo')).stderr, /Did you mean show\?/);
  const asked = await runHere('help', 'rnu');
  t.is(asked.code, 2);
  t.is(asked.stderr, unknown.stderr);
  t.regex((await runHere('help', 'checkpoint', 'shwo')).stderr, /Did you mean show\?/);
  const help = await runHere('--help');
  t.is(help.code, 0);
  t.is((await runHere('help')).stdout, help.stdout);
  t.is((await runHere('status', '--watch', '--json')).code, 2);
  const resetHelp = await runHere('checkpoint', 'reset', '--help');
  t.is((await runHere('help', 'checkpoint', 'reset')).stdout, resetHelp.stdout);
  const { version: expected } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  for (const option of ['--version', '-v', '-V']) {
    const version = await runHere(option);
    t.is(version.code, 0);
    t.is(version.stdout, `${expected}\n`);
  }
});

test('a shell completes commands, options and their values', async (t) => {
  const folder = await makeFolder(t);
  const suggest = async (...words: string[]) => {
    const { stdout } = await run(t, folder, ['complete', '--', ...words]);
    return stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
  };
  t.deepEqual((await suggest('r')).slice(0, 3), ['run', 'replay', 'reconcile']);
  t.true((await suggest('run', '--')).includes('--once'));
  t.deepEqual((await suggest('setup', '--distribution', '')).slice(0, 2), ['by-log-stream', 'random']);
  t.deepEqual((await suggest('checkpoint', '')).slice(0, 2), ['show', 'reset']);
  const script = await run(t, folder, ['completion', 'bash']);
  t.is(script.code, 0);
  t.is(spawnSync('bash', ['-n'], { input: script.stdout }).status ?? 0, 0);
  t.regex(script.stdout, /kinesis-snare complete --/);
  t.is((await runHere('completion', 'csh')).code, 2);
});

test('in a pipe, messages and help have colour only where FORCE_COLOR asks for it, and JSON never', async (t) => {
  const folder = await makeFolder(t);
  const forced = { FORCE_COLOR: '1' };
  for (const args of [['--help'], ['rnu'], ['run'], ['check', '--offline']]) {
    const plain = await run(t, folder, args, {});
    t.false(`${plain.stdout}${plain.stderr}`.includes('\u001b'), args.join(' '));
    const colored = await run(t, folder, args, forced);
    t.true(`${colored.stdout}${colored.stderr}`.includes('\u001b['), args.join(' '));
    t.is(stripVTControlCharacters(colored.stdout), plain.stdout);
  }
  for (const args of [
    ['run', '--log-format', 'json'],
    ['check', '--offline', '--json'],
  ]) {
    const { stdout, stderr } = await run(t, folder, args, forced);
    t.true(`${stdout}${stderr}`.startsWith('{'));
    t.false(`${stdout}${stderr}`.includes('\u001b'), args.join(' '));
  }
});

test('a bad manifest exits 78 with every fault, its path, what was expected and where it came from', async (t) => {
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, {
    input: { streem: 'x', startAt: 'yesterday' },
    output: { type: 'tpc', host: 'h' },
  });
  const { code, stdout, stderr } = await runHere('run', '--manifest', manifest);
  t.is(code, 78);
  t.is(stdout, '');
  const checked = await runHere('check', '--manifest', manifest);
  t.is(checked.code, 78);
  for (const part of ['input.stream', 'streem', 'input.startAt', 'output.type', '"tcp"', 'manifest.json']) {
    t.true(stderr.includes(part), `${part} is missing in ${stderr}`);
  }
});

test('check --offline looks at the manifest alone: nothing is connected to, and a fault exits 78', async (t) => {
  const folder = await makeFolder(t);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const input = { stream: 's', region: 'us-east-1', endpoint };
  const output = { type: 'tcp', host: '127.0.0.1', port };
  const manifest = await writeManifest(folder, { input, output });
  const offline = await runHere('check', '--offline', '--json', '--manifest', manifest);
  t.is(offline.code, 0, offline.stderr);
  t.like(JSON.parse(offline.stdout), { status: 'pass', results: { 0: { name: 'manifest' }, length: 1 } });
  t.deepEqual(asked, []);
  await runHere('check', '--manifest', manifest);
  t.true(asked.length > 0);
  const wrong = await writeManifest(folder, { input: { ...input, startAt: 'tomorrow' }, output });
  t.is((await runHere('check', '--offline', '--manifest', wrong)).code, 78);
});

test('a missing manifest exits 78', async (t) => {
  const { code, stderr } = await run(t, await makeFolder(t), ['run']);
  t.is(code, 78);
  t.true(stderr.includes('manifest.json'));
});

test('a manifest without input or output exits 78 and names what is missing', async (t) => {
  const folder = await makeFolder(t);
  const nothing = await runHere('run', '--manifest', await writeManifest(folder, {}));
  t.is(nothing.code, 78);
  t.true(nothing.stderr.includes('config.input'));
  const manifest = await writeManifest(folder, { input: { stream: 'x', region: 'us-east-1' } });
  const noOutput = await runHere('run', '--manifest', manifest);
  t.is(noOutput.code, 78);
  t.true(noOutput.stderr.includes('config.output'));
});

test('without credentials or a region the start ends with one sentence and exit code 1', async (t) => {
  const folder = await makeFolder(t);
  const bare = { AWS_EC2_METADATA_DISABLED: 'true', HOME: folder };
  const output = { type: 'stdout' };
  const withRegion = await writeManifest(folder, { input: { stream: 'x', region: 'us-east-1' }, output });
  const noCredentials = await run(t, folder, ['run', '--manifest', withRegion], bare);
  t.is(noCredentials.code, 1);
  t.true(noCredentials.stderr.includes('No AWS credentials'), noCredentials.stderr);
  const withoutRegion = await writeManifest(folder, { input: { stream: 'x' }, output });
  const noRegion = await run(t, folder, ['run', '--manifest', withoutRegion], bare);
  t.is(noRegion.code, 1);
  t.true(noRegion.stderr.includes('input.region'), noRegion.stderr);
});

test('manifest prints the settings in effect, with secrets hidden', async (t) => {
  const folder = await makeFolder(t);
  const assumeRole = { arn: 'arn:aws:iam::123456789012:role/reader', externalId: 'planted-secret' };
  const manifest = await writeManifest(folder, { input: { stream: 'x', assumeRole } });
  const { code, stdout, stderr } = await runHere('manifest', '--manifest', manifest);
  t.is(code, 0);
  t.false(`${stdout}${stderr}`.includes('planted-secret'));
  const { config } = JSON.parse(stdout) as { config: { input: Record<string, unknown> } };
  t.is(config.input.startAt, 'latest');
  t.is(config.input.stream, 'x');
});

const hostile = '\u001b[2J\u0007\r\u009b31m\u202e\u2066\u2028x\nforged';

test('no command writes a character that drives a terminal, or a forged line, whatever it is given or finds', async (t) => {
  const folder = await makeFolder(t);
  const output = { type: 'file', path: `./${hostile}` };
  const deadLetter = { path: `./${hostile}.ndjson` };
  const good = await writeManifest(folder, { input: { stream: 'x', region: hostile }, output, deadLetter });
  const bad = join(folder, 'bad.json');
  await writeFile(bad, JSON.stringify({ [hostile]: 1, config: { [hostile]: 1, output: { type: hostile } } }));
  const stream = { arn: `arn:${hostile}`, createdMs: 0 };
  const shard = { position: { type: 'after', sequenceNumber: '7' }, updatedMs: 0 };
  const checkpoint = { version: 1, stream, shards: { [hostile]: shard } };
  await writeFile(join(folder, 'kinesis-snare.checkpoint.json'), JSON.stringify(checkpoint));
  const backfill = ['backfill', '--log-group', hostile];
  const commands = [
    ['run'],
    ['run', '--once'],
    ['check'],
    ['check', '--json'],
    ['setup'],
    ['setup', '--role-arn', hostile],
    ['setup', '--shards', hostile],
    ['setup', '--distribution', hostile],
    ['replay'],
    ['replay', hostile],
    [...backfill, '--from', hostile, '--to', hostile],
    [...backfill, '--from', '2026-01-15T08:00:00Z', '--to', '2026-01-15T09:00:00Z'],
    ['checkpoint', 'show'],
    ['checkpoint', 'reset'],
    ['checkpoint', hostile],
    ['manifest'],
    ['manifest', hostile],
    ['demo', `--${hostile}`],
    [hostile],
  ];
  const runs = commands.map((args) => (args[0] === 'demo' ? args : [...args, '-m', good]));
  runs.push(['run', '-m', bad], ['check', '-m', bad], ['run', '-m', hostile]);
  let told = 0;
  const look = (args: readonly string[], { stdout, stderr }: Ended) => {
    const text = `${stdout}${stderr}`;
    if (/2J/.test(text)) told++;
    if (args[1] === 'show') t.regex(stdout, /2J.*\tafter 7/);
    t.notRegex(text.replace(/[\n\t]/g, ''), /[\p{Cc}\p{Cf}\u2028\u2029]/u, JSON.stringify(args));
    t.notRegex(text, /^forged/m, JSON.stringify(args));
  };
  // In a process of its own, what a package writes by itself would be seen too. A reset asks at standard input.
  const alone = ['run', 'check', 'checkpoint reset'].map((words) => [...words.split(' '), '-m', good].join(' '));
  for (const args of runs) look(args, await (alone.includes(args.join(' ')) ? run(t, folder, args) : runHere(...args)));
  t.true(told > 12, `${told} of ${runs.length} say what they were given`);
});

test('checkpoint reset asks before it changes anything, and renames the file', async (t) => {
  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, { input: { stream: 'x' } });
  const path = join(folder, 'kinesis-snare.checkpoint.json');
  const stream = { arn: 'arn:aws:kinesis:us-east-1:1:stream/x', createdMs: 0 };
  const text = JSON.stringify({ version: 1, stream, shards: {} });
  await writeFile(path, text);
  const asked = await run(t, folder, ['checkpoint', 'reset', '--manifest', manifest]);
  t.is(asked.code, 1);
  // The question ends with a line feed, though nobody answered.
  t.regex(asked.stderr, /\[y\/N\] \n.* info Nothing was changed/);
  t.is(await readFile(path, 'utf8'), text);
  const agreed = await runHere('checkpoint', 'reset', '--yes', '--log-format', 'json', '--manifest', manifest);
  t.is(agreed.code, 0, agreed.stderr);
  t.regex((JSON.parse(agreed.stderr) as { message: string }).message, /was renamed to/);
  await t.throwsAsync(readFile(path), { code: 'ENOENT' });
  const shown = await runHere('checkpoint', 'show', '--manifest', manifest);
  t.is(shown.code, 0);
  t.true(shown.stdout.startsWith('No checkpoint'));
});

test('replay keeps what it cannot read, line for line, and says in which lines it was', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'state'));
  const path = join(folder, 'state', 'letters.ndjson');
  const letter = { time: '', shardId: 's', sequenceNumber: '1', reason: 'bad-json', detail: '', data: 'eA==' };
  const text = `${JSON.stringify(letter)}\n{"torn": \n`;
  await writeFile(path, text);
  const manifest = await writeManifest(folder, { output: { type: 'file', path: 'out.log' } });
  const { code, stderr } = await runHere('replay', path, '--manifest', manifest);
  t.is(code, 1, stderr);
  t.is(await readFile(join(folder, 'out.log'), 'utf8').catch(() => ''), '');
  t.is(await readFile(path, 'utf8'), text);
  t.regex(stderr, /\. Line 2 cannot be read\n/);
});
