/**
 * Rows through the host's logger, as infos that any transport can use. A row is settled when every SnareTransport on the
 * logger has settled it; one that was on its way when the last transport was taken off is written again.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../src/clock.js';
import type { Fault } from '../../src/faults.js';
import { describeError } from '../../src/faults.js';
import { giveTurn } from '../collect/event-loop-turn.js';
import type { FlowLogRow } from '../collect/parse-event.js';
import type { ProcessedRecord } from '../collect/process-record.js';
import { type RecordSink, type RecordSource, shareBytes } from '../collect/record-sink.js';
import { Turnstile } from '../collect/turnstile.js';
import { SnareTransport } from '../transport.js';
import { AttachedLoggers } from './attached-loggers.js';
import { type FlowLogRecord, nobody, RECORD } from './flow-log-record.js';
import { PendingRecord, type SettleRow, SharedRow } from './pending-record.js';
import { type ReadyLine, ReadyLines } from './ready-lines.js';

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
  /** Whose flow logs they are. */
  readonly plugin: object;
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

/** Pause between two looks for a transport, while the logger has none. */
const lookAgainMs = 500;

export function createLoggerSink(options: LoggerSinkOptions): RecordSink {
  return new LoggerSink(options);
}

/** Every SnareTransport that the logger pipes to. */
export function snareTransports(logger: HostLogger): readonly SnareTransport[] {
  return logger.transports.filter((transport) => transport instanceof SnareTransport);
}

/** Those of them that take the flow logs of a plugin. */
export function transportsFor(logger: HostLogger, plugin: object): readonly SnareTransport[] {
  return snareTransports(logger).filter((transport) => transport.takesFrom(plugin));
}

/** Without a closure, for each row. */
function haveRoom(transports: readonly SnareTransport[]): boolean {
  for (const transport of transports) {
    if (!transport.hasRoom) return false;
  }
  return true;
}

class LoggerSink implements RecordSink {
  readonly #options: LoggerSinkOptions;
  /** Aborts at the end of the logger, and when the sink is not used any more. */
  readonly #over = new AbortController();
  /** Of the logger, as of this count of changes. */
  #known: readonly SnareTransport[] = [];
  #changes: number | undefined;
  readonly #again = new Turnstile();
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
    const record = new PendingRecord(source, shareBytes(source.record, 1, events), this.#settle);
    const ready = lines && new ReadyLines(lines);
    for (const item of rows) {
      source.settlement.expect();
      if (this.#isOver()) {
        // What is not handed out is read again at the next start.
        source.settlement.settle('abandoned');
        break;
      }
      const room = this.#takeRow(item, record, ready?.next());
      if (room) await room;
    }
    ready?.free();
    source.settlement.close();
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

  #takeRow(item: FlowLogRow, record: PendingRecord, ready?: ReadyLine): Promise<void> | void {
    if (this.#options.acknowledge === 'handed-over') return this.#handOver(item, record, ready);
    const transports = this.#transports();
    if (transports.length === 0) return this.#takeLater(item, record);
    const { row, message, index } = item;
    const owner = transports.length === 1 ? record : new SharedRow(record, index, transports.length);
    this.#writeExpected({ row, line: message, ready, owner, index, plugin: this.#options.plugin }, transports);
    return this.#untilRoom(transports);
  }

  #handOver(
    { row, message, index }: FlowLogRow,
    { source }: PendingRecord,
    ready: ReadyLine | undefined,
  ): Promise<void> | void {
    const isFormatted = this.#write(
      { row, line: message, ready, owner: nobody, index, plugin: this.#options.plugin },
      () =>
        queueMicrotask(() => {
          if (isFormatted) source.settlement.settle('delivered');
          else source.setAside(index, 'failed');
        }),
    );
    return this.#untilRoom(this.#transports());
  }

  // Not a closure for each record, which would keep its rows.
  readonly #settle: SettleRow = (record, index, outcome) => {
    const { source } = record;
    if (outcome === 'abandoned' && !this.#over.signal.aborted) void this.#takeAgain(record, index);
    else if (outcome === 'rejected' || outcome === 'failed') source.setAside(index, outcome);
    else source.settlement.settle(outcome);
  };

  /** A logger that lost its transports may get another one; until then nothing can be confirmed. */
  async #takeLater(item: FlowLogRow, record: PendingRecord): Promise<void> {
    const { clock, onFault } = this.#options;
    const { signal } = this.#over;
    const message = 'The logger has no SnareTransport any more; flow logs wait until one is added';
    onFault({ stage: 'host', code: 'no-transport', message, retryMs: lookAgainMs });
    while (!signal.aborted && this.#transports().length === 0) await clock.sleep(lookAgainMs, signal);
    if (this.#isOver()) record.source.settlement.settle('abandoned');
    else await this.#takeRow(item, record);
  }

  /** Not at once: the host may be in the middle of moving a transport. One at a time, since there may be many thousands. */
  async #takeAgain(record: PendingRecord, index: number): Promise<void> {
    await this.#options.clock.sleep(lookAgainMs, this.#over.signal);
    const turn = this.#again.enter();
    if (turn) await turn;
    try {
      await giveTurn(record.bytes);
      if (this.#isOver()) record.source.settlement.settle('abandoned');
      else await this.#takeRow(await record.remake(index), record);
    } finally {
      this.#again.leave();
    }
  }

  #writeExpected(record: FlowLogRecord, transports: readonly SnareTransport[]): void {
    const { logger } = this.#options;
    for (const transport of transports) transport.loggers.expect(record, logger);
    if (this.#write(record, this.#onWritten)) return;
    for (const transport of transports) {
      if (transport.loggers.withdraw(record, logger)) record.owner.settle('failed', record.index, 1);
    }
  }

  readonly #onWritten = (): void => {
    for (const transport of this.#transports()) {
      // Nearly always it has arrived from within the write; what a format of the logger failed on is withdrawn first.
      if (transport.loggers.isExpecting) queueMicrotask(() => transport.settleUnseen());
    }
  };

  /** Every SnareTransport of the logger, which makes lists of its transports each time that it is asked. */
  #transports(): readonly SnareTransport[] {
    if (this.#changes !== AttachedLoggers.changes) {
      this.#changes = AttachedLoggers.changes;
      this.#known = transportsFor(this.#options.logger, this.#options.plugin);
    }
    return this.#known;
  }

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

  #untilRoom(transports: readonly SnareTransport[]): Promise<void> | void {
    if (this.#isBlocked || !haveRoom(transports)) return this.#whenRoom(transports);
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
