/**
 * What travels with an info from the plugin to its transports: the row, the original line and the function that settles
 * them, on one symbol, because a host's formats may rewrite everything else.
 */
import type { SnareRow } from '../src/snare/row.js';
import type { ReadyLine } from './ready-lines.js';
import type { Outcome } from './settlement.js';

export const RECORD: unique symbol = Symbol.for('kinesis-snare.record') as never;

export interface FlowLogRecord {
  readonly row: SnareRow;
  readonly line: string;
  /** Where row and line can be had from again; left out, a transport keeps its line until it is settled. */
  readonly origin?: RowOrigin | undefined;
  /** The line as some transport will send it, made already. */
  readonly ready?: ReadyLine | undefined;
  /** Told by each transport that was to expect the record, once. */
  readonly settler: Settler;
}

export interface Settler {
  settle(outcome: Outcome): void;
}

export interface RowOrigin {
  /** Memory that it takes up, in bytes. */
  readonly bytes: number;
  remake(): Promise<{ readonly row: SnareRow; readonly message: string }>;
}

export function recordOf(info: unknown): FlowLogRecord | undefined {
  if (typeof info !== 'object' || info === null) return undefined;
  return (info as { [RECORD]?: FlowLogRecord })[RECORD];
}
