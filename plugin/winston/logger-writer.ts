/** Writes flow logs to the host's logger, and knows which of its transports have to confirm them and whether they have room. */
import type { Clock } from '../../src/clock.js';
import { describeError, type ReportFault, type ReportRecovery } from '../../src/faults.js';
import type { Outcome } from '../../src/pipeline/open-record.js';
import type { HostLogger } from '../api.js';
import { AttachedLoggers } from './attached-loggers.js';
import { findStopped, findThrower, nameTransport } from './find-stopped.js';
import { type FlowLogInfo, toInfo } from './flow-log-info.js';
import { transportsFor } from './host-logger.js';
import { LoggerDrain } from './logger-drain.js';
import type { SnareTransport } from './snare-transport.js';

export interface LoggerWriterOptions {
  /** The plugin whose flow logs are written. */
  readonly plugin: object;
  readonly logger: HostLogger;
  readonly clock: Clock;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

export class LoggerWriter {
  readonly #options: LoggerWriterOptions;
  readonly #drain: LoggerDrain;
  /** The transports of the logger, as of the number of changes in `#changes`. */
  #known: readonly SnareTransport[] = [];
  #changes: number | undefined;

  constructor(options: LoggerWriterOptions) {
    this.#options = options;
    this.#drain = new LoggerDrain(options);
  }

  /**
   * Every SnareTransport of the logger that has to confirm. Cached, because the logger builds a list of its transports each
   * time.
   */
  transports(): readonly SnareTransport[] {
    if (this.#changes !== AttachedLoggers.changes) {
      this.#changes = AttachedLoggers.changes;
      this.#known = transportsFor(this.#options.logger, this.#options.plugin);
    }
    return this.#known;
  }

  /** Whether an info written now passes the logger's format before the write returns. */
  get isIdle(): boolean {
    const { writableLength, readableLength } = this.#options.logger;
    return writableLength === 0 && readableLength === 0;
  }

  /** Returns the outcome of the row if the write failed. `done` is called exactly once, possibly during the write. */
  write(record: FlowLogInfo, done: () => void): Outcome | undefined {
    const { logger } = this.#options;
    try {
      this.#drain.isFull = !logger.write(toInfo(record), done);
      return undefined;
    } catch (error) {
      return this.#explainFailure(error);
    }
  }

  /** A promise only if the logger or a transport has no room. */
  untilRoom(transports: readonly SnareTransport[]): Promise<void> | void {
    if (this.#drain.isFull || !haveRoom(transports)) return this.#whenRoom(transports);
  }

  async #whenRoom(transports: readonly SnareTransport[]): Promise<void> {
    await this.#drain.wait();
    await Promise.all(transports.map((transport) => transport.whenRoom(this.#options.signal)));
  }

  #explainFailure(error: unknown): Outcome {
    const { logger, onFault } = this.#options;
    // A stopped transport is reported while rows are held.
    if (findStopped(logger)) return 'abandoned';
    const thrower = findThrower(logger);
    const who = thrower ? `The transport ${nameTransport(thrower)} of the logger` : 'A format of the logger';
    const message = `${who} failed on a flow log, which becomes a dead letter: ${describeError(error)}`;
    onFault({ stage: 'host', code: 'format-failed', message, cause: error });
    return 'failed';
  }
}

/** A function without a closure, because it runs for each row. */
function haveRoom(transports: readonly SnareTransport[]): boolean {
  for (const transport of transports) {
    if (!transport.hasRoom) return false;
  }
  return true;
}
