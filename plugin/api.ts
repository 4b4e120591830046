/** What a host app hands over, and what it gets back. The classes behind it are no part of the promise. */
import type { PluginEvents } from '../src/report/plugin-events.js';
import type { Stats } from '../src/report/plugin-stats.js';

/**
 * A registered plugin: one stream, one checkpoint, one run from `start` to `stop`. It emits events and never logs, exits or
 * touches the process. `await using` stops it at the end of the block.
 */
export interface Plugin {
  /**
   * Opens the output and begins to read. Resolves once reading has begun, or at the end of a stop that comes first; faults of
   * the network are waited out. More calls return the same promise.
   *
   * Rejects with an error whose message says what to do, and whose `code` is one of `ErrorCode`: with a `PluginStartError` for
   * settings or a logger with which no flow log can be confirmed, a `StartError` for what AWS refuses, a `CheckpointError` or
   * a `DeadLetterError` for a file that cannot be used, a `ConfigurationError` for a package that is missing. Then `stop` is
   * not necessary; register again after the cause is fixed.
   */
  start(): Promise<void>;

  /**
   * Stops reading, waits for confirmations, writes the checkpoint and takes the plugin's transport off the logger. Resolves
   * with true if all that was read is confirmed and the checkpoint is written; what is not is read again at the next start.
   * Never rejects. Ends within `drainTimeoutMs`, or within a second where that is less, whatever hangs. More calls return the
   * same promise.
   */
  stop(): Promise<boolean>;

  /**
   * Asks the output for confirmations of all that was handed to it so far. Resolves with true once they are there, with false
   * after `timeoutMs` milliseconds. Reading continues meanwhile.
   *
   * @param timeoutMs in milliseconds; `drainTimeoutMs` of the settings if left out
   */
  flush(timeoutMs?: number): Promise<boolean>;

  /**
   * Opens the output again, as SIGHUP does on the command line: for a file that was moved away, and a connection whose
   * certificates were renewed. Nothing is lost; what is not confirmed yet may be sent twice. Does nothing before the start, and
   * without an output.
   */
  reopen(): void;

  /** The numbers of this moment, as a copy. Cheap enough for every second. */
  stats(): Stats;

  /**
   * Calls the listener for each event of that name; see `PluginEvents`. What the listener throws is an uncaught exception of
   * the host, and does not reach into the plugin's work.
   *
   * @throws TypeError for an event that there is not
   */
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this;

  /** Takes off a listener that `on` has put on. */
  off<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this;

  /** As `stop`, for `await using`; whether all was confirmed is not reported. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A logger of winston, or a child of one: what `winston.createLogger()` returns. Only the plugin uses these members. */
export interface HostLogger {
  /** The transports that it pipes to. */
  readonly transports: readonly unknown[];
  /** Levels by name; a lower number is more urgent. */
  readonly levels: Record<string, number>;
  /** The least urgent level that passes. */
  readonly level: string;
  /** Whether nothing passes. */
  readonly silent?: boolean;
  /** Infos that it took and has not formatted yet. */
  readonly writableLength?: number;
  /** Infos that it formatted and has not handed on yet. */
  readonly readableLength?: number;
  /** Takes an info; returns false where the next one should wait for `drain`. */
  write(info: object, callback?: (error?: Error | null) => void): boolean;
  /** Puts a transport on. */
  add(transport: never): unknown;
  /** Takes a transport off. */
  remove(transport: never): unknown;
  /** Lets infos flow where no transport is left to take them. */
  resume?(): unknown;
  /** Listens to one event of the stream. */
  once(event: 'drain' | 'finish', listener: () => void): unknown;
  /** Takes off what `once` has put on. */
  removeListener(event: 'drain' | 'finish', listener: () => void): unknown;
}
