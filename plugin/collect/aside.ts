/**
 * Where what cannot be used, or cannot be sent, is put: the dead-letter file, with the promise that nothing passes over a
 * letter that is not on disk.
 */
import { backoffMs } from '../../src/backoff.js';
import type { Clock } from '../../src/clock.js';
import { describeError, type ReportFault } from '../../src/faults.js';
import { type DeadLetter, DeadLetterFile } from './dead-letter.js';

export interface AsideOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly onFault: ReportFault;
  /** Called for each letter that is on disk. */
  readonly onPut: (letter: DeadLetter) => void;
}

const backoff = { baseMs: 1000, maxMs: 30_000 };

export class Aside {
  readonly #options: AsideOptions;
  readonly #file: DeadLetterFile;
  /** By shard, the letters of lines that wait for the file. */
  readonly #waiting = new Map<string, Promise<boolean>>();
  #release = () => {};
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  constructor(options: AsideOptions) {
    this.#options = options;
    const { path, maxBytes, onFault } = options;
    const onNearlyFull = (bytes: number) => {
      const message = `The dead-letter file "${path}" has ${bytes} of ${maxBytes} bytes; at the limit shards wait, so replay it or move it away`;
      onFault({ stage: 'decode', code: 'dead-letter-file-nearly-full', message });
    };
    this.#file = new DeadLetterFile(path, { maxBytes, onNearlyFull });
  }

  /** Rejects with a `DeadLetterError` when no letter could be written. */
  test(): Promise<void> {
    return this.#file.test();
  }

  /** Writes letters; resolves when they are on disk, rejects with a `DeadLetterError` when they could not be written. */
  async put(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.#file.write(letters);
    for (const letter of letters) this.#options.onPut(letter);
  }

  /** Writes one letter, for as long as it takes. Resolves with false when the signal aborted first. */
  putUntilDone(letter: DeadLetter, signal: AbortSignal): Promise<boolean> {
    const { shardId } = letter;
    const before = this.#waiting.get(shardId) ?? Promise.resolve(true);
    // One after the other, so that there is one fault for the shard, not one for each of its lines.
    const written = before.then(() => this.#repeat(letter, signal));
    this.#waiting.set(shardId, written);
    void written.then(() => {
      if (this.#waiting.get(shardId) === written) this.#waiting.delete(shardId);
    });
    return written;
  }

  /**
   * Resolves when no letter of the shard waits for the file: until then no more of the shard is to be read. Undefined when none
   * waits.
   */
  whenFree(shardId: string): Promise<unknown> | undefined {
    const waiting = this.#waiting.get(shardId);
    return waiting && Promise.race([waiting, this.#released]);
  }

  /** Lets those go who wait for a shard to be free. */
  letGo(): void {
    this.#release();
  }

  /** Resolves when nothing is being written. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async #repeat(letter: DeadLetter, signal: AbortSignal): Promise<boolean> {
    const { clock, onFault } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.put([letter]);
        return true;
      } catch (error) {
        const retryMs = backoffMs(attempt, backoff, Math.random());
        const fault = { stage: 'decode', code: 'dead-letter-not-written', message: describeError(error) } as const;
        onFault({ ...fault, shardId: letter.shardId, attempt, retryMs, cause: error });
        await clock.sleep(retryMs, signal);
      }
    }
    return false;
  }
}
