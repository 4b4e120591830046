/** What an output has done with its lines. */
export interface OutputStats {
  readonly isConnected: boolean;
  /** Lines and bytes that the output confirmed. */
  readonly delivered: LineTotals;
  /** Lines and bytes that went out and were put back after a failure, to be sent again. */
  readonly resent: LineTotals;
  /** Lines and bytes taken and not yet confirmed. */
  readonly buffered: LineTotals;
}

export interface LineTotals {
  readonly lines: number;
  readonly bytes: number;
}
