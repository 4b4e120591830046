/** The loggers that a transport is on, and the flow logs that each of them is to bring to it. */
import type { Outcome } from '../../src/pipeline/open-record.js';
import { ExpectedFlowLogs } from './expected-flow-logs.js';
import type { FlowLogInfo } from './flow-log-info.js';

/** A source that pipes into the transport; winston's Logger, as far as it matters here. */
export interface AttachedLogger {
  readonly levels: Record<string, number>;
  readonly level: string;
  readonly silent?: boolean;
  readonly readableLength: number;
  readonly writableLength: number;
}

export class AttachedLoggers {
  /** How often some logger took a transport on, or let one go: while it stays the same, each logger has those that it had. */
  static changes = 0;
  /** By logger, since what is overtaken was dropped within one only. */
  readonly #expected = new Map<AttachedLogger, ExpectedFlowLogs>();

  attach(piping: AttachedLogger): AttachedLogger {
    const logger = rootLogger(piping);
    AttachedLoggers.changes += 1;
    if (!this.#expected.has(logger)) this.#expected.set(logger, new ExpectedFlowLogs());
    return logger;
  }

  /** What is still in the logger will not come any more: the plugin sends it again. */
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

  /** One of them. */
  get first(): AttachedLogger | undefined {
    const [first] = this.#expected.keys();
    return first;
  }

  /** Itself, or the one that it is a child of; undefined when it is not attached. */
  find(logger: object): AttachedLogger | undefined {
    const root = rootLogger(logger as AttachedLogger);
    return this.#expected.has(root) ? root : undefined;
  }

  /** Whether all have handed on what they had read. */
  get areRead(): boolean {
    return [...this.#expected.keys()].every(({ readableLength }) => readableLength === 0);
  }

  /** The plugin is about to write this record to the logger, which is attached. */
  expect(record: FlowLogInfo, logger: object): void {
    this.#expected.get(logger as AttachedLogger)?.add(record);
  }

  /** The record will not arrive from the logger. True when it had not yet, and then its owner is not called. */
  withdraw(record: FlowLogInfo, logger: object): boolean {
    return this.#expected.get(logger as AttachedLogger)?.withdraw(record) ?? false;
  }

  /** Whether a record that was written to a logger has not arrived. */
  get isExpecting(): boolean {
    for (const expected of this.#expected.values()) {
      if (!expected.isEmpty) return true;
    }
    return false;
  }

  /** The record arrived. True when some logger was to bring it. */
  arrived(record: FlowLogInfo): boolean {
    for (const expected of this.#expected.values()) {
      if (expected.arrived(record)) return true;
    }
    return false;
  }

  /** What was to come from loggers in which nothing is left was dropped by them. */
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
 * The logger that a child of winston stands for. A child has the streams and transports of its parent as its own, but its
 * `write` neither says when to wait nor calls back, so that nothing written through it could be waited for.
 */
export function rootLogger<Logger extends object>(logger: Logger): Logger {
  let root = logger;
  // A child is an object with its parent as its prototype; only a logger itself has been configured.
  while (!Object.hasOwn(root, 'levels')) {
    const parent: Logger | null = Object.getPrototypeOf(root);
    if (!parent || !('levels' in parent)) return logger;
    root = parent;
  }
  return root;
}
