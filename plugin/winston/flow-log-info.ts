/**
 * The data that an info carries from the plugin to its transports: the row, the original line and their owner. It is stored
 * under one symbol, because a host's formats may rewrite everything else.
 */
import type { OpenRecord, Outcome } from '../../src/pipeline/open-record.js';
import type { SnareRow } from '../../src/snare-row.js';
import type { PrebuiltLine } from './prebuilt-lines.js';

export const RECORD: unique symbol = Symbol.for('kinesis-snare.record') as never;

/** The level of the infos that carry flow logs. */
export const flowLogLevel = 'info';

export interface FlowLogInfo {
  readonly row: SnareRow;
  readonly line: string;
  /** The finished line, built in advance for a transport. */
  readonly prebuilt?: PrebuiltLine | undefined;
  /** The plugin that wrote it to the logger. */
  readonly plugin?: object | undefined;
  /** Called once by each transport that expected the flow log. */
  readonly owner: LineOwner;
  /** The index of the line within its owner. */
  readonly index: number;
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
  rebuild(index: number): Promise<{ readonly row: SnareRow; readonly message: string }>;
}

export function recordOf(info: unknown): FlowLogInfo | undefined {
  if (typeof info !== 'object' || info === null) return undefined;
  try {
    return (info as { [RECORD]?: FlowLogInfo })[RECORD];
  } catch {
    // An info of the host throws when its properties are read.
    return undefined;
  }
}
