/** What is reported about an output: a failure and the time of the next attempt, a stall, and the recovery. */
import { type BackoffLimits, backoffMs } from '../backoff.js';
import type { Clock } from '../clock.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import { NeverClosedError, NoLogReceiverError, NotConfirmedError, type OpenChannel } from './channel.js';
import { reportStalls, stallMs } from './report-stalls.js';

export interface OutputFaultsOptions {
  /** Names the output in faults, such as `tcp snare.example.com:6161`. */
  readonly name: string;
  readonly backoff: BackoffLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

/** After this many failures in a row without a confirmation, probably only a changed setting helps. */
const hopelessAfter = 3;

export class OutputFaults {
  readonly #options: OutputFaultsOptions;
  #failures = 0;
  /** A stall was reported, and the output has taken nothing since. */
  #isStalled = false;

  constructor(options: OutputFaultsOptions) {
    this.#options = options;
  }

  /**
   * Reports a failure. Returns how long to wait before the next attempt, in milliseconds.
   *
   * @param fruitless failures in a row after lines were sent, with none of them confirmed
   * @param longestMs the longest wait
   */
  failed(error: unknown, fruitless: number, longestMs: number): number {
    const { name, random, backoff, onFault } = this.#options;
    const attempt = ++this.#failures;
    const isUnconfirmed = error instanceof NotConfirmedError;
    const isHopeless = isUnconfirmed && fruitless >= hopelessAfter;
    const usualMs = isHopeless ? backoff.maxMs : backoffMs(attempt, backoff, random());
    const retryMs = Math.min(usualMs, longestMs);
    onFault({
      stage: 'deliver',
      code: isUnconfirmed ? 'not-confirmed' : 'output-unreachable',
      message: `Output ${name}: ${describeError(error)}${isHopeless ? adviseUnconfirmed(error) : ''}`,
      attempt,
      retryMs,
      cause: error,
      operation: name,
    });
    return retryMs;
  }

  /** Reports the recovery, if there was anything to recover from. */
  recovered(): void {
    const { name, onRecovery } = this.#options;
    if (this.#failures > 0 || this.#isStalled) onRecovery({ stage: 'deliver', operation: name });
    this.#failures = 0;
    this.#isStalled = false;
  }

  /** Wraps `open`: its channels report stalls until the signal aborts. */
  watchStalls(open: OpenChannel, signal: AbortSignal): OpenChannel {
    const { name, clock, onFault } = this.#options;
    const onStall = (what: string) => {
      if (signal.aborted) return;
      this.#isStalled = true;
      const message = `Output ${name} ${what} for ${stallMs / 1000} s; lines wait until it does`;
      onFault({ stage: 'deliver', code: 'output-stalled', message, operation: name });
    };
    return reportStalls(open, { clock, onStall });
  }
}

/**
 * Advises `confirm: "written"` only if the receiver takes lines silently: any other service at the port would lose them all.
 */
function adviseUnconfirmed(error: unknown): string {
  const advice =
    error instanceof NeverClosedError
      ? 'If it never closes a connection, set confirm: "written" and accept that a crash of the receiver may lose lines'
      : error instanceof NoLogReceiverError
        ? 'No line counts as delivered there'
        : 'Check the host and the port. A TLS port, which requires type: "tls", closes a plain connection, and so do other services';
  return `. The receiver repeatedly did not confirm; until it does, lines are sent in small amounts. ${advice}`;
}
