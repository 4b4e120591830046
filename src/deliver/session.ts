/** A period of sending, from an opened output to its failure, its end or a stop. */
export interface Session {
  /** Resolves when the signal aborts, or when the session ends without a fault; rejects on a failure. Call it once. */
  run(): Promise<void>;
  /** Opens the connection or the file again, without a fault and without sending lines again. */
  reopen(): void;
}
