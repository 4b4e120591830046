/** The quick tour of the README, as a new user types it: every command of its blocks, in order, in one folder. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { emulatedGroups } from '../../plugin/commands/emulator/flow-log-lines.js';
import { type Command, run, start, startProgram } from '../end-to-end/command.js';
import { makeApp } from './make-app.js';
import { codeBlocks, commandsOf, readPage, wordsOf } from './markdown.js';

const program = 'npx kinesis-snare ';
const typedAddress = 'http://127.0.0.1:4567';

/** The commands of the blocks that are marked as a terminal of the tour. */
function typedIn(terminal: string): readonly string[] {
  const block = codeBlocks(readPage('README.md')).find(({ mark }) => mark === `tour: ${terminal} terminal`);
  return commandsOf(block?.text ?? '');
}

function argsOf(command: string): readonly string[] {
  return wordsOf(command.slice(program.length));
}

test('emulator, init, check, run, status and reconcile, then a host app: a new user sees his first flow logs', async (t) => {
  const folder = await makeApp(t);
  const env: Record<string, string> = { AWS_EC2_METADATA_DISABLED: 'true', HOME: folder };
  const [emulating = '', ...others] = typedIn('first');
  t.deepEqual(others, []);
  t.regex(emulating, /^npx kinesis-snare emulator/);
  const lines = Number(/--lines (\d+)/.exec(emulating)?.[1]);
  // Another test may have the port that a user gets.
  const emulator = start(t, folder, [...argsOf(emulating), '--port', '0'], env);
  const address = await findInOutput(emulator, /http:\/\/127\.0\.0\.1:\d+/);

  let running: Command | undefined;
  for (const typed of typedIn('second')) {
    if (typed.startsWith('export ')) {
      for (const [, name = '', value = ''] of typed.matchAll(/(\w+)=(\S+)/g)) env[name] = value;
      continue;
    }
    const args = argsOf(typed.replace(typedAddress, address));
    if (args[0] === 'run') {
      running = start(t, folder, args, env);
      continue;
    }
    const { code, stdout, stderr } = await run(t, folder, args, env);
    t.is(code, 0, `${typed}\n${stdout}\n${stderr}`);
    if (args[0] === 'check') t.notRegex(stdout, /"auto"/, 'an emulator has no EC2 to look up formats');
  }
  const logGroups = emulatedGroups.map(({ logGroup }) => logGroup);
  const { config, ...manifest } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  t.is(manifest.$schema, './node_modules/kinesis-snare/manifest.json');
  t.like(config, { input: { stream: 'vpc-flow-logs', endpoint: address }, output: { type: 'stdout' } });
  // What init has found by itself.
  t.deepEqual(config.input.logGroups.toSorted(), logGroups.toSorted());

  if (!running) return t.fail('The tour has no run');
  await findInOutput(running, /\tAWSVPCFlowLog\t.*"ACTION":"(ACCEPT|REJECT)"/);
  const { stdout } = running;
  while (stdout().split('\n').length <= lines) await delay(50);
  const [exporting, asking = '', proving = '', ...rest] = typedIn('third');
  t.is(exporting, typedIn('second')[0]);
  t.deepEqual(rest, []);
  const status = await run(t, folder, argsOf(asking), env);
  t.is(status.code, 0, status.stderr);
  t.regex(status.stdout, /running[\s\S]*shardId-000000000000/i);
  // The counts are written with the next checkpoint.
  let proof = await run(t, folder, argsOf(proving), env);
  for (let tries = 0; proof.code !== 0 && tries < 10; tries++) proof = await run(t, folder, argsOf(proving), env);
  t.is(proof.code, 0, `${proof.stdout}\n${proof.stderr}`);
  const [, existing, delivered] = /^ALL +(\d+) +(\d+) /m.exec(proof.stdout) ?? [];
  t.true(Number(existing) > lines / 2, proof.stdout);
  t.is(delivered, existing);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  t.is(code, 0, stderr);

  t.is((await run(t, folder, ['checkpoint', 'reset', '--yes'], env)).code, 0);
  const host = codeBlocks(readPage('README.md')).find(({ mark }) => mark === 'host');
  await writeFile(join(folder, 'host.mjs'), host?.text ?? '');
  const app = startProgram(t, folder, ['host.mjs'], env);
  await findInOutput(app, /\tAWSVPCFlowLog\t/);
  while (!(await readFile(join(folder, 'app.log'), 'utf8')).includes('ACCEPT OK')) await delay(50);
  app.child.kill('SIGTERM');
  const left = await app.ended;
  t.is(left.code, 0, left.stderr);

  emulator.child.kill('SIGINT');
  const stopped = await emulator.ended;
  t.is(stopped.code, 0, stopped.stderr);
  t.regex(stopped.stderr, /Stopped after \d+ lines/);
});

/** Waits for what a command prints on standard output. */
async function findInOutput({ child, ended, stdout }: Command, wanted: RegExp): Promise<string> {
  const failed = ended.then(({ stderr }) => Promise.reject(new Error(`The command has ended: ${stderr}`)));
  failed.catch(() => {});
  for (;;) {
    const [found] = wanted.exec(stdout()) ?? [];
    if (found !== undefined) return found;
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), failed]);
  }
}
