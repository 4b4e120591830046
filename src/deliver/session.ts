/** One stretch of sending, from an opened output to its failure, its end or a stop. */
export interface Session {
  /** Resolves when the signal aborts, or when the session ends without a fault; rejects at a failure. Call once. */
  run(): Promise<void>;
  /** Replaces what is open by a new connection or a newly opened file, without a fault and without sending lines again. */
  reopen(): void;
}
