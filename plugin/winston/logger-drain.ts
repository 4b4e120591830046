/** Waits for a full logger to drain. If that takes long, finds out why. */

import type { Clock } from '../../src/clock.js';
import type { ReportFault, ReportRecovery } from '../../src/faults.js';
import { Failures } from '../../src/retry.js';
import type { HostLogger } from '../api.js';
import { findSlow, findStopped, nameTransport } from './find-stopped.js';

export interface LoggerDrainOptions {
  readonly logger: HostLogger;
  readonly clock: Clock;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  /** Aborts when nothing waits any longer. */
  readonly signal: AbortSignal;
}

/** Longer than a transport should take for 16 infos. */
const watchMs = 10_000;

export class LoggerDrain {
  readonly #options: LoggerDrainOptions;
  /** Set by each write that fills the logger. */
  isFull = false;
  #draining: Promise<void> | undefined;
  #isWatched = false;
  readonly #failures: Failures;

  constructor(options: LoggerDrainOptions) {
    this.#options = options;
    this.#failures = new Failures(options, 'drain');
  }

  /** Resolves when the logger accepts more, or when the signal aborts. All waiting calls share one listener. */
  async wait(): Promise<void> {
    if (!this.isFull || this.#options.signal.aborted) return;
    this.#draining ??= this.#untilDrain().finally(() => {
      this.#draining = undefined;
      this.isFull = false;
      if (!this.#options.signal.aborted) this.#failures.succeeded();
    });
    if (!this.#isWatched) void this.#watch();
    await this.#draining;
  }

  #untilDrain(): Promise<void> {
    const { logger, signal } = this.#options;
    return new Promise((resolve) => {
      const done = () => {
        logger.removeListener('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      logger.once('drain', done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** The timer survives short waits, so that not each of them starts its own. */
  async #watch(): Promise<void> {
    const { clock, signal } = this.#options;
    this.#isWatched = true;
    for (let seen = this.#draining; seen; seen = this.#draining) {
      await clock.sleep(watchMs, signal);
      if (signal.aborted) break;
      if (this.#draining === seen) this.#explain();
    }
    this.#isWatched = false;
  }

  #explain(): void {
    const { logger } = this.#options;
    const stopped = findStopped(logger);
    const slow = findSlow(logger);
    const report = (message: string) =>
      this.#failures.failed({ stage: 'host', code: stopped?.code ?? 'logger-blocked', message, retryMs: watchMs });
    if (stopped) report(`${stopped.reason}; flow logs wait. To continue, ${stopped.advice}`);
    else if (slow) {
      const name = nameTransport(slow);
      report(
        `The transport ${name} does not call back, and holds up the logger; flow logs wait. Remove it, or set delivery: "direct"`,
      );
    }
    // A transport that ended right before a write leaves the logger paused, and nothing would resume it.
    else logger.resume?.();
  }
}
