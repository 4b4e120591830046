/** The examples of packaging, read by the tools for which they are: systemd, logrotate, hadolint and kubernetes-validate. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { spawnProgram, writeManifest } from '../end-to-end/command.js';
import { findMissing, toRecord } from '../end-to-end/flow-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { findProgram, UnavailableError } from './programs.js';
import type { Case } from './report.js';

const unit = 'kinesis-snare.service';
/** From 0 to 10, the less the better. systemd calls up to 2.0 "OK". */
const maxExposure = 1.5;
const cli = resolve('dist/plugin/cli.js');

export const packagingCases: readonly Case[] = [
  { name: 'examples/systemd, by systemd-analyze verify and security', run: analyzeUnit },
  { name: 'examples/logrotate, by logrotate while flow logs are written', run: rotate },
  { name: 'examples/docker, by hadolint', run: () => lint('HADOLINT', 'hadolint', ['examples/docker/Dockerfile']) },
  {
    name: 'examples/kubernetes, by kubernetes-validate',
    run: () =>
      lint('KUBERNETES_VALIDATE', 'kubernetes-validate', ['--strict', 'examples/kubernetes/kinesis-snare.yaml']),
  },
];

interface Said {
  readonly text: string;
  readonly isGood: boolean;
}

async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Said> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { env });
    return { text: `${stdout}${stderr}`, isGood: true };
  } catch (error) {
    const {
      code,
      stdout = '',
      stderr = '',
      message,
    } = error as NodeJS.ErrnoException & Partial<Record<string, string>>;
    if (code === 'ENOENT') throw new UnavailableError(`there is no ${program}`);
    return { text: `${stdout}${stderr}` || message, isGood: false };
  }
}

/** A program of PyPI, which a variable names if it is not on the PATH. */
async function lint(variable: string, name: string, args: readonly string[]): Promise<string> {
  const { text, isGood } = await run(process.env[variable] ?? name, args);
  if (!isGood) throw new Error(text);
  return 'no remark';
}

async function analyzeUnit(): Promise<string> {
  const { path, env } = findProgram('systemd-analyze');
  const folder = await mkdtemp(join(tmpdir(), 'interop-systemd-'));
  try {
    const file = join(folder, unit);
    const text = await readFile(join('examples/systemd', unit), 'utf8');
    // verify looks for the program that the unit starts.
    await writeFile(file, text.replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`));
    // The units that it names are in the package of systemd, which may be unpacked only.
    const folders = ['../../lib', '../../../lib'].map((folder) => resolve(path, folder, 'systemd/system'));
    const units = { ...env, SYSTEMD_UNIT_PATH: `${folders.join(':')}:` };
    const verified = await run(path, ['verify', '--man=no', file], units);
    if (!verified.isGood || verified.text.includes(unit)) throw new Error(`verify: ${verified.text}`);
    const judged = await run(path, ['security', '--offline=true', `--threshold=${maxExposure * 10}`, file], env);
    const [, exposure] = /exposure level[^:]*: ([\d.]+)/.exec(judged.text) ?? [];
    if (!judged.isGood || exposure === undefined) throw new Error(`security: ${judged.text}`);
    return `valid; exposure ${exposure} of 10`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const perRecord = 50;
const rounds = 4;

/** The example on a folder of the test: its user and the way to reload are those of this process. */
async function rotate(): Promise<string> {
  const { path: logrotate, env } = findProgram('logrotate');
  const folder = await mkdtemp(join(tmpdir(), 'interop-logrotate-'));
  const kinesis = await startFakeKinesis({ clock: Date });
  kinesis.createStream('s', { shards: 1 });
  const { endpoint, region } = kinesis;
  const logs = join(folder, 'log');
  await mkdir(logs, { mode: 0o750 });
  const input = { stream: 's', endpoint, region, startAt: 'earliest', idleDelayMs: 200 };
  const output = { type: 'file', path: join(logs, 'flows.log') };
  const program = spawnProgram(folder, [cli, 'run', '--manifest', await writeManifest(folder, { input, output })]);
  program.stderr?.resume();
  try {
    const { username } = userInfo();
    const { stdout: group } = await promisify(execFile)('id', ['-gn']);
    const config = (await readFile('examples/logrotate/kinesis-snare', 'utf8'))
      .replaceAll('/var/log/kinesis-snare', logs)
      .replace('su kinesis-snare kinesis-snare', `su ${username} ${group.trim()}`)
      .replace('systemctl reload kinesis-snare', `kill -HUP ${program.pid}`)
      // Several times a second, where the date alone would be the same.
      .replace('dateformat -%Y%m%d-%s', 'dateformat -%Y%m%d-%s-ROUND');
    for (let round = 0; round < rounds; round++) {
      const { partitionKey, data } = toRecord('a', round * perRecord, (round + 1) * perRecord);
      kinesis.put('s', data, partitionKey);
      await untilLines(logs, (round + 1) * perRecord);
      const file = join(folder, 'logrotate.conf');
      await writeFile(file, config.replace('ROUND', String(round)), { mode: 0o644 });
      const { text, isGood } = await run(logrotate, ['--force', '--state', join(folder, 'state'), file], env);
      if (!isGood) throw new Error(text);
    }
    const missing = findMissing(await readLines(logs), rounds * perRecord).length;
    if (missing > 0) throw new Error(`${missing} lines are missing`);
    const files = await readdir(logs);
    if (files.length < rounds) throw new Error(`Not rotated each time: ${files.join(', ')}`);
    return `${rounds} rotations of a file that is written; nothing lost`;
  } finally {
    program.kill('SIGKILL');
    await kinesis.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function untilLines(folder: string, count: number): Promise<void> {
  while (findMissing(await readLines(folder), count).length > 0) await delay(50);
}

/** Of all files, also of those that are compressed. */
async function readLines(folder: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    const { stdout } = await promisify(execFile)(name.endsWith('.gz') ? 'zcat' : 'cat', [join(folder, name)]);
    lines.push(...stdout.split('\n').filter((line) => line !== ''));
  }
  return lines;
}
