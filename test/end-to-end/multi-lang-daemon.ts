/**
 * The side of KCL's MultiLangDaemon for one child, the real command line: it makes one call at a time, takes a checkpoint only
 * during a call, and closes standard input at the end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { ExecutionContext } from 'ava';
import { runProgram } from '../../plugin/commands/run-program.js';
import { cli, environment, TextStream } from './command.js';

export interface DaemonChild {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: () => string;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

const argsOf = (manifest: string) => ['kcl', '--manifest', manifest, '--log-format', 'json'];

/** The child as a process of its own. */
export function startProcess(t: ExecutionContext, manifest: string): DaemonChild & { readonly process: ChildProcess } {
  const child = spawn(process.execPath, [cli, ...argsOf(manifest)], {
    env: { PATH: process.env.PATH, ...environment },
  });
  t.teardown(() => child.kill('SIGKILL'));
  const { stdin, stdout } = child;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { process: child, stdin, stdout, stderr: () => stderr, ended };
}

/** The child in this process, which costs a tenth of one. */
export function startInside(t: ExecutionContext, manifest: string): DaemonChild {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new TextStream()];
  const ended = runProgram(argsOf(manifest), { stdin, stdout, stderr });
  t.teardown(() => {
    stdin.end();
    return ended;
  });
  return { stdin, stdout, stderr: () => stderr.text, ended };
}

export interface StoredPlace {
  readonly sequenceNumber: string | null;
  readonly subSequenceNumber: number | null;
}

interface Message extends StoredPlace {
  readonly action: string;
  readonly responseFor?: string;
}

export class MultiLangDaemon {
  readonly child: DaemonChild;
  /** Every checkpoint that was stored, in order. */
  readonly stored: StoredPlace[] = [];
  /** Lines of standard output that are none of the protocol. */
  readonly strayLines: string[] = [];
  /** Errors to answer the next checkpoints with, in place of storing them. */
  readonly refusals: string[] = [];
  #waiting: ((action: string) => void) | undefined;
  #isCalling = false;

  constructor(child: DaemonChild) {
    this.child = child;
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => this.#read(line));
  }

  /** Resolves when the child has answered; rejects when it ends before. */
  async call(action: string, more: object = {}): Promise<void> {
    this.#isCalling = true;
    const answered = new Promise<string>((resolve) => {
      this.#waiting = resolve;
    });
    this.#send({ action, ...more });
    const responseFor = await Promise.race([
      answered,
      this.child.ended.then((code) =>
        Promise.reject(new Error(`The child ended with ${code}: ${this.child.stderr()}`)),
      ),
    ]);
    this.#isCalling = false;
    if (responseFor !== action) throw new Error(`Expected the status of ${action}, got that of ${responseFor}`);
  }

  initialize(shardId = 'shardId-000000000000'): Promise<void> {
    return this.call('initialize', { shardId, sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 });
  }

  processRecords(records: readonly { readonly sequenceNumber: string; readonly data: Uint8Array }[]): Promise<void> {
    return this.call('processRecords', {
      records: records.map(({ sequenceNumber, data }) => ({
        action: 'record',
        data: Buffer.from(data).toString('base64'),
        partitionKey: 'key',
        sequenceNumber,
        subSequenceNumber: 0,
        approximateArrivalTimestamp: 1_700_000_000_000,
      })),
      millisBehindLatest: 0,
    });
  }

  /** Ends its input, as the daemon does at the end of a shard, and when it dies. */
  close(): Promise<number | string | null> {
    this.child.stdin.end();
    return this.child.ended;
  }

  #send(message: object): void {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #read(line: string): void {
    const message = parse(line);
    if (message?.action === 'status') this.#waiting?.(message.responseFor ?? '');
    else if (message?.action === 'checkpoint' && this.#isCalling) this.#store(message);
    else this.strayLines.push(line);
  }

  #store({ sequenceNumber, subSequenceNumber }: Message): void {
    const error = this.refusals.shift() ?? null;
    if (error === null) this.stored.push({ sequenceNumber, subSequenceNumber });
    this.#send({ action: 'checkpoint', sequenceNumber, subSequenceNumber, error });
  }
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}
