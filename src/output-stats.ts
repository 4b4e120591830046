/** What went through an output, in numbers. */

/** Lines, and their bytes as they are sent. */
export interface LineTotals {
  /** Number of lines. */
  readonly lines: number;
  /** Bytes of these lines. */
  readonly bytes: number;
}

/** An output at the moment of the call, with what went through it since the start. */
export interface OutputStats {
  /** The output is open: a connection, a file or standard output. Of several outputs, whether one is. */
  readonly isConnected: boolean;
  /** Confirmed by the output. */
  readonly delivered: LineTotals;
  /** Sent without a confirmation and put back to be sent again; they may arrive twice. */
  readonly resent: LineTotals;
  /** Taken and not yet confirmed: they wait or are under way. */
  readonly buffered: LineTotals;
}
