/**
 * Rows through the host's logger, as infos that any transport can use. A row is settled when every SnareTransport on the
 * logger has settled it; one that was on its way when the last transport was taken off is written again.
 */
import type { Clock } from '../src/clock.js';
import type { Fault } from '../src/faults.js';
import { describeError } from '../src/faults.js';
import { type FlowLogRecord, RECORD } from './flow-log-record.js';
import type { FlowLogRow } from './process-record.js';
import type { RowSink } from './row-sink.js';
import type { Outcome } from './settlement.js';
import { SnareTransport } from './transport.js';

/** What the plugin needs of winston's Logger. */
export interface HostLogger {
  readonly transports: readonly unknown[];
  readonly levels: Record<string, number>;
  readonly level: string;
  readonly silent?: boolean;
  write(info: object, callback?: (error?: Error | null) => void): boolean;
  add(transport: never): unknown;
  remove(transport: never): unknown;
  once(event: 'drain', listener: () => void): unknown;
  removeListener(event: 'drain', listener: () => void): unknown;
}

export const flowLogLevel = 'info';

export interface LoggerSinkOptions {
  readonly logger: HostLogger;
  /** What counts: the confirmation of each SnareTransport, or that the logger took the info. */
  readonly acknowledge: 'confirmed' | 'handed-over';
  readonly clock: Clock;
  readonly onFault: (fault: Fault) => void;
}

/** Of several transports the worst outcome counts. */
const severity: Readonly<Record<Outcome, number>> = {
  filtered: 0,
  delivered: 1,
  rejected: 2,
  failed: 3,
  abandoned: 4,
};

/** Pause between two looks for a transport, while the logger has none. */
const lookAgainMs = 500;

export function createLoggerSink(options: LoggerSinkOptions): RowSink {
  return new LoggerSink(options);
}

/** Every SnareTransport that the logger pipes to. */
export function snareTransports(logger: HostLogger): readonly SnareTransport[] {
  return logger.transports.filter((transport) => transport instanceof SnareTransport);
}

class LoggerSink implements RowSink {
  readonly #options: LoggerSinkOptions;
  #isBlocked = false;
  #draining: Promise<void> | undefined;

  constructor(options: LoggerSinkOptions) {
    this.#options = options;
  }

  take(item: FlowLogRow, settle: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> | void {
    if (this.#options.acknowledge === 'handed-over') {
      const isFormatted = this.#write({ row: item.row, line: item.message, settle: () => {} }, () =>
        settle(isFormatted ? 'delivered' : 'failed'),
      );
      return this.#whenDrained(signal);
    }
    const transports = snareTransports(this.#options.logger);
    if (transports.length === 0) return this.#takeLater(item, settle, signal);
    this.#writeExpected(item, transports, settle, signal);
    if (this.#isBlocked || transports.some((transport) => !transport.hasRoom))
      return this.#whenRoom(transports, signal);
  }

  /** A logger that lost its transports may get another one; until then nothing can be confirmed. */
  async #takeLater(item: FlowLogRow, settle: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> {
    const { clock, logger, onFault } = this.#options;
    const message = 'The logger has no SnareTransport any more; flow logs wait until one is added';
    onFault({ stage: 'host', code: 'no-transport', message, retryMs: lookAgainMs });
    while (!signal.aborted && snareTransports(logger).length === 0) await clock.sleep(lookAgainMs, signal);
    if (signal.aborted) settle('abandoned');
    else await this.take(item, settle, signal);
  }

  #writeExpected(
    item: FlowLogRow,
    transports: readonly SnareTransport[],
    settle: (outcome: Outcome) => void,
    signal: AbortSignal,
  ): void {
    let open = transports.length;
    let worst: Outcome = 'filtered';
    let isFormatted = true;
    const record: FlowLogRecord = {
      row: item.row,
      line: item.message,
      settle: (outcome) => {
        if (severity[outcome] > severity[worst]) worst = outcome;
        if (--open > 0) return;
        if (worst === 'abandoned' && !signal.aborted) void this.#takeAgain(item, settle, signal);
        else settle(isFormatted ? worst : 'failed');
      },
    };
    for (const transport of transports) transport.expect(record);
    isFormatted = this.#write(record, () => {
      for (const transport of transports) transport.settleUnseen();
    });
  }

  /** Not at once: the host may be in the middle of moving a transport. */
  async #takeAgain(item: FlowLogRow, settle: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(lookAgainMs, signal);
    if (signal.aborted) settle('abandoned');
    else await this.take(item, settle, signal);
  }

  /** Returns false when a format of the logger failed. `done` is called later, whatever happened. */
  #write(record: FlowLogRecord, done: () => void): boolean {
    const { logger, onFault } = this.#options;
    const info = { level: flowLogLevel, message: record.line, snare: record.row, [RECORD]: record };
    try {
      // Winston calls back from within the write, before a failure of a format is known here.
      this.#isBlocked = !logger.write(info, () => queueMicrotask(done));
      return true;
    } catch (error) {
      const message = `A format of the logger failed on a flow log, which is set aside: ${describeError(error)}`;
      onFault({ stage: 'host', code: 'format-failed', message, cause: error });
      return false;
    }
  }

  async #whenRoom(transports: readonly SnareTransport[], signal: AbortSignal): Promise<void> {
    await this.#whenDrained(signal);
    await Promise.all(transports.map((transport) => transport.whenRoom(signal)));
  }

  /** One listener for all who wait, so that many rows at once do not look like a leak. */
  async #whenDrained(signal: AbortSignal): Promise<void> {
    if (!this.#isBlocked || signal.aborted) return;
    this.#draining ??= this.#untilDrain(signal).finally(() => {
      this.#draining = undefined;
      this.#isBlocked = false;
    });
    await this.#draining;
  }

  #untilDrain(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
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
}
