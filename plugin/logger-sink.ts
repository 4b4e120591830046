/**
 * Rows through the host's logger, as infos that any transport can use. A row is settled when every SnareTransport on the
 * logger has settled it; one that was on its way when the last transport was taken off is written again.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../src/clock.js';
import type { Fault } from '../src/faults.js';
import { describeError } from '../src/faults.js';
import { type FlowLogRecord, RECORD, type RowOrigin, type Settler } from './flow-log-record.js';
import type { FlowLogRow, ProcessedRecord } from './process-record.js';
import { type ReadyLine, ReadyLines } from './ready-lines.js';
import { type RecordSink, type RecordSource, shareBytes } from './record-sink.js';
import type { Outcome } from './settlement.js';
import { SnareTransport } from './transport.js';

/** What the plugin needs of winston's Logger. */
export interface HostLogger {
  readonly transports: readonly unknown[];
  readonly levels: Record<string, number>;
  readonly level: string;
  readonly silent?: boolean;
  readonly writableEnded?: boolean;
  write(info: object, callback?: (error?: Error | null) => void): boolean;
  add(transport: never): unknown;
  remove(transport: never): unknown;
  once(event: 'drain' | 'finish', listener: () => void): unknown;
  removeListener(event: 'drain' | 'finish', listener: () => void): unknown;
}

export const flowLogLevel = 'info';

export interface LoggerSinkOptions {
  readonly logger: HostLogger;
  /** What counts: the confirmation of each SnareTransport, or that the logger took the info. */
  readonly acknowledge: 'confirmed' | 'handed-over';
  readonly clock: Clock;
  readonly onFault: (fault: Fault) => void;
  /** Called once, when the host has ended the logger: from then on nothing is taken. */
  readonly onEnded: () => void;
  /** Aborts when the sink is not used any more. */
  readonly signal: AbortSignal;
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

/** What the rows of one record have in common until they are settled. */
interface PendingRecord {
  readonly source: RecordSource;
  /** Weight of the record for each of its rows. */
  readonly rowBytes: number;
}

/**
 * A row on its way through the logger, until all its transports have settled it. It keeps the row's place only: there is one
 * of these for each line that waits for its confirmation.
 */
class PendingRow implements RowOrigin, Settler {
  readonly pending: PendingRecord;
  readonly index: number;
  /** False once a format of the logger has failed on it. */
  isFormatted = true;
  readonly #settled: (row: PendingRow, outcome: Outcome) => void;
  #open: number;
  #worst: Outcome = 'filtered';

  /**
   * @param open transports that are to settle it
   * @param settled called with the worst of their outcomes, once
   */
  constructor(
    pending: PendingRecord,
    index: number,
    open: number,
    settled: (row: PendingRow, outcome: Outcome) => void,
  ) {
    this.pending = pending;
    this.index = index;
    this.#open = open;
    this.#settled = settled;
  }

  get bytes(): number {
    return this.pending.rowBytes;
  }

  remake(): Promise<FlowLogRow> {
    const { record, remaker } = this.pending.source;
    return remaker.row(record, this.index);
  }

