/**
 * What travels with an info from the plugin to its transports: the row, the original line and whose they are, on one symbol,
 * because a host's formats may rewrite everything else.
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
  /** The line as some transport will send it, made already. */
  readonly prebuilt?: PrebuiltLine | undefined;
  /** The plugin that wrote it to the logger. */
  readonly plugin?: object | undefined;
  /** Called once by each transport that was to expect it. */
  readonly owner: LineOwner;
  /** Which of the owner's it is. */
  readonly index: number;
}

/**
 * Whose lines they are. There is one for many of them, and a transport keeps it for each run of them: what was kept for each
 * line that waits for its confirmation would outlive the garbage collector's quick rounds.
 */
export interface LineOwner {
  /** The record that they are of, where nothing else has to settle them: then their confirmation is its own. */
  readonly open?: OpenRecord | undefined;
  /** @param count lines from the first on that have the same fate */
  settle(outcome: Outcome, first: number, count: number): void;
  /** Where they can be had from again; left out, a transport keeps its lines until they are settled. */
  readonly origin?: RowOrigin | undefined;
}

/** Is interested in no outcome. */
export const nobody: LineOwner = { settle() {} };

export interface RowOrigin {
  /** Memory that it takes up for each row, in bytes. */
  readonly bytes: number;
  rebuild(index: number): Promise<{ readonly row: SnareRow; readonly message: string }>;
}

export function recordOf(info: unknown): FlowLogInfo | undefined {
  if (typeof info !== 'object' || info === null) return undefined;
  try {
    return (info as { [RECORD]?: FlowLogInfo })[RECORD];
  } catch {
    // A log of the host that throws when it is looked at.
    return undefined;
  }
}
