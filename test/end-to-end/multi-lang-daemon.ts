/**
 * The side of KCL's MultiLangDaemon for one child, the real command line as a process: it makes one call at a time, takes a
 * checkpoint only during a call, and closes standard input at the end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { cli, environment } from './command.js';

export interface StoredPlace {
  readonly sequenceNumber: string | null;
  readonly subSequenceNumber: number | null;
}

interface Message extends StoredPlace {
  readonly action: string;
  readonly responseFor?: string;
}

export class MultiLangDaemon {
  readonly child: ChildProcess;
  /** Every checkpoint that was stored, in order. */
  readonly stored: StoredPlace[] = [];
  /** Lines of standard output that are none of the protocol. */
  readonly strayLines: string[] = [];
  /** Errors to answer the next checkpoints with, in place of storing them. */
  readonly refusals: string[] = [];
  readonly ended: Promise<number | string | null>;
  stderr = '';
  #waiting: ((action: string) => void) | undefined;
  #isCalling = false;

  constructor(t: ExecutionContext, folder: string, manifest: string) {
    this.child = spawn(process.execPath, [cli, 'kcl', '--manifest', manifest, '--log-format', 'json'], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
    });
    t.teardown(() => this.child.kill('SIGKILL'));
    this.ended = once(this.child, 'close').then(([code, signal]) => code ?? signal);
    this.child.stdin?.on('error', () => {});
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.#read(line));
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
      this.ended.then((code) => Promise.reject(new Error(`The child ended with ${code}: ${this.stderr}`))),
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
    this.child.stdin?.end();
    return this.ended;
  }

  #send(message: object): void {
    this.child.stdin?.write(`${JSON.stringify(message)}\n`);
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