  settle(outcome: Outcome): void {
    if (severity[outcome] > severity[this.#worst]) this.#worst = outcome;
    if (--this.#open === 0) this.#settled(this, this.#worst);
  }
}

const ignore: Settler = { settle() {} };

class LoggerSink implements RecordSink {
  readonly #options: LoggerSinkOptions;
  /** Aborts at the end of the logger, and when the sink is not used any more. */
  readonly #over = new AbortController();
  #isBlocked = false;
  #draining: Promise<void> | undefined;

  constructor(options: LoggerSinkOptions) {
    this.#options = options;
    const { logger, signal } = options;
    // One listener for each row that waits; their number is bounded elsewhere.
    setMaxListeners(0, this.#over.signal);
    const end = () => this.#end();
    logger.once('finish', end);
    const letGo = () => {
      logger.removeListener('finish', end);
      this.#over.abort();
    };
    if (signal.aborted) letGo();
    else signal.addEventListener('abort', letGo, { once: true });
  }

  async take({ lines, rows, events }: ProcessedRecord, source: RecordSource): Promise<void> {
    const pending = { source, rowBytes: shareBytes(source.record, 1, events) };
    const ready = lines && new ReadyLines(lines);
    for (const item of rows) {
      source.settlement.expect();
      if (this.#isOver()) {
        // What is not handed out is read again at the next start.
        source.settlement.settle('abandoned');
        break;
      }
      const room = this.#takeRow(item, pending, ready?.next());
      if (room) await room;
    }
    ready?.free();
  }

  /** A write behind the end would be an error of the logger, which tells of its end only later. */
  #isOver(): boolean {
    if (this.#options.logger.writableEnded) this.#end();
    return this.#over.signal.aborted;
  }

  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#options.onEnded();
  }

  #takeRow(item: FlowLogRow, pending: PendingRecord, ready?: ReadyLine): Promise<void> | void {
    if (this.#options.acknowledge === 'handed-over') return this.#handOver(item, pending, ready);
    const transports = snareTransports(this.#options.logger);
    if (transports.length === 0) return this.#takeLater(item, pending);
    const row = new PendingRow(pending, item.index, transports.length, this.#settleRow);
    this.#writeExpected(item, row, ready, transports);
    if (this.#isBlocked || transports.some((transport) => !transport.hasRoom)) return this.#whenRoom(transports);
  }

  #handOver(
    { row, message, index }: FlowLogRow,
    { source }: PendingRecord,
    ready: ReadyLine | undefined,
  ): Promise<void> {
    const isFormatted = this.#write({ row, line: message, ready, settler: ignore }, () =>
      queueMicrotask(() => {
        if (isFormatted) source.settlement.settle('delivered');
        else source.setAside(index, 'failed');
      }),
    );
    return this.#whenDrained();
  }

  // Not a closure for each row, which would keep the row.
  readonly #settleRow = (row: PendingRow, worst: Outcome): void => {
    const { source } = row.pending;
    const outcome = worst !== 'abandoned' && !row.isFormatted ? 'failed' : worst;
    if (outcome === 'abandoned' && !this.#over.signal.aborted) void this.#takeAgain(row);
    else if (outcome === 'rejected' || outcome === 'failed') source.setAside(row.index, outcome);
    else source.settlement.settle(outcome);
  };

  /** A logger that lost its transports may get another one; until then nothing can be confirmed. */
  async #takeLater(item: FlowLogRow, pending: PendingRecord): Promise<void> {
    const { clock, logger, onFault } = this.#options;
    const { signal } = this.#over;
    const message = 'The logger has no SnareTransport any more; flow logs wait until one is added';
    onFault({ stage: 'host', code: 'no-transport', message, retryMs: lookAgainMs });
    while (!signal.aborted && snareTransports(logger).length === 0) await clock.sleep(lookAgainMs, signal);
    if (this.#isOver()) pending.source.settlement.settle('abandoned');
    else await this.#takeRow(item, pending);
  }

  /** Not at once: the host may be in the middle of moving a transport. */
  async #takeAgain(row: PendingRow): Promise<void> {
    await this.#options.clock.sleep(lookAgainMs, this.#over.signal);
    if (this.#isOver()) row.pending.source.settlement.settle('abandoned');
    else await this.#takeRow(await row.remake(), row.pending);
  }

  #writeExpected(
    { row, message }: FlowLogRow,
    pending: PendingRow,
    ready: ReadyLine | undefined,
    transports: readonly SnareTransport[],
  ): void {
    const record: FlowLogRecord = { row, line: message, origin: pending, ready, settler: pending };
    for (const transport of transports) transport.expect(record);
    pending.isFormatted = this.#write(record, this.#onWritten);
  }

  readonly #onWritten = (): void => {
    const transports = snareTransports(this.#options.logger);
    // Nearly always all have arrived from within the write.
    if (!transports.some((transport) => transport.isExpecting)) return;
    // A failure of a format is not known before the write is over.
    queueMicrotask(() => {
      for (const transport of transports) transport.settleUnseen();
    });
  };

  /** Returns false when a format of the logger failed. `done` is called once, maybe from within, whatever happened. */
  #write(record: FlowLogRecord, done: () => void): boolean {
    const { logger } = this.#options;
    const info = { level: flowLogLevel, message: record.line, snare: record.row, [RECORD]: record };
    try {
      this.#isBlocked = !logger.write(info, done);
      return true;
    } catch (error) {
      const message = `A format of the logger failed on a flow log, which is set aside: ${describeError(error)}`;
      this.#options.onFault({ stage: 'host', code: 'format-failed', message, cause: error });
      return false;
    }
  }

  async #whenRoom(transports: readonly SnareTransport[]): Promise<void> {
    await this.#whenDrained();
    await Promise.all(transports.map((transport) => transport.whenRoom(this.#over.signal)));
  }

  /** One listener for all who wait, so that many rows at once do not look like a leak. */
  async #whenDrained(): Promise<void> {
    if (!this.#isBlocked || this.#over.signal.aborted) return;
    this.#draining ??= this.#untilDrain().finally(() => {
      this.#draining = undefined;
      this.#isBlocked = false;
    });
    await this.#draining;
  }

  #untilDrain(): Promise<void> {
    const { logger } = this.#options;
    const { signal } = this.#over;
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
