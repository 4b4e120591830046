/** The loggers that a transport is attached to, with the flow logs expected from each of them. */
import type { Outcome } from '../../src/pipeline/open-record.js';
import { ExpectedFlowLogs } from './expected-flow-logs.js';
import type { FlowLogInfo } from './flow-log-info.js';

/** A stream that pipes into the transport: winston's Logger, reduced to the members used here. */
export interface AttachedLogger {
  readonly levels: Record<string, number>;
  readonly level: string;
  readonly silent?: boolean;
  readonly readableLength: number;
  readonly writableLength: number;
}

export class AttachedLoggers {
  /**
   * Counts how often a transport was added to or removed from any logger. While it is unchanged, each logger has the same
   * transports.
   */
  static changes = 0;
  /** Kept for each logger, because the order of infos is known only within one logger. */
  readonly #expected = new Map<AttachedLogger, ExpectedFlowLogs>();

  attach(piping: AttachedLogger): AttachedLogger {
    const logger = rootLogger(piping);
    AttachedLoggers.changes += 1;
    if (!this.#expected.has(logger)) this.#expected.set(logger, new ExpectedFlowLogs());
    return logger;
  }

  /** Flow logs still in the logger no longer arrive; the plugin sends them again. */
  detach(piping: AttachedLogger): void {
    const logger = rootLogger(piping);
    AttachedLoggers.changes += 1;
    const expected = this.#expected.get(logger);
    this.#expected.delete(logger);
    expected?.settleAll('abandoned');
  }

  get isEmpty(): boolean {
    return this.#expected.size === 0;
  }

  /** The logger that was attached first. */
  get first(): AttachedLogger | undefined {
    const [first] = this.#expected.keys();
    return first;
  }

  /** The given logger, or its parent if it is a child. Undefined if neither is attached. */
  find(logger: object): AttachedLogger | undefined {
    const root = rootLogger(logger as AttachedLogger);
    return this.#expected.has(root) ? root : undefined;
  }

  /** Whether every logger has passed on what it has read. */
  get areRead(): boolean {
    return [...this.#expected.keys()].every(({ readableLength }) => readableLength === 0);
  }

  /** Call this right before the record is written to the logger, which must be attached. */
  expect(record: FlowLogInfo, logger: object): void {
    this.#expected.get(logger as AttachedLogger)?.add(record);
  }

  /** Stops expecting the record from the logger. Returns true if it had not arrived yet; its owner is then not called. */
  withdraw(record: FlowLogInfo, logger: object): boolean {
    return this.#expected.get(logger as AttachedLogger)?.withdraw(record) ?? false;
  }

  /** Whether a record that was written to a logger has not arrived yet. */
  get isExpecting(): boolean {
    for (const expected of this.#expected.values()) {
      if (!expected.isEmpty) return true;
    }
    return false;
  }

  /** Marks the record as arrived. Returns true if it was expected from a logger. */
  arrived(record: FlowLogInfo): boolean {
    for (const expected of this.#expected.values()) {
      if (expected.arrived(record)) return true;
    }
    return false;
  }

  /** Settles the records expected from loggers that are empty: such a logger has dropped them. */
  settleUnseen(): void {
    for (const [{ readableLength, writableLength, silent }, expected] of this.#expected) {
      if (readableLength === 0 && writableLength === 0) expected.settleAll(silent ? 'blocked' : 'filtered');
    }
  }

  settleAll(outcome: Outcome): void {
    for (const expected of this.#expected.values()) expected.settleAll(outcome);
  }
}

/**
 * The root logger behind a child of winston. A child shares the streams and transports of its parent. Its `write` neither
 * returns whether to wait nor calls back, so the plugin cannot wait for what it writes through a child.
 */
export function rootLogger<Logger extends object>(logger: Logger): Logger {
  let root = logger;
  // A child is an object whose prototype is its parent. Only the root logger has its own `levels`.
  while (!Object.hasOwn(root, 'levels')) {
    const parent: Logger | null = Object.getPrototypeOf(root);
    if (!parent || !('levels' in parent)) return logger;
    root = parent;
  }
  return root;
}
