/**
 * Rows through the host's logger, as infos that any transport can use. A row is settled when every SnareTransport on the
 * logger has settled it; one that was on its way when the last transport was taken off is written again.
 */
import type { Clock } from '../src/clock.js';
import type { Fault } from '../src/faults.js';
import { describeError } from '../src/faults.js';
import { type FlowLogRecord, RECORD, type RowOrigin } from './flow-log-record.js';
import type { FlowLogRow } from './process-record.js';
import { type RecordSink, shareBytes, type TakenRecord } from './record-sink.js';
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

export function createLoggerSink(options: LoggerSinkOptions): RecordSink {
  return new LoggerSink(options);
}

/** Every SnareTransport that the logger pipes to. */
export function snareTransports(logger: HostLogger): readonly SnareTransport[] {
  return logger.transports.filter((transport) => transport instanceof SnareTransport);
}

/**
 * A row on its way through the logger, until all its transports have settled it. It keeps the row's place only: there is one
 * of these for each line that waits for its confirmation.
 */
class PendingRow implements RowOrigin {
  readonly bytes: number;
  /** False once a format of the logger has failed on it. */
  isFormatted = true;
  readonly #taken: TakenRecord;
  readonly #index: number;
  readonly #settled: (row: PendingRow, outcome: Outcome) => void;
  #open: number;
  #worst: Outcome = 'filtered';

  /** @param settled called with the worst outcome of all transports, once for each time that it is written */
  constructor(
    taken: TakenRecord,
    index: number,
    bytes: number,
    open: number,
    settled: (row: PendingRow, outcome: Outcome) => void,
  ) {
    this.#taken = taken;
    this.#index = index;
    this.bytes = bytes;
    this.#open = open;
    this.#settled = settled;
  }

  get taken(): TakenRecord {
    return this.#taken;
  }

  get index(): number {
    return this.#index;
  }

  remake(): Promise<FlowLogRow> {
    const { record, remaker } = this.#taken;
    return remaker.row(record, this.#index);
  }

  /** Once for each transport. */
  readonly settle = (outcome: Outcome): void => {
    if (severity[outcome] > severity[this.#worst]) this.#worst = outcome;
    if (--this.#open === 0) this.#settled(this, this.#worst);
  };
}

class LoggerSink implements RecordSink {
  readonly #options: LoggerSinkOptions;
  #isBlocked = false;
  #draining: Promise<void> | undefined;

  constructor(options: LoggerSinkOptions) {
    this.#options = options;
  }

  async take(taken: TakenRecord, signal: AbortSignal): Promise<void> {
    const bytes = shareBytes(taken, 1);
    for (const item of taken.processed.rows) {
      const settle = taken.settlement.expect();
      if (signal.aborted) {
        // What is not handed out is read again at the next start.
        settle('abandoned');
        break;
      }
      const room = this.#takeRow(item, taken, bytes, settle, signal);
      if (room) await room;
    }
  }

  #takeRow(
    item: FlowLogRow,
    taken: TakenRecord,
    bytes: number,
    settle: (outcome: Outcome) => void,
    signal: AbortSignal,
  ): Promise<void> | void {
    if (this.#options.acknowledge === 'handed-over') {
      const record: FlowLogRecord = { row: item.row, line: item.message, settle: () => {} };
      const isFormatted = this.#write(record, () => {
        if (isFormatted) settle('delivered');
        else taken.setAside(item.index, 'failed', settle);
      });
      return this.#whenDrained(signal);
    }
    const transports = snareTransports(this.#options.logger);
    if (transports.length === 0) return this.#takeLater(item, taken, bytes, settle, signal);
    const settled = (row: PendingRow, outcome: Outcome) => this.#settleRow(row, outcome, settle, signal);
    const pending = new PendingRow(taken, item.index, bytes, transports.length, settled);
    this.#writeExpected(item, pending, transports);
    if (this.#isBlocked || transports.some((transport) => !transport.hasRoom))
      return this.#whenRoom(transports, signal);
  }

  #settleRow(row: PendingRow, worst: Outcome, settle: (outcome: Outcome) => void, signal: AbortSignal): void {
    const outcome = worst !== 'abandoned' && !row.isFormatted ? 'failed' : worst;
    if (outcome === 'abandoned' && !signal.aborted) void this.#takeAgain(row, settle, signal);
    else if (outcome === 'rejected' || outcome === 'failed') row.taken.setAside(row.index, outcome, settle);
    else settle(outcome);
  }

  /** A logger that lost its transports may get another one; until then nothing can be confirmed. */
  async #takeLater(
    item: FlowLogRow,
    taken: TakenRecord,
    bytes: number,
    settle: (outcome: Outcome) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger, onFault } = this.#options;
    const message = 'The logger has no SnareTransport any more; flow logs wait until one is added';
    onFault({ stage: 'host', code: 'no-transport', message, retryMs: lookAgainMs });
    while (!signal.aborted && snareTransports(logger).length === 0) await clock.sleep(lookAgainMs, signal);
    if (signal.aborted) settle('abandoned');
    else await this.#takeRow(item, taken, bytes, settle, signal);
  }

  /** Not at once: the host may be in the middle of moving a transport. */
  async #takeAgain(row: PendingRow, settle: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(lookAgainMs, signal);
    if (signal.aborted) settle('abandoned');
    else await this.#takeRow(await row.remake(), row.taken, row.bytes, settle, signal);
  }

  #writeExpected(item: FlowLogRow, pending: PendingRow, transports: readonly SnareTransport[]): void {
    const record: FlowLogRecord = { row: item.row, line: item.message, origin: pending, settle: pending.settle };
    for (const transport of transports) transport.expect(record);
    pending.isFormatted = this.#write(record, () => {
      for (const transport of transports) transport.settleUnseen();
    });
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
