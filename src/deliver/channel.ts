export { OutputClosedError } from '../errors.js';

/**
 * Something lines can be written to: one connection, one open file, standard output. A channel lives once; after a
 * failure or an end a new one is opened.
 */
export interface Channel {
  /**
   * Writes whole lines. Resolves when the channel has taken them as firmly as it can without ending: the operating system
   * has them (tcp), they are on disk (file), the pipe has them (stdout). Rejects when it failed. One write at a time.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends the channel. Resolves only when the other side has read everything and closed after us; rejects with
   * a `NotConfirmedError` when it did not, or with what failed. Call once.
   */
  end(): Promise<void>;
  /** Cuts the connection, or closes the file, at once. Never throws; may be called at any time and again. */
  destroy(): void;
  /** Resolves with the error when the channel fails or the other side closes it, before or during `end`. Never rejects. */
  readonly failure: Promise<Error>;
}

/** Opens a channel, or rejects. The signal stops an attempt under way. */
export type OpenChannel = (signal: AbortSignal) => Promise<Channel>;

/** The receiver took the lines but did not confirm them in time or in the right order. Sent again, they may arrive twice. */
export class NotConfirmedError extends Error {
  override readonly name: string = 'NotConfirmedError';
}

/** The receiver took the lines and never closed its side. The only case in which `confirm: "written"` can be the answer. */
export class NeverClosedError extends NotConfirmedError {
  override readonly name = 'NeverClosedError';
}

/** Bytes came back, which no log receiver sends: another service, or a port for TLS. What it takes, it throws away. */
export class NoLogReceiverError extends NotConfirmedError {
  override readonly name = 'NoLogReceiverError';
}
