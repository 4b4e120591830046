/**
 * The child's side of the protocol of KCL's MultiLangDaemon: one JSON object a line on standard input and output. The daemon makes
 * one call at a time and waits for its `status`. It accepts a checkpoint only during that wait.
 * https://github.com/awslabs/amazon-kinesis-client/tree/master/amazon-kinesis-client-multilang
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CommandError } from '../exit.js';

/** A record of a shard. Those of a KPL aggregate share their sequence number. */
export interface DaemonRecord {
  /** Base64. */
  readonly data: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber?: number;
  /** Milliseconds since 1970. */
  readonly approximateArrivalTimestamp?: number;
}

export type DaemonCall =
  | { readonly action: 'initialize'; readonly shardId: string; readonly sequenceNumber?: string | null }
  | {
      readonly action: 'processRecords';
      readonly records: readonly DaemonRecord[];
      readonly millisBehindLatest?: number | null;
    }
  /** Another worker has the shard: nothing may be stored any more. */
  | { readonly action: 'leaseLost' }
  /** The shard is closed and all of it was passed: it has to be stored as done before the `status`. */
  | { readonly action: 'shardEnded' }
  /** The daemon is about to stop: what is confirmed may be stored. */
  | { readonly action: 'shutdownRequested' }
  /** In place of `shardEnded` and `leaseLost`, by daemons of old. */
  | { readonly action: 'shutdown'; readonly reason: 'TERMINATE' | 'ZOMBIE' };

/** Up to where everything is confirmed. */
export interface CheckpointPlace {
  readonly sequenceNumber: string;
  readonly subSequenceNumber?: number | undefined;
}

type CheckpointReply = { readonly action: 'checkpoint'; readonly error?: string | null };

const actions: ReadonlySet<unknown> = new Set([
  'initialize',
  'processRecords',
  'leaseLost',
  'shardEnded',
  'shutdownRequested',
  'shutdown',
] satisfies DaemonCall['action'][]);

export class Daemon {
  readonly #write: (text: string) => void;
  readonly #calls: DaemonCall[] = [];
  readonly #gone = new AbortController();
  #failure: CommandError | undefined;
  #wake = () => {};
  #answerCheckpoint: ((error: string | undefined) => void) | undefined;

  constructor(input: Readable, write: (text: string) => void) {
    this.#write = write;
    createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
      .on('line', (line) => this.#read(line))
      .on('close', () => this.#end());
  }

  /** Aborts when the daemon has closed standard input: it has ended, or this shard is done. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Each call has to be answered by `status` before the next one comes. Throws for a message that is not part of the protocol. */
  async *calls(): AsyncGenerator<DaemonCall, void, undefined> {
    for (;;) {
      const call = this.#calls.shift();
      if (call) yield call;
      else if (this.#failure) throw this.#failure;
      else if (this.gone.aborted) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  status({ action }: DaemonCall): void {
    this.#send({ action: 'status', responseFor: action });
  }

  /**
   * Stores a place, or with `null` the end of the shard. Call it during a call, one at a time. Resolves with the name of the error
   * of the daemon, with `gone` if it has ended, or with undefined once it is stored.
   */
  checkpoint(place: CheckpointPlace | null): Promise<string | undefined> {
    if (this.gone.aborted) return Promise.resolve('gone');
    const { sequenceNumber = null, subSequenceNumber = null } = place ?? {};
    return new Promise((resolve) => {
      this.#answerCheckpoint = resolve;
      this.#send({ action: 'checkpoint', sequenceNumber, subSequenceNumber });
    });
  }

  #send(message: object): void {
    this.#write(`${JSON.stringify(message)}\n`);
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    const message = parse(line);
    if (message === undefined) {
      const start = JSON.stringify(line.slice(0, 60));
      this.#failure ??= new CommandError(
        `Expected a message of KCL's MultiLangDaemon on standard input, got ${start}; start this command from its property executableName`,
      );
    } else if (message.action === 'checkpoint') this.#answer(message.error ?? undefined);
    else this.#calls.push(message);
    this.#wake();
  }

  #answer(error: string | undefined): void {
    this.#answerCheckpoint?.(error);
    this.#answerCheckpoint = undefined;
  }

  #end(): void {
    this.#gone.abort();
    this.#answer('gone');
    this.#wake();
  }
}

function parse(line: string): DaemonCall | CheckpointReply | undefined {
  try {
    const message = JSON.parse(line) as DaemonCall | CheckpointReply;
    return message.action === 'checkpoint' || actions.has(message.action) ? message : undefined;
  } catch {
    return undefined;
  }
}
