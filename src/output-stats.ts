/** Counts of what went through an output. */

/** Lines, and their bytes as sent. */
export interface LineTotals {
  /** Number of lines. */
  readonly lines: number;
  /** Bytes of these lines. */
  readonly bytes: number;
}

/** Memory in use, and its limit. */
export interface MemoryUse {
  /** In use. */
  readonly bytes: number;
  /** The limit. */
  readonly maxBytes: number;
}

export function addTotals(left: LineTotals, right: LineTotals): LineTotals {
  return { lines: left.lines + right.lines, bytes: left.bytes + right.bytes };
}

/** An output at the moment of the call, with what went through it since the start. */
export interface OutputStats {
  /** The output is open: a connection, a file or standard output. With several outputs, whether at least one is open. */
  readonly isConnected: boolean;
  /** Confirmed by the output. */
  readonly delivered: LineTotals;
  /** Sent without a confirmation and queued to be sent again; they may arrive twice. */
  readonly resent: LineTotals;
  /** Accepted and not yet confirmed: waiting or in flight. */
  readonly buffered: LineTotals;
  /** Most lines that may be buffered; see `output.maxBufferedRecords`. With several outputs, the sum. */
  readonly maxBufferedLines: number;
  /** Memory that the buffered lines take up, and its limit; see `output.maxBufferedBytes`. With several outputs, the sums. */
  readonly memory: MemoryUse;
  /** Time since the last confirmation, in milliseconds; undefined before the first. With several outputs, the shortest. */
  readonly confirmedAgeMs: number | undefined;
  /** How long the oldest buffered line has waited, in milliseconds; undefined if none waits. */
  readonly oldestAgeMs: number | undefined;
}
