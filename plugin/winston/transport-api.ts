/**
 * The SnareTransport as a host sees it: a transport of winston that can be constructed and extended. What the plugin asks of
 * the class besides is no part of the promise.
 */
import type Transport from 'winston-transport';
import type { OutputClosedError } from '../../src/errors.js';
import type { OutputStats } from '../../src/output-stats.js';
import type { OutputSettingsInput } from '../../src/settings/settings-types.js';
import { SnareTransport as Implementation } from './snare-transport.js';

/** The options of winston that a SnareTransport takes: `level`, `silent`, `handleExceptions` and `handleRejections`. */
export type WinstonOptions = Pick<
  Transport.TransportStreamOptions,
  'level' | 'silent' | 'handleExceptions' | 'handleRejections'
>;

/**
 * The settings of an output, as under `output` in the manifest, with winston's `level`, `silent`, `handleExceptions` and
 * `handleRejections`. `format` is the layout of the line; formats of winston do not change a line.
 */
export type SnareTransportOptions = OutputSettingsInput & WinstonOptions;

/** The output of one transport, since it was made. */
export interface TransportStats extends OutputStats {
  /** Logs of the host app that were dropped: the output was away for too long, or they could not be read. */
  readonly hostLogsDropped: number;
}

/** What went wrong, for a person, with a fixed word for the kind of fault. */
export interface TransportWarning extends Error {
  /** Fixed word, such as `host-log-dropped`. */
  readonly code: string;
}

/**
 * Ships every info of a logger as a Snare line: the flow logs of a plugin, and the host's own logs. It takes an info into a
 * queue and calls back at once, so that neither an outage nor a slow receiver holds up the logger. It opens its output with the
 * first info, and delivers what it has when the logger takes it off or ends.
 */
export interface SnareTransport extends Transport {
  /** The name of the transport in messages: `snare`. */
  readonly name: string;
  /** Lines and bytes confirmed, sent again and waiting. */
  readonly stats: TransportStats;
  /**
   * Asks for confirmations. Resolves with true once everything logged so far is confirmed, with false after `timeoutMs`.
   *
   * @param timeoutMs in milliseconds; 25000 if left out
   */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Opens the output again where it is open: for a file that was moved away, or renewed certificates. */
  reopen(): void;
  /** Delivers what it has and closes the output; winston calls it. A later info opens the output again. */
  close(): void;
  /**
   * `warn`: a fault that is retried; at once, then once a minute while it lasts. `recovered`: the output works again.
   * `logged`: a log of the host is delivered, with the info. `output-closed`: the output is gone for good.
   */
  on(event: 'warn', listener: (warning: TransportWarning) => void): this;
  on(event: 'recovered', listener: () => void): this;
  on(event: 'logged', listener: (info: object) => void): this;
  on(event: 'output-closed', listener: (error: OutputClosedError) => void): this;
  // biome-ignore lint/suspicious/noExplicitAny: as streams declare it
  on(event: string | symbol, listener: (...args: any[]) => void): this;
}

/** Makes a `SnareTransport`, and may be extended. */
export interface SnareTransportConstructor {
  /** @throws ConfigurationError with all faults of the options; TypeError for a wrong option of winston's */
  new (options: SnareTransportOptions): SnareTransport;
  readonly prototype: SnareTransport;
}

export const SnareTransport: SnareTransportConstructor = Implementation;
