/**
 * The rows that did not pass a logger because a transport was removed or a level kept them back. They are held and written
 * again before any other row.
 */
import type { Clock } from '../../src/clock.js';
import { describeError, type ReportFault, type ReportRecovery } from '../../src/faults.js';
import type { FlowLogRow } from '../../src/pipeline/parse-event.js';
import { yieldToEventLoop } from '../../src/pipeline/yield-to-event-loop.js';
import type { Block } from './find-block.js';
import type { PendingRecord } from './pending-record.js';

export interface HeldRowsOptions {
  readonly clock: Clock;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  /** Aborts when no more rows are written. */
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  /** What currently keeps every row back. */
  readonly findBlock: () => Block | undefined;
  /** May hold the row again. */
  readonly write: (item: FlowLogRow, record: PendingRecord) => Promise<void> | void;
}

interface HeldRow {
  readonly record: PendingRecord;
  readonly index: number;
}

/** Pause between two checks whether flow logs pass, and before held rows are written again. */
const lookAgainMs = 500;

export class HeldRows {
  readonly #options: HeldRowsOptions;
  /** In the order in which they are written again. */
  readonly #rows: HeldRow[] = [];
  /** Set while rows are held, or while no flow log can pass. */
  #pausing: Promise<void> | undefined;

  constructor(options: HeldRowsOptions) {
    this.#options = options;
  }

  get isPausing(): boolean {
    return this.#pausing !== undefined;
  }

  hold(record: PendingRecord, index: number): void {
    this.#rows.push({ record, index });
    void this.pause();
  }

  /** Resolves when the held rows are written and more may follow. */
  pause(): Promise<void> {
    this.#pausing ??= this.#untilWritten().finally(() => {
      this.#pausing = undefined;
    });
    return this.#pausing;
  }

  async #untilWritten(): Promise<void> {
    do {
      await this.#untilOpen();
      await this.#write(this.#rows.splice(0));
    } while (this.#rows.length > 0);
  }

  /** Pauses at least once, because the host may be in the middle of moving a transport. */
  async #untilOpen(): Promise<void> {
    const { clock, signal, findBlock, onFault, onRecovery } = this.#options;
    // A row may be held during a write to the logger.
    await undefined;
    let block = findBlock();
    const wasBlocked = block !== undefined;
    do {
      if (block) {
        const { code, reason, advice } = block;
        const message = `${reason}; reading pauses until flow logs get through. To continue, ${advice}`;
        onFault({ stage: 'host', code, message, retryMs: lookAgainMs, operation: '' });
      }
      await clock.sleep(lookAgainMs, signal);
      block = findBlock();
    } while (block && !signal.aborted);
    if (wasBlocked && !signal.aborted) onRecovery({ stage: 'host', operation: '' });
  }

  async #write(rows: readonly HeldRow[]): Promise<void> {
    const { isOver, write } = this.#options;
    for (const held of rows) {
      const { record } = held;
      const yielded = yieldToEventLoop(record.bytes);
      if (yielded) await yielded;
      const item = await this.#rebuild(held);
      if (!item || isOver()) record.open.settle('abandoned');
      // If a row before this one was held again, that row stays first.
      else if (this.#rows.length > 0) this.#rows.push(held);
      else await write(item, record);
    }
  }

  async #rebuild({ record, index }: HeldRow): Promise<FlowLogRow | undefined> {
    if (this.#options.isOver()) return undefined;
    try {
      return await record.rebuild(index);
    } catch (error) {
      const message = `A flow log that did not get through cannot be rebuilt, so its record is read again at the next start: ${describeError(error)}`;
      this.#options.onFault({ stage: 'host', code: 'not-made-again', message, cause: error });
      return undefined;
    }
  }
}
