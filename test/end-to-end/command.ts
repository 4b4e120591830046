/** The command line as a process of its own, as a user starts it, and the same in the process of the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

export const cli = fileURLToPath(new URL('../../plugin/cli.js', import.meta.url));
export const environment = {
  AWS_ACCESS_KEY_ID: 'emulated',
  AWS_SECRET_ACCESS_KEY: 'emulated',
  AWS_EC2_METADATA_DISABLED: 'true',
};

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What was written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** A folder of the test's own, removed at its end. */
export async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-snare-test-'));
  // A program that is about to end may still write there.
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  return folder;
}

/** Writes a manifest with this `config` and returns its path. */
export async function writeManifest(folder: string, config: object): Promise<string> {
  const path = join(folder, 'manifest.json');
  await writeFile(path, JSON.stringify({ id: 'kinesis-snare', config }));
  return path;
}

export function start(
  t: ExecutionContext,
  folder: string,
  args: readonly string[],
  env: object = environment,
): Command {
  return startProgram(t, folder, [cli, ...args], env);
}

/** Any program for Node, with the folder as its working directory. */
export function startProgram(
  t: ExecutionContext,
  folder: string,
  args: readonly string[],
  env: object = environment,
): Command {
  const child = spawnProgram(folder, args, env);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, stdout, stderr }));
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

/** Ends with this process, also when that is killed. */
export function spawnProgram(folder: string, args: readonly string[], env: object = environment): ChildProcess {
  const endWithParent = `${new URL('end-with-parent.js', import.meta.url).href}?${process.pid}`;
  const child = spawn(process.execPath, ['--import', endWithParent, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  });
  (child.stdio[3] as Socket).on('error', () => {}).resume();
  return child;
}

export function run(t: ExecutionContext, folder: string, args: readonly string[], env?: object): Promise<Ended> {
  return start(t, folder, args, env).ended;
}

export type HereCommand = Pick<Command, 'ended' | 'stdout' | 'stderr'>;

/**
 * Runs a command in this process, for what is not about a process of its own: it costs a tenth of one. Paths have to be
 * absolute. What an output of type `stdout` writes is not in `stdout`.
 */
export function startHere(...args: readonly string[]): HereCommand {
  Object.assign(process.env, environment);
  delete process.env.FORCE_COLOR;
  // Each run listens to signals, and tests run beside one another.
  setMaxListeners(0, process);
  const [stdout, stderr] = [new TextStream(), new TextStream()];
  const run = async () => {
    // Loaded here, since most tests that import this file do not use it.
    const { runProgram } = await import('../../plugin/commands/run-program.js');
    const code = await runProgram(args, { stdin: process.stdin, stdout, stderr });
    return { code, stdout: stdout.text, stderr: stderr.text };
  };
  return { ended: run(), stdout: () => stdout.text, stderr: () => stderr.text };
}

export class TextStream {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

export function runHere(...args: readonly string[]): Promise<Ended> {
  return startHere(...args).ended;
}
