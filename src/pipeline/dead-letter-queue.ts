/**
 * Writes dead letters to the file: what cannot be used, or cannot be sent. The position does not pass a dead letter before it
 * is on disk.
 */
import type { Clock } from '../clock.js';
import { DeadLetterError } from '../errors.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import { type Failure, retry } from '../retry.js';
import { type DeadLetter, DeadLetterFile } from './dead-letter-file.js';
import { LetterLimits } from './letter-limits.js';
import { Mutex } from './mutex.js';

export interface DeadLetterQueueOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** Share of the maximum size that one log group may take. */
  readonly maxLogGroupPercent: number;
  /** For one log group. */
  readonly maxBytesPerMinute: number;
  readonly clock: Clock;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  /** Called for each letter once it is on disk. */
  readonly onPut: (letter: DeadLetter) => void;
}

const backoff = { baseMs: 1000, maxMs: 30_000 };
/** Bytes of letters that are formatted and written together. */
const batchBytes = 1024 * 1024;

interface WaitingDeadLetter {
  make(): Promise<DeadLetter>;
  readonly signal: AbortSignal;
  readonly resolve: (isWritten: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface LetterQueue {
  readonly letters: WaitingDeadLetter[];
  readonly whenEmpty: Promise<void>;
}

export class DeadLetterQueue {
  readonly #options: DeadLetterQueueOptions;
  readonly #file: DeadLetterFile;
  readonly #limits: LetterLimits;
  /** The size after the last write. */
  #size = 0;
  /** By shard, the letters of lines that wait to be written. */
  readonly #queues = new Map<string, LetterQueue>();
  readonly #making = new Mutex();
  #endWaits = () => {};
  readonly #released = new Promise<void>((resolve) => {
    this.#endWaits = resolve;
  });

  constructor(options: DeadLetterQueueOptions) {
    this.#options = options;
    const { path, maxBytes, onFault } = options;
    const onNearlyFull = (bytes: number) => {
      const message = `The dead-letter file "${path}" has ${bytes} of ${maxBytes} bytes; at the limit shards wait, so replay it or move it away`;
      onFault({ stage: 'decode', code: 'dead-letter-file-nearly-full', message });
    };
    const { maxLogGroupPercent, maxBytesPerMinute, clock } = options;
    this.#limits = new LetterLimits({
      maxBytes: Math.floor((maxBytes * maxLogGroupPercent) / 100),
      maxBytesPerMinute,
      now: () => clock.monotonic(),
    });
    this.#file = new DeadLetterFile(path, { maxBytes, onNearlyFull });
  }

  /** Rejects with a `DeadLetterError` if no letter could be written. */
  test(): Promise<void> {
    return this.#file.test();
  }

  /** Writes letters; resolves when they are on disk, rejects with a `DeadLetterError` if they could not be written. */
  async put(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.#checkLimits(letters);
    this.#noteSize(await this.#file.write(letters));
    this.#limits.add(letters);
    for (const letter of letters) this.#options.onPut(letter);
  }

  async #checkLimits(letters: readonly DeadLetter[]): Promise<void> {
    if (this.#limits.findFault(letters) === undefined) return;
    this.#noteSize(await this.#file.size());
    const fault = this.#limits.findFault(letters);
    if (fault === undefined) return;
    throw new DeadLetterError(`The dead-letter file "${this.#options.path}" was not written to: ${fault}`);
  }

  /** If the file became smaller, it was replayed or moved. */
  #noteSize(bytes: number): void {
    if (bytes < this.#size) this.#limits.clear();
    this.#size = bytes;
  }

  /**
   * Writes one letter and retries until it succeeds. Resolves with false if the signal aborts first. The letter is made only
   * when its turn comes: the letters of all lines of a record at once would take many times the memory of the record.
   */
  putUntilDone(shardId: string, make: () => Promise<DeadLetter>, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const letter: WaitingDeadLetter = { make, signal, resolve, reject };
      const queue = this.#queues.get(shardId);
      if (queue) queue.letters.push(letter);
      else this.#startQueue(shardId, letter);
    });
  }

  /** One batch after the other, so that there is one fault for the shard rather than one for each line. */
  #startQueue(shardId: string, first: WaitingDeadLetter): void {
    const letters = [first];
    const run = async () => {
      // Letters added in the same turn belong to the same batch.
      await undefined;
      while (letters.length > 0) await this.#putBatch(letters);
      this.#queues.delete(shardId);
    };
    this.#queues.set(shardId, { letters, whenEmpty: run() });
  }

  async #putBatch(waiting: WaitingDeadLetter[]): Promise<void> {
    const batch = await this.#makeBatch(waiting);
    const [first] = batch;
    if (!first) return;
    const isWritten = await this.#putWithRetries(
      batch.map(({ made }) => made),
      first.signal,
    );
    for (const { resolve } of batch) resolve(isWritten);
  }

  /** One shard at a time: letters are made in the order of a record's lines, since the record is decoded again for them. */
  async #makeBatch(
    waiting: WaitingDeadLetter[],
  ): Promise<readonly (WaitingDeadLetter & { readonly made: DeadLetter })[]> {
    const locked = this.#making.lock();
    if (locked) await locked;
    const batch: (WaitingDeadLetter & { readonly made: DeadLetter })[] = [];
    let bytes = 0;
    try {
      for (let next = waiting[0]; next && bytes < batchBytes; next = waiting[0]) {
        waiting.shift();
        if (next.signal.aborted) next.resolve(false);
        else {
          const made = await next.make().catch(next.reject);
          if (made) batch.push({ ...next, made });
          bytes += made?.data.length ?? 0;
        }
      }
    } finally {
      this.#making.unlock();
    }
    return batch;
  }

  /**
   * Resolves when no letter of the shard waits to be written; until then, nothing more of the shard may be read. Undefined if
   * none waits.
   */
  whenFree(shardId: string): Promise<unknown> | undefined {
    const queue = this.#queues.get(shardId);
    return queue && Promise.race([queue.whenEmpty, this.#released]);
  }

  /** Ends every `whenFree` wait. */
  release(): void {
    this.#endWaits();
  }

  /** Resolves when nothing is being written. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async #putWithRetries(letters: readonly DeadLetter[], signal: AbortSignal): Promise<boolean> {
    const shardId = letters[0]?.shardId ?? '';
    const put = async () => {
      await this.put(letters);
      return true;
    };
    const toFailure = (error: unknown): Failure => {
      return { stage: 'decode', code: 'dead-letter-not-written', message: describeError(error), shardId, backoff };
    };
    return (await retry(put, toFailure, { ...this.#options, random: Math.random, signal })) ?? false;
  }
}
