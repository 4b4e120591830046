/**
 * Runs one session after another over an outbox, by what counts as delivered at the output. Between two of them, everything
 * unconfirmed is back in the outbox.
 */
import type { Clock } from '../clock.js';
import { addTotals, type LineTotals } from '../output-stats.js';
import type { OpenChannel } from './channel.js';
import { ClosedSession } from './closed-session.js';
import type { Outbox } from './outbox.js';
import type { OutputFaults } from './output-faults.js';
import type { RotationLimits } from './plan-rotation.js';
import { SendWindow } from './send-window.js';
import type { Session } from './session.js';
import { WrittenSession } from './written-session.js';

/** What counts as delivered: a good end of connections, or a write. The first write of a channel is watched for a while. */
export type Confirm =
  | { readonly by: 'closed'; readonly limits: RotationLimits }
  | { readonly by: 'written'; readonly watchMs?: number };

export interface SessionRunnerOptions {
  readonly open: OpenChannel;
  readonly confirm: Confirm;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly faults: OutputFaults;
  /** Called when deliveries were confirmed. */
  readonly onConfirmed: () => void;
  /** Ends the session. */
  readonly signal: AbortSignal;
}

export class SessionRunner {
  readonly #options: SessionRunnerOptions;
  readonly #window = new SendWindow();
  #session: Session | undefined;
  isConnected = false;
  /** Sent more than once, because a session ended before their confirmation. */
  resent: LineTotals = { lines: 0, bytes: 0 };

  constructor(options: SessionRunnerOptions) {
    this.#options = options;
  }

  /** Failures in a row after lines were sent, with none of them confirmed. */
  get fruitless(): number {
    return this.#window.fruitless;
  }

  /** Sends until a stop or a failure of the output, and returns the error. */
  async run(): Promise<unknown> {
    const { outbox, signal } = this.#options;
    try {
      this.#session = this.#createSession();
      await this.#session.run();
    } catch (error) {
      // A failure after a stop is a consequence of the stop.
      return signal.aborted ? undefined : error;
    } finally {
      this.#session = undefined;
      this.isConnected = false;
      const unconfirmed = outbox.putBack();
      if (unconfirmed.lines > 0 && !signal.aborted) {
        this.#window.failed();
        this.resent = addTotals(this.resent, unconfirmed);
      }
    }
  }

  reopen(): void {
    this.#session?.reopen();
  }

  #createSession(): Session {
    const { confirm, open, clock, outbox, faults, onConfirmed, signal } = this.#options;
    const options = {
      outbox,
      open,
      clock,
      signal,
      onOpen: () => {
        this.isConnected = true;
        // A connection alone proves nothing while lines that were sent earlier are still unconfirmed.
        if (outbox.isEmpty) faults.recovered();
      },
      onProgress: (bytes: number) => {
        // Too late: everything has been abandoned.
        if (bytes === 0) return;
        this.#window.confirmed(bytes);
        faults.recovered();
        onConfirmed();
      },
    };
    if (confirm.by === 'written') {
      const { watchMs = 0 } = confirm;
      return new WrittenSession({ ...options, open: faults.watchStalls(open, signal), watchMs });
    }
    return new ClosedSession({ ...options, limits: confirm.limits, window: this.#window });
  }
}
