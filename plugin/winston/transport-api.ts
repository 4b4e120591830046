/**
 * The SnareTransport as a host sees it: a transport of winston that can be constructed and extended. Other members, which only
 * the plugin uses, are not part of the public API.
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

/** The statistics of one transport's output since the transport was created. */
export interface TransportStats extends OutputStats {
  /** Logs of the host app that were dropped, because the output was unavailable for too long or they could not be read. */
  readonly hostLogsDropped: number;
}

/** A fault described for a person, with a fixed word for its kind. */
export interface TransportWarning extends Error {
  /** Fixed word, such as `host-log-dropped`. */
  readonly code: string;
}

/**
 * Sends every info of a logger as a Snare line: the flow logs of a plugin and the host's own logs. It puts an info into a queue
 * and calls back at once, so that an outage or a slow receiver does not hold up the logger. The first info opens the output.
 * When the logger removes the transport or ends, the transport delivers what it has.
 */
export interface SnareTransport extends Transport {
  /** The name of the transport in messages: `snare`. */
  readonly name: string;
  /** Lines and bytes confirmed, sent again and waiting. */
  readonly stats: TransportStats;
  /**
   * Asks for confirmations. Resolves with true once everything logged so far is confirmed, or with false after `timeoutMs`.
   *
   * @param timeoutMs in milliseconds; default: 25000
   */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Reopens the output if it is open: after a file was moved away or certificates were renewed. */
  reopen(): void;
  /** Delivers what is left and closes the output. Winston calls it. A later info opens the output again. */
  close(): void;
  /**
   * `warn`: a fault that is retried; emitted at once, then once a minute while it lasts. `recovered`: the output works again.
   * `logged`: a log of the host is delivered; the info is passed. `output-closed`: the output is closed for good.
   */
  on(event: 'warn', listener: (warning: TransportWarning) => void): this;
  on(event: 'recovered', listener: () => void): this;
  on(event: 'logged', listener: (info: object) => void): this;
  on(event: 'output-closed', listener: (error: OutputClosedError) => void): this;
  // biome-ignore lint/suspicious/noExplicitAny: as streams declare it
  on(event: string | symbol, listener: (...args: any[]) => void): this;
}

/** Creates a `SnareTransport`; can be extended. */
export interface SnareTransportConstructor {
  /** @throws ConfigurationError with all faults of the options; TypeError for an option of winston with a wrong type */
  new (options: SnareTransportOptions): SnareTransport;
  readonly prototype: SnareTransport;
}

export const SnareTransport: SnareTransportConstructor = Implementation;
