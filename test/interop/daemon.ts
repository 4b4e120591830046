/**
 * A receiver's process in the foreground: started, killed and started again on the same port. No process outlives this
 * one, however it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface DaemonOptions {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
}

export type KillSignal = 'SIGTERM' | 'SIGKILL';

const startMs = 20_000;
const stopMs = 20_000;
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

export class Daemon {
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;
  #said = '';

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#options.port;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const { path, args, env, port } = this.#options;
    const child = spawn(path, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#said = '';
    running.add(child);
    child.on('error', (error) => this.#listen(error.message));
    child.on('close', () => running.delete(child));
    child.stdout.on('data', (chunk) => this.#listen(chunk));
    child.stderr.on('data', (chunk) => this.#listen(chunk));
    const overMs = performance.now() + startMs;
    while (!(await takesConnections(port))) {
      if (child.exitCode !== null || child.pid === undefined || performance.now() > overMs) {
        throw new Error(`${path} does not listen on port ${port}; it said: ${this.#said}`);
      }
      await delay(20);
    }
  }

  /** Resolves when the process is gone. */
  async kill(signal: KillSignal): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${this.#options.path} had ended by itself; it said: ${this.#said}`);
    }
    const exited = once(child, 'exit');
    child.kill(signal);
    const isGone = await Promise.race([exited.then(() => true), delay(stopMs, false, { ref: false })]);
    if (isGone) return;
    child.kill('SIGKILL');
    throw new Error(`${this.#options.path} did not end within ${stopMs} ms of ${signal}`);
  }

  #listen(text: unknown): void {
    this.#said = (this.#said + String(text)).slice(-2000);
  }
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
