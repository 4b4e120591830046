/**
 * A log receiver in its own process, which a test can kill without warning. It answers a half-close with its own close and
 * writes the complete lines that it read to a file, which remains after the kill.
 *
 *     const receiver = await startReceiverProcess(path);
 *     await receiver.kill();                    // SIGKILL; resolves when the process is gone
 *     await receiver.restart();                 // a new process on the same port, appending to the same file
 *     const lines = await receiver.readLines();
 *     await receiver.close();                   // at the end of a test; the file is the caller's to remove
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type OwnPort, takeOwnPort } from './own-port.js';

export interface ReceiverProcessOptions {
  /** Milliseconds that lines stay in memory before they are written, as in a receiver with a queue. Default: 0. */
  readonly queueMs?: number;
}

export class ReceiverProcess {
  readonly host = '127.0.0.1';
  readonly path: string;
  readonly #queueMs: number;
  readonly #own: OwnPort;
  #child: ChildProcess | undefined;

  constructor(path: string, own: OwnPort, { queueMs = 0 }: ReceiverProcessOptions) {
    this.#own = own;
    this.path = path;
    this.#queueMs = queueMs;
  }

  /** Does not change at a restart. */
  get port(): number {
    return this.#own.port;
  }

  /** SIGSTOP suspends it with its connections open, SIGCONT resumes it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async restart(): Promise<void> {
    const program = fileURLToPath(new URL('receiver-child.js', import.meta.url));
    const child = fork(program, [String(this.port), this.path, String(this.#queueMs)]);
    this.#child = child;
    const isListening = await Promise.race([
      once(child, 'message').then(() => true),
      once(child, 'exit').then(() => false),
    ]);
    if (!isListening) throw new Error('The receiver process ended before it listened');
  }

  /** The current lines of the file, without an incomplete one that a kill may have left at the end. */
  async readLines(): Promise<string[]> {
    const lines = (await readFile(this.path, 'utf8')).split('\n');
    lines.pop();
    return lines;
  }

  /** May be called more than once, and after a kill. */
  async close(): Promise<void> {
    await this.kill();
    this.#own.release();
  }
}

/** @param path of the file for the lines; created if it does not exist */
export async function startReceiverProcess(
  path: string,
  options: ReceiverProcessOptions = {},
): Promise<ReceiverProcess> {
  const receiver = new ReceiverProcess(path, await takeOwnPort(), options);
  await receiver.restart();
  return receiver;
}
