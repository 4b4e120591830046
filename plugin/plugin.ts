/**
 * The plugin of a host app: a collector whose rows go through the host's logger, or straight to the output, and come back
 * as acknowledgements. It emits events and never logs, exits or touches the process.
 */
import { setMaxListeners } from 'node:events';
import { systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { OutputClosedError } from '../src/deliver/channel.js';
import type { StreamRecord } from '../src/record.js';
import type { LineFormatter } from '../src/snare/line.js';
import { Collector, type CollectorOptions } from './collector.js';
import { toLetter } from './dead-letter.js';
import { createDirectSink } from './direct-sink.js';
import { PluginEmitter, type PluginEvents } from './events.js';
import { createFastLines } from './fast-lines.js';
import { createLoggerSink, flowLogLevel, type HostLogger, snareTransports } from './logger-sink.js';
import { createFormatter, maxLineBytesOf } from './output.js';
import type { ProcessedRecord } from './process-record.js';
import type { RecordSink, RecordSource } from './record-sink.js';
import type { Remaker } from './remaker.js';
import type { InputSettings, OutputSettings, Settings } from './settings.js';
import { Settlement } from './settlement.js';
import type { CreateSource } from './source.js';
import { PluginStartError } from './start-error.js';
import { addOutputs, Counters, noOutput, type Stats } from './stats.js';
import { SnareTransport, type SnareTransportOptions } from './transport.js';

const asideReasons = {
  rejected: {
    reason: 'line-too-long',
    detail: 'The line is longer than the output can carry; see output.maxLineBytes',
  },
  failed: { reason: 'format-failed', detail: 'A format of the host app failed on the flow log' },
} as const;

/** Time between two looks at whether everything is caught up. */
const lookMs = 200;

export class Plugin {
  readonly #settings: Settings;
  readonly #logger: HostLogger | undefined;
  readonly #events = new PluginEmitter();
  readonly #counters = new Counters();
  /** The transport that the plugin made; with a logger, it is on it until the stop. */
  readonly #transport: SnareTransport | undefined;
  readonly #collector: Collector | undefined;
  /** Aborts what waits for room, once a stop has waited long enough. */
  readonly #cut = new AbortController();
  #sink: RecordSink | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<boolean> | undefined;
  #isNothingToRead = false;

  /**
   * @param logger left out, flow logs go straight to the output
   * @param createSource left out, the stream of the input is read
   */
  constructor(settings: Settings, logger?: HostLogger, createSource?: CreateSource) {
    this.#settings = settings;
    this.#logger = logger;
    // One listener for each row that waits; their number is bounded elsewhere.
    setMaxListeners(0, this.#cut.signal);
    // A stop from within an event must not wait for the one that emits it.
    this.#events.on('failed', () => setImmediate(() => this.stop()));
    const { input, output } = settings;
    if (output) this.#transport = this.#createTransport(output as SnareTransportOptions);
    if (input) {
      this.#collector = new Collector({
        settings,
        input,
        counters: this.#counters,
        events: this.#events,
        toLines: this.#createToLines(input, output),
        take: (record, processed, remaker) => this.#take(record, processed, remaker),
        createSource,
      });
    }
  }

  /** Listens to an event of `PluginEvents`. */
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.on(name, listener as never);
    return this;
  }

  off<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.off(name, listener as never);
    return this;
  }

  /**
   * Opens the output and begins to read. Waits out network faults. Rejects, with a text that says what to do, for a logger
   * on which nobody would acknowledge, and for a missing stream, permission or credentials; then `stop` is not needed.
   * More calls give the same promise.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Stops reading, waits up to `drainTimeoutMs` for confirmations, writes the checkpoint and takes the plugin's transport
   * off the logger. Resolves with true when all that was read is confirmed and its checkpoint written; what is not will be
   * read again at the next start. More calls give the same promise.
   */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Resolves with true when all that was handed out so far is confirmed, with false after `timeoutMs` milliseconds. */
  async flush(timeoutMs = this.#settings.drainTimeoutMs): Promise<boolean> {
    const flushed = await Promise.all(this.#transports().map((transport) => transport.flush(timeoutMs)));
    return flushed.every(Boolean);
  }

  stats(): Stats {
    const { acknowledged, controlMessages, dataLosses, deadLetters, faults, filtered } = this.#counters;
    const { gapsHealed, logEvents, logStatus, recordBytes, records, repeats, rows, unparsed } = this.#counters;
    const outputs = this.#transports().map((transport) => transport.stats);
    return structuredClone({
      records,
      recordBytes,
      acknowledged,
      logEvents,
      controlMessages,
      rows,
      logStatus,
      unparsed,
      deadLetters,
      filtered,
      faults,
      dataLosses,
      gapsHealed,
      repeats,
      output: outputs.reduce(addOutputs, noOutput),
      hostLogsDropped: outputs.reduce((sum, { hostLogsDropped }) => sum + hostLogsDropped, 0),
      shards: this.#collector?.shards ?? {},
    });
  }

  /** True after a first start with `startAt: "latest"`: where to begin is stored, and nothing is there to be read yet. */
  get isNothingToRead(): boolean {
    return this.#isNothingToRead;
  }

  /**
   * Resolves with true when all that was in the stream when the plugin started is handed out and acknowledged, with false
   * when the signal aborts. Asks for confirmations meanwhile, since nothing more may come that would push them.
   */
  async whenCaughtUp(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      await this.flush(lookMs);
      if ((await this.#collector?.isCaughtUp()) !== false && (this.#collector?.pending ?? 0) === 0) return true;
      await systemClock.sleep(lookMs, signal);
    }
    return false;
  }

  async #start(): Promise<void> {
    this.#sink = this.#createSink();
    this.#advise();
    this.#transport?.start();
    try {
      this.#isNothingToRead = (await this.#collector?.start()) ?? false;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  #advise(): void {
    const { output } = this.#settings;
    if (output?.type === 'tls' && output.tls.verify === 'any') {
      const message = 'The receiver is not verified (output.tls.verify is "any"): whoever answers gets the flow logs';
      this.#events.emit('advice', { message });
    }
    if (output?.type === 'udp') {
      const message = 'Over UDP a checkpoint proves only that lines were sent; what the network drops is lost';
      this.#events.emit('advice', { message });
    }
  }

  async #stop(): Promise<boolean> {
    using deadline = startDeadline(systemClock, this.#settings.drainTimeoutMs);
    deadline.signal.addEventListener('abort', () => this.#cut.abort(), { once: true });
    const startedMs = systemClock.monotonic();
    await this.#collector?.stopReading();
    const leftMs = Math.max(0, this.#settings.drainTimeoutMs - (systemClock.monotonic() - startedMs));
    const isFlushed = await this.flush(leftMs);
    this.#cut.abort();
    const isDrained = isFlushed && (this.#collector?.pending ?? 0) === 0;
    const isWritten = (await this.#collector?.close()) ?? true;
    if (this.#transport) {
      await this.#transport.drain(0);
      this.#logger?.remove(this.#transport as never);
    }
    return isDrained && isWritten;
  }

  #createTransport(output: SnareTransportOptions): SnareTransport {
    const transport = new SnareTransport(output, { hold: true });
    transport.reportFaultsTo((fault) => this.#collector?.reportFault(fault) ?? this.#events.emit('fault', fault));
    transport.on('recovered', () => this.#events.emit('recovered', { stage: 'deliver' }));
    transport.on('output-closed', ({ message, isFault }: OutputClosedError) => {
      this.#events.emit('output-closed', { message, isFault });
      void this.stop();
    });
    this.#logger?.add(transport as never);
    return transport;
  }

  get #isDirect(): boolean {
    return !this.#logger || this.#settings.delivery === 'direct';
  }

  /** Only where nobody sees a row before its line. */
  #createToLines(input: InputSettings, output: OutputSettings | undefined): CollectorOptions['toLines'] {
    if (!output || !this.#isDirect) return undefined;
    const { maxEventsPerRecord: maxEvents } = input;
    return createFastLines({ maxEvents, ...toLineSettings(output) });
  }

  #createSink(): RecordSink | undefined {
    const { input, output, acknowledge } = this.#settings;
    if (!input) return undefined;
    if (!this.#logger || this.#isDirect) {
      if (this.#transport && output) return createDirectSink({ transport: this.#transport, ...toLineSettings(output) });
      throw new PluginStartError('Flow logs have nowhere to go: set output, or use a logger with delivery: "logger"');
    }
    checkLogger(this.#logger, acknowledge);
    return createLoggerSink({
      logger: this.#logger,
      acknowledge,
      clock: systemClock,
      onFault: (fault) => this.#collector?.reportFault(fault),
    });
  }

  /** The transports that deliver: those on the logger, and the plugin's own wherever it is. */
  #transports(): readonly SnareTransport[] {
    const own = this.#transport ? [this.#transport] : [];
    const others = this.#logger
      ? snareTransports(this.#logger).filter((transport) => transport !== this.#transport)
      : [];
    return [...own, ...others];
  }

  async #take(record: StreamRecord, processed: ProcessedRecord, remaker: Remaker): Promise<void> {
    const settlement = new Settlement(record.ack, () => this.#countFiltered());
    const setAside: RecordSource['setAside'] = async (index, why) => {
      const isWritten = await this.#setAside(record, index, why, remaker);
      settlement.settle(isWritten ? 'delivered' : 'abandoned');
    };
    await this.#sink?.take(processed, { record, remaker, settlement, setAside }, this.#cut.signal);
    settlement.close();
  }

  /** What the output cannot carry, or a host's format failed on, goes to the dead letters; the record waits until it is there. */
  async #setAside(
    record: StreamRecord,
    index: number,
    why: keyof typeof asideReasons,
    remaker: Remaker,
  ): Promise<boolean> {
    const { shardId, sequenceNumber } = record;
    const data = (await remaker.row(record, index)).toPayload();
    const letter = toLetter({ shardId, sequenceNumber, ...asideReasons[why], data });
    return (await this.#collector?.setAsideFor(letter, this.#cut.signal)) ?? false;
  }

  #countFiltered(): void {
    this.#counters.filtered++;
    this.#events.emit('filtered', { lines: 1 });
  }
}

function toLineSettings(output: OutputSettings): { readonly formatLine: LineFormatter; readonly maxLineBytes: number } {
  return { formatLine: createFormatter(output), maxLineBytes: maxLineBytesOf(output) };
}

/** Refuses a logger through which no flow log could ever be confirmed. */
function checkLogger(logger: HostLogger, acknowledge: Settings['acknowledge']): void {
  if (acknowledge === 'handed-over') return;
  const transports = snareTransports(logger);
  if (transports.length === 0) {
    throw new PluginStartError(
      'No transport of the logger acknowledges flow logs: set output, add a SnareTransport, or set acknowledge: "handed-over" to let checkpoints pass without confirmation',
    );
  }
  if (logger.silent || !transports.some((transport) => transport.accepts(logger, flowLogLevel))) {
    throw new PluginStartError(
      `The levels of the logger let no flow log through to a SnareTransport: flow logs have the level "${flowLogLevel}"; raise the level of the logger or of the transport, unset silent, or set delivery: "direct"`,
    );
  }
}
