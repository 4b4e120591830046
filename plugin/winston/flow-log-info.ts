/**
 * The infos that carry flow logs through a logger. What the transports of the plugin need is stored under one symbol: the row,
 * the original message and their owner. A host's formats may rewrite everything else.
 */
import type { OpenRecord, Outcome } from '../../src/pipeline/open-record.js';
import type { FlowLogRow } from '../../src/pipeline/parse-event.js';
import type { PrebuiltLine } from './prebuilt-lines.js';

export const RECORD: unique symbol = Symbol.for('kinesis-snare.record') as never;

/** The level of the infos that carry flow logs. */
export const flowLogLevel = 'info';

export interface FlowLogInfo {
  readonly item: FlowLogRow;
  /** The finished line, built in advance for a transport. */
  readonly prebuilt?: PrebuiltLine | undefined;
  /** The plugin that wrote it to the logger. */
  readonly plugin?: object | undefined;
  /** Called once by each transport that expected the flow log. */
  readonly owner: LineOwner;
}

/**
 * The owner of lines. Many lines share one, and a transport keeps it once for each run of them. An object for each line that
 * waits for its confirmation would outlive the garbage collector's minor collections.
 */
export interface LineOwner {
  /** The record of the lines, if nothing else has to settle them. Their confirmation is then the record's own. */
  readonly open?: OpenRecord | undefined;
  /** @param count number of lines with this outcome, beginning with `first` */
  settle(outcome: Outcome, first: number, count: number): void;
  /** Recreates the lines. If omitted, a transport keeps its lines until they are settled. */
  readonly origin?: RowOrigin | undefined;
}

/** An owner that ignores every outcome. */
export const nobody: LineOwner = { settle() {} };

export interface RowOrigin {
  /** Memory that the record uses for each row, in bytes. */
  readonly bytes: number;
  rebuild(index: number): Promise<Pick<FlowLogRow, 'row' | 'message'>>;
}

/** The info of a flow log, as a host's formats and transports see it: `level`, `message` and `snare`, the row. */
export function toInfo(flowLog: FlowLogInfo): object {
  const info = { level: flowLogLevel, message: flowLog.item.message, [RECORD]: flowLog };
  return Object.defineProperty(info, 'snare', rowProperty);
}

/** Builds the row when it is first read, because most loggers only pass it on. A host may overwrite it. */
const rowProperty: PropertyDescriptor & ThisType<{ [RECORD]?: FlowLogInfo }> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[RECORD]?.item.row;
  },
  set(value: unknown) {
    Object.defineProperty(this, 'snare', { value, enumerable: true, configurable: true, writable: true });
  },
};

export function recordOf(info: unknown): FlowLogInfo | undefined {
  if (typeof info !== 'object' || info === null) return undefined;
  try {
    return (info as { [RECORD]?: FlowLogInfo })[RECORD];
  } catch {
    // An info of the host throws when its properties are read.
    return undefined;
  }
}
