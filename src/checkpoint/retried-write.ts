/**
 * Repeats a write until it succeeds, one attempt at a time: of two attempts at once, the first could be retried after the second,
 * and an earlier state would replace a later one. Changes are collected over an interval.
 */
import { Attempts, type Context } from '../retry.js';

export interface RetriedWriteOptions extends Omit<Context, 'signal'> {
  /** Longest time between a change and its write, in milliseconds. */
  readonly intervalMs: number;
}

const backoff = { baseMs: 500, maxMs: 15_000 };

export class RetriedWrite {
  readonly #options: RetriedWriteOptions;
  readonly #writeOnce: () => Promise<void>;
  readonly #describe: (error: unknown) => string;
  readonly #attempts: Attempts;
  readonly #stop = new AbortController();
  #timer: Promise<void> | undefined;
  /** The last requested write; each begins when the one before it is done. */
  #writing: Promise<void> = Promise.resolve();
  /** The write that has not begun; it includes everything that has changed when it begins. */
  #next: Promise<void> | undefined;

  /**
   * @param writeOnce writes what has changed; does nothing if nothing has
   * @param describe the message of the fault when an attempt fails
   * @param operation see `Failures`
   */
  constructor(
    options: RetriedWriteOptions,
    writeOnce: () => Promise<void>,
    describe: (error: unknown) => string,
    operation?: string,
  ) {
    this.#options = options;
    this.#writeOnce = writeOnce;
    this.#describe = describe;
    this.#attempts = new Attempts({ ...options, signal: this.#stop.signal }, operation);
  }

  /** Writes within the interval. */
  writeSoon(): void {
    this.#timer ??= this.#writeLater();
  }

  /** Resolves when all changes so far are written, however long that takes, or when this closes. */
  write(): Promise<void> {
    this.#next ??= this.#writing.then(async () => {
      this.#next = undefined;
      while (!this.#stop.signal.aborted && !(await this.attempt(this.#writeOnce)));
    });
    this.#writing = this.#next;
    return this.#next;
  }

  /** Ends the waits, and makes one more attempt after the one under way; resolves with false if it failed. */
  async close(): Promise<boolean> {
    this.#stop.abort();
    await this.#writing;
    return this.attempt(this.#writeOnce);
  }

  /** Resolves with false after a failure, which is reported, and the wait that follows it. */
  async attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
    } catch (error) {
      const message = this.#describe(error);
      await this.#attempts.failed({ stage: 'checkpoint', code: 'not-written', message, cause: error, backoff });
      return false;
    }
    this.#attempts.succeeded();
    return true;
  }

  async #writeLater(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    await clock.sleep(intervalMs, this.#stop.signal);
    this.#timer = undefined;
    await this.write();
  }
}
