/**
 * A destination for lines: one connection, one open file, or standard output. A channel is used once; after a failure or an
 * end, a new one is opened.
 */
export interface Channel {
  /**
   * Writes whole lines. Resolves when they are as safe as they can be before the channel ends: in the operating system (tcp),
   * on disk (file), or in the pipe (stdout). Rejects if the write failed. One write at a time.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends the channel. Resolves only when the remote side has read everything and closed after us. Otherwise rejects with a
   * `NotConfirmedError`, or with the error that occurred. Call it once.
   */
  end(): Promise<void>;
  /** Closes the connection or the file at once. Never throws; may be called at any time and more than once. */
  destroy(): void;
  /** Resolves with the error when the channel fails or the remote side closes it, before or during `end`. Never rejects. */
  readonly failure: Promise<Error>;
}

/** Opens a channel, or rejects. The signal cancels an attempt in progress. */
export type OpenChannel = (signal: AbortSignal) => Promise<Channel>;

/**
 * The receiver took the lines but did not confirm them in time or in the right order. Sending them again may create duplicates.
 */
export class NotConfirmedError extends Error {
  override readonly name: string = 'NotConfirmedError';
}

/** The receiver took the lines and never closed its side. Only in this case may the advice be `confirm: "written"`. */
export class NeverClosedError extends NotConfirmedError {
  override readonly name = 'NeverClosedError';
}

/** Bytes came back, which no log receiver sends: it is another service, or a TLS port, and discards what it receives. */
export class NoLogReceiverError extends NotConfirmedError {
  override readonly name = 'NoLogReceiverError';
}
