/**
 * Writes rows to the host's logger, as infos that any transport can use. A row is settled when every SnareTransport that has to
 * confirm it has settled it. A row that does not pass, because a transport was removed or a level kept it back, is held and
 * written again. No other row is written until then.
 */

import { setMaxListeners } from 'node:events';
import type { OpenRecord, Outcome, RecordSink, SinkLines } from '../../src/pipeline/open-record.js';
import type { FlowLogRow } from '../../src/pipeline/parse-event.js';
import type { ProcessedRecord } from '../../src/pipeline/process-record.js';
import { yieldToEventLoop } from '../../src/pipeline/yield-to-event-loop.js';
import { type Block, findBlock } from './find-block.js';
import { findStopped } from './find-stopped.js';
import { type FlowLogInfo, nobody } from './flow-log-info.js';
import { HeldRows } from './held-rows.js';
import { LoggerWriter, type LoggerWriterOptions } from './logger-writer.js';
import { PendingRecord, type SettleRow, SharedRow } from './pending-record.js';
import { type PrebuiltLine, PrebuiltLines } from './prebuilt-lines.js';
import type { SnareTransport } from './snare-transport.js';
import { isClosed } from './stream-state.js';

/** The signal aborts when the sink is no longer used. */
export interface LoggerSinkOptions extends LoggerWriterOptions {
  /** What acks a row: the confirmation of each SnareTransport, or that the logger accepted the info. */
  readonly acknowledge: 'confirmed' | 'handed-over';
  /** For lines built before a transport needs them. If omitted, each transport formats its own from the rows. */
  readonly lines?: Pick<SinkLines, 'formatLine' | 'maxLineBytes'> | undefined;
  readonly onAdvice: (message: string) => void;
  /** Called once when the host has ended the logger; nothing is accepted from then on. */
  readonly onEnded: () => void;
}

/** If the first flow logs, up to this number, are all filtered, the operator gets advice, because that is hardly intended. */
const manyFiltered = 100;

export interface LoggerRecordSink extends RecordSink {
  /** No flow log can pass the logger now. Must not be read during a write to the logger. */
  readonly isBlocked: boolean;
  take(...taken: Parameters<RecordSink['take']>): Promise<void>;
}

export function createLoggerSink(options: LoggerSinkOptions): LoggerRecordSink {
  return new LoggerSink(options);
}

/** Estimated memory for the work on a row, in addition to its message. */
const rowBytes = 256;

class LoggerSink implements LoggerRecordSink {
  readonly lines: SinkLines | undefined;
  readonly #options: LoggerSinkOptions;
  /** Aborts when the logger ends or the sink is no longer used. */
  readonly #over = new AbortController();
  readonly #held: HeldRows;
  readonly #writer: LoggerWriter;
  #filtered = 0;

