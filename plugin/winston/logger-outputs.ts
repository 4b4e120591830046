/** The outputs of a plugin on a host's logger: the plugin's own transport, and those that the host added. */

import { systemClock } from '../../src/clock.js';
import type { RecordSink } from '../../src/pipeline/open-record.js';
import { addOutputs, noOutput } from '../../src/report/stats.js';
import type { Settings } from '../../src/settings/settings.js';
import type { HostLogger } from '../api.js';
import { PluginStartError } from '../errors.js';
import { adviseOutput, createSinkFor, type Outputs, type OutputsWiring } from '../outputs.js';
import { rootLogger } from './attached-loggers.js';
import { findBlock } from './find-block.js';
import { snareTransports, transportsFor } from './host-logger.js';
import { createLoggerSink, type LoggerRecordSink } from './logger-sink.js';
import { SnareTransport } from './snare-transport.js';
import { isClosed } from './stream-state.js';
import type { SnareTransportOptions } from './transport-api.js';

export type LoggerOutputSettings = Pick<Settings, 'output' | 'delivery' | 'acknowledge'>;

export class LoggerOutputs implements Outputs {
  readonly #settings: LoggerOutputSettings;
  readonly #logger: HostLogger;
  readonly #wiring: OutputsWiring;
  /** The transport that the plugin created; it stays on the logger until the stop. */
  readonly #own: SnareTransport | undefined;
  /** Undefined if flow logs do not go through the logger. */
  #sink: LoggerRecordSink | undefined;

  constructor(settings: LoggerOutputSettings, logger: HostLogger, wiring: OutputsWiring) {
    this.#settings = settings;
    this.#logger = rootLogger(logger);
    this.#wiring = wiring;
    if (settings.output) this.#own = this.#addTransport(settings.output as SnareTransportOptions);
  }

  get stats(): Outputs['stats'] {
    const all = this.#transports().map(({ stats }) => stats);
    const hostLogsDropped = all.reduce((sum, stats) => sum + stats.hostLogsDropped, 0);
    return { ...all.reduce(addOutputs, noOutput), hostLogsDropped };
  }

  get isBlocked(): boolean {
    return this.#sink?.isBlocked ?? false;
  }

  /** Opens the output at once, so that an unreachable receiver is reported before the first line. */
  start(): void {
    this.#own?.output.start();
  }

  async flush(timeoutMs: number): Promise<boolean> {
    const flushed = await Promise.all(this.#transports().map((transport) => transport.flush(timeoutMs)));
    return flushed.every(Boolean);
  }

  reopen(): void {
    for (const transport of this.#transports()) transport.reopen();
  }

  async release(timeoutMs: number): Promise<boolean> {
    return (await this.#own?.drain(timeoutMs)) ?? true;
  }

  close(): void {
    if (this.#own) this.#logger.remove(this.#own as never);
  }

  advise(): readonly string[] {
    return [...adviseOutput(this.#settings.output), ...this.#adviseHostLogs()];
  }

  /** Advice for two plugins on one logger: the host's logs go to the transports of both. */
  #adviseHostLogs(): readonly string[] {
    const receiver = this.#own?.hostLogReceiver;
    if (receiver === undefined) return [];
    const isTwice = snareTransports(this.#logger).some(
      (other) => other.isRegistered && other !== this.#own && other.hostLogReceiver === receiver,
    );
    if (!isTwice) return [];
    return [
      `Two plugins on this logger send the logs of the host app to ${receiver}, so each arrives twice; set output.hostLogs to false for one of them`,
    ];
  }

  createSink(): RecordSink {
    const { plugin, signal, onFault, onRecovery, onAdvice, onClosed } = this.#wiring;
    const { delivery, acknowledge } = this.#settings;
    if (delivery === 'direct') return createSinkFor(this.#own?.output, signal);
    refuseLogger(this.#logger, acknowledge, plugin);
    const [first] = this.#transports();
    this.#sink = createLoggerSink({
      plugin,
      logger: this.#logger,
      acknowledge,
      lines: first && { formatLine: first.output.formatLine, maxLineBytes: first.output.maxLineBytes },
      clock: systemClock,
      onFault,
      onRecovery,
      onAdvice,
      onEnded: () => onClosed({ message: loggerEnded, isFault: false }),
      signal,
    });
    return this.#sink;
  }

  #addTransport(output: SnareTransportOptions): SnareTransport {
    const { plugin, onFault, onRecovery, onClosed } = this.#wiring;
    const transport = new SnareTransport(output, { hold: true, plugin });
    transport.reportFaultsTo(onFault, onRecovery);
    transport.on('output-closed', onClosed);
    this.#logger.add(transport as never);
    return transport;
  }

  /** The transports that deliver: those on the logger, and the plugin's own even if it is not on the logger. */
  #transports(): readonly SnareTransport[] {
    const others = transportsFor(this.#logger, this.#wiring.plugin).filter((transport) => transport !== this.#own);
    return this.#own ? [this.#own, ...others] : others;
  }
}

/** A logger that has ended never accepts anything again. */
const loggerEnded =
  'The logger has ended, so the plugin stops; what is not confirmed by then is read again at the next start';

/**
 * Rejects a logger through which no flow log could ever be confirmed.
 *
 * @throws PluginStartError that says what to change
 */
function refuseLogger(logger: HostLogger, acknowledge: Settings['acknowledge'], plugin: object): void {
  if (isClosed(logger))
    throw new PluginStartError('The logger has ended and takes nothing more; register with another', 'logger-ended');
  if (acknowledge === 'handed-over') return;
  const transports = transportsFor(logger, plugin);
  if (transports.length === 0) {
    throw new PluginStartError(
      'No transport of the logger acknowledges flow logs: set output, add a SnareTransport of your own (one that another register added takes only the flow logs of its plugin), or set acknowledge: "handed-over" to let checkpoints pass without confirmation',
      'no-transport',
    );
  }
  const block = findBlock(logger, transports);
  if (!block) return;
  const message = `${block.reason}, so no flow log reaches a SnareTransport: ${block.advice}`;
  throw new PluginStartError(message, block.code);
}
