/** Repeats attempts until one succeeds: each failure is reported, and the wait before the next attempt grows. */
import { type BackoffLimits, backoffMs } from './backoff.js';
import type { Clock } from './clock.js';
import type { Fault, ReportFault, ReportRecovery } from './faults.js';

/** What an independent part requires from the program around it. */
export interface Context {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

export interface Failure extends Pick<Fault, 'stage' | 'code' | 'message' | 'shardId' | 'cause'> {
  readonly backoff: BackoffLimits;
}

/** Reports the failures of one operation, and its recovery. The caller decides when to attempt it again. */
export class Failures {
  readonly #context: Pick<Context, 'onFault' | 'onRecovery'>;
  readonly #operation: string;
  /** Since the last success. */
  #latest: Fault | undefined;

  /** @param operation tells it from other work of the same stage and shard. An object that replaces this one has the same. */
  constructor(context: Pick<Context, 'onFault' | 'onRecovery'>, operation = '') {
    this.#context = context;
    this.#operation = operation;
  }

  failed(fault: Fault): void {
    this.#latest = fault;
    this.#context.onFault({ ...fault, operation: this.#operation });
  }

  /** Reports the recovery, if an attempt has failed since the last success. */
  succeeded(): void {
    if (!this.#latest) return;
    const { stage, shardId } = this.#latest;
    this.#latest = undefined;
    this.#context.onRecovery({ stage, ...(shardId !== undefined && { shardId }), operation: this.#operation });
  }
}

/** The failures in a row of one operation that is attempted until it succeeds. */
export class Attempts {
  readonly #context: Context;
  readonly #failures: Failures;
  #attempt = 0;

  /** @param operation see `Failures` */
  constructor(context: Context, operation?: string) {
    this.#context = context;
    this.#failures = new Failures(context, operation);
  }

  /** Reports the failure; resolves when the next attempt may begin, or when the signal aborts. */
  async failed(failure: Failure): Promise<void> {
    const { clock, random, signal } = this.#context;
    const { backoff, ...fault } = failure;
    const attempt = ++this.#attempt;
    const retryMs = backoffMs(attempt, backoff, random());
    this.#failures.failed({ ...fault, attempt, retryMs });
    await clock.sleep(retryMs, signal);
  }

  /** Reports the recovery, if an attempt has failed since the last success. */
  succeeded(): void {
    this.#attempt = 0;
    this.#failures.succeeded();
  }
}

/**
 * Repeats the work until it succeeds. Resolves with undefined if the signal aborted.
 *
 * @param toFailure what to report; may throw, for an error that waiting does not fix
 */
export async function retry<Result>(
  work: () => Promise<Result>,
  toFailure: (error: unknown) => Failure,
  context: Context,
): Promise<Result | undefined> {
  const attempts = new Attempts(context);
  while (!context.signal.aborted) {
    try {
      const result = await work();
      attempts.succeeded();
      return result;
    } catch (error) {
      if (!context.signal.aborted) await attempts.failed({ cause: error, ...toFailure(error) });
    }
  }
  return undefined;
}