  constructor(options: LoggerSinkOptions) {
    this.#options = options;
    const { logger, signal, lines } = options;
    this.lines = lines && { ...lines, needsRows: true };
    // Each waiting row adds one listener; their number is limited elsewhere.
    setMaxListeners(0, this.#over.signal);
    this.#writer = new LoggerWriter({ ...options, signal: this.#over.signal });
    this.#held = new HeldRows({
      ...options,
      signal: this.#over.signal,
      isOver: () => this.#isOver(),
      findBlock: () => this.#findBlock(),
      write: (item, record) => this.#writeAgain(item, record),
    });
    const end = () => this.#end();
    logger.once('finish', end);
    const release = () => {
      logger.removeListener('finish', end);
      this.#over.abort();
    };
    if (signal.aborted) release();
    else signal.addEventListener('abort', release, { once: true });
  }

  async take({ lines, rows, events, flowEnd }: ProcessedRecord, open: OpenRecord): Promise<void> {
    const record = new PendingRecord(open, open.shareBytes(1, events), this.#settle);
    const prebuilt = lines && this.lines && new PrebuiltLines(lines, this.lines.formatLine);
    for (const item of rows) {
      open.expect();
      if (this.#isOver()) {
        // The next start reads what was not handed out.
        open.settle('abandoned');
        break;
      }
      const room = this.#takeRow(item, record, prebuilt?.next());
      if (room) await room;
      const yielded = prebuilt ? undefined : yieldToEventLoop(rowBytes + item.message.length);
      if (yielded) await yielded;
    }
    prebuilt?.free();
    open.close(flowEnd);
  }

  get isBlocked(): boolean {
    return this.#findBlock() !== undefined;
  }

  /** A write after the end would be an error of the logger, which reports its end only later. */
  #isOver(): boolean {
    if (isClosed(this.#options.logger)) this.#end();
    return this.#over.signal.aborted;
  }

  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#options.onEnded();
  }

  #takeRow(item: FlowLogRow, record: PendingRecord, prebuilt?: PrebuiltLine): Promise<void> | void {
    const { acknowledge, logger } = this.#options;
    if (this.#held.isPausing) return this.#takeLater(item, record);
    if (acknowledge === 'handed-over') return this.#handOver(item, record, prebuilt);
    const transports = this.#writer.transports();
    if (transports.length === 0 || logger.silent) return this.#takeLater(item, record);
    return this.#writeRow(item, record, transports, prebuilt);
  }

  /** Waits until the held rows are written. */
  async #takeLater(item: FlowLogRow, record: PendingRecord): Promise<void> {
    await this.#held.pause();
    if (this.#isOver()) record.open.settle('abandoned');
    else await this.#takeRow(item, record);
  }

  #handOver(item: FlowLogRow, record: PendingRecord, prebuilt: PrebuiltLine | undefined): Promise<void> | void {
    const { plugin } = this.#options;
    const failure = this.#writer.write({ item, prebuilt, owner: nobody, plugin }, () =>
      queueMicrotask(() => this.#settle(record, item.index, failure ?? 'delivered')),
    );
    return this.#writer.untilRoom(this.#writer.transports());
  }

  // Not a closure for each record, which would keep its rows in memory.
  readonly #settle: SettleRow = (record, index, outcome) => {
    const { open } = record;
    if ((outcome === 'abandoned' || outcome === 'blocked') && !this.#over.signal.aborted)
      this.#held.hold(record, index);
    else if (outcome === 'rejected' || outcome === 'failed') void open.rejectEvent(index, outcome);
    else open.settle(outcome, 1, index);
    if (outcome === 'filtered') this.#countFiltered();
  };

  #countFiltered(): void {
    this.#filtered += 1;
    if (this.#filtered !== manyFiltered) return;
    const isSent = ({ stats: { delivered, buffered } }: SnareTransport) => delivered.lines + buffered.lines > 0;
    if (this.#writer.transports().some(isSent)) return;
    this.#options.onAdvice(
      `The logger has dropped each of the first ${manyFiltered} flow logs: a level, or a format, such as one that builds a new info without the symbols of the old one`,
    );
  }

  #findBlock(): Block | undefined {
    const { logger, acknowledge } = this.#options;
    const stopped = findStopped(logger);
    return stopped ?? (acknowledge === 'confirmed' ? findBlock(logger, this.#writer.transports()) : undefined);
  }

  #writeAgain(item: FlowLogRow, record: PendingRecord): Promise<void> | void {
    if (this.#options.acknowledge === 'handed-over') return this.#handOver(item, record, undefined);
    const transports = this.#writer.transports();
    if (transports.length === 0) return this.#held.hold(record, item.index);
    return this.#writeRow(item, record, transports, undefined);
  }

  #writeRow(
    item: FlowLogRow,
    record: PendingRecord,
    transports: readonly SnareTransport[],
    prebuilt: PrebuiltLine | undefined,
  ): Promise<void> | void {
    const { logger, plugin } = this.#options;
    const owner = transports.length === 1 ? record : new SharedRow(record, item.index, transports.length);
    const flowLog = { item, prebuilt, owner, plugin };
    for (const transport of transports) transport.loggers.expect(flowLog, logger);
    const failure = this.#writer.write(
      flowLog,
      this.#writer.isIdle ? this.#onWritten : () => this.#onWrittenLate(flowLog),
    );
    if (failure) this.#withdraw(flowLog, failure);
    return this.#writer.untilRoom(transports);
  }

  readonly #onWritten = (): void => {
    for (const transport of this.#writer.transports()) {
      // The info has nearly always arrived during the write. If a format of the logger failed, the row is withdrawn first.
      if (transport.loggers.isExpecting) queueMicrotask(() => transport.settleUnseen());
    }
  };

  /** The logger buffered the row and may have become silent meanwhile. */
  #onWrittenLate(flowLog: FlowLogInfo): void {
    if (this.#options.logger.silent) this.#withdraw(flowLog, 'blocked');
    this.#onWritten();
  }

  /** Withdraws the row from the transports at which it has not arrived. */
  #withdraw(flowLog: FlowLogInfo, outcome: Outcome): void {
    for (const transport of this.#writer.transports()) {
      if (transport.loggers.withdraw(flowLog, this.#options.logger))
        flowLog.owner.settle(outcome, flowLog.item.index, 1);
    }
  }
}
