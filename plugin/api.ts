/** What a host app passes in and what it gets back. The classes behind these interfaces are not part of the public API. */
import type { PluginEvents } from '../src/report/plugin-events.js';
import type { Stats } from '../src/report/plugin-stats.js';

/**
 * A registered plugin: one stream, one checkpoint, one run from `start` to `stop`. It emits events and never logs, exits or
 * touches the process. `await using` stops it at the end of the block.
 */
export interface Plugin {
  /**
   * Opens the output and starts reading. Resolves when reading has begun, or when a stop that came first has ended. Network
   * faults are retried. Further calls return the same promise.
   *
   * Rejects with an error whose message says what to do and whose `code` is one of `ErrorCode`: a `PluginStartError` for
   * settings or a logger with which no flow log can be confirmed, a `StartError` for what AWS refuses, a `CheckpointError` or a
   * `DeadLetterError` for a file that cannot be used, a `ConfigurationError` for a missing package. Calling `stop` is not
   * necessary then; fix the cause and register again.
   */
  start(): Promise<void>;

  /**
   * Stops reading, waits for confirmations, writes the checkpoint and takes the plugin's transport off the logger. Resolves
   * with true if everything that was read is confirmed and the checkpoint is written. The next start reads the rest again.
   * Never rejects. Ends within `drainTimeoutMs`, or within one second if that setting is shorter, even if something hangs.
   * Further calls return the same promise.
   */
  stop(): Promise<boolean>;

  /**
   * Asks the output to confirm everything that was handed to it so far. Resolves with true once it is confirmed, or with false
   * after `timeoutMs` milliseconds. Reading continues meanwhile.
   *
   * @param timeoutMs in milliseconds; default: `drainTimeoutMs` of the settings
   */
  flush(timeoutMs?: number): Promise<boolean>;

  /**
   * Reopens the output, as SIGHUP does on the command line. Use it after a file was moved away or certificates were renewed.
   * Nothing is lost, but unconfirmed lines may be sent twice. Does nothing before the start or without an output.
   */
  reopen(): void;

  /** A snapshot of the current numbers. Cheap enough to call every second. */
  stats(): Stats;

  /**
   * Adds the metrics of the plugin to a registry of prom-client, which then asks for their values each time that it is read.
   * They have the prefix `kinesis_snare_` and the label `stream`, so that one registry may have the metrics of several plugins.
   * If another plugin of the registry has that label, it has the region in front. A plugin that stops takes its values out.
   *
   * @throws PluginStartError without an input, and after a stop
   * @throws TypeError for what is no registry
   */
  collectMetrics(registry: MetricsRegistry): void;

  /**
   * Calls the listener for each event of that name; see `PluginEvents`. An error that the listener throws becomes an uncaught
   * exception of the host and does not affect the plugin.
   *
   * @throws TypeError for an unknown event
   */
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this;

  /** Removes a listener that `on` added. */
  off<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this;

  /** Calls `stop`, for `await using`. Does not report whether everything was confirmed. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A `Registry` of prom-client. Only the plugin uses this member. */
export interface MetricsRegistry {
  /** Adds a metric. */
  registerMetric(metric: never): void;
  /** The metric of a name; undefined if there is none. */
  getSingleMetric?(name: string): unknown;
}

/** A logger of winston, or a child of one: what `winston.createLogger()` returns. Only the plugin uses these members. */
export interface HostLogger {
  /** The transports that it pipes to. */
  readonly transports: readonly unknown[];
  /** Levels by name; a lower number is more urgent. */
  readonly levels: Record<string, number>;
  /** The least urgent level that the logger lets through. */
  readonly level: string;
  /** Whether nothing passes. */
  readonly silent?: boolean;
  /** Number of infos that it accepted and has not formatted yet. */
  readonly writableLength?: number;
  /** Number of infos that it formatted and has not passed on yet. */
  readonly readableLength?: number;
  /** Takes an info. Returns false if the caller should wait for `drain` before the next one. */
  write(info: object, callback?: (error?: Error | null) => void): boolean;
  /** Adds a transport. */
  add(transport: never): unknown;
  /** Removes a transport. */
  remove(transport: never): unknown;
  /** Lets infos flow when no transport is left to take them. */
  resume?(): unknown;
  /** Listens for one event of the stream. */
  once(event: 'drain' | 'finish', listener: () => void): unknown;
  /** Removes a listener that `once` added. */
  removeListener(event: 'drain' | 'finish', listener: () => void): unknown;
}
