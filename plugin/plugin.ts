/**
 * The plugin of a host app: a collector whose rows go through the host's logger, or straight to the output, and come back
 * as acknowledgements. It emits events and never logs, exits or touches the process.
 */
import { setMaxListeners } from 'node:events';
import { orAtAbort } from '../src/abortable.js';
import { systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { Fault } from '../src/faults.js';
import { toLetter } from '../src/pipeline/dead-letter-file.js';
import { createDirectSink } from '../src/pipeline/direct-sink.js';
import { createFastLines } from '../src/pipeline/fast-lines.js';
import { createLogGroupFilter } from '../src/pipeline/log-group-filter.js';
import { Collector } from '../src/pipeline/pipeline.js';
import type { ProcessedRecord, ToLines } from '../src/pipeline/process-record.js';
import type { Remaker } from '../src/pipeline/rebuild-record.js';
import type { AsideReason, RecordSink } from '../src/pipeline/record-sink.js';
import type { CreateSource } from '../src/pipeline/source.js';
import { type RecordOwner, TakenRecord } from '../src/pipeline/taken-record.js';
import type { StreamRecord } from '../src/record.js';
import { PluginEmitter, type PluginEvents } from '../src/report/events.js';
import { addOutputs, Counters, count, noOutput, type Stats } from '../src/report/stats.js';
import type { InputSettings, Settings } from '../src/settings/settings.js';
import { PluginStartError } from './errors.js';
import { type HostLogger, snareTransports, transportsFor } from './winston/host-logger.js';
import { createLoggerSink } from './winston/logger-sink.js';
import { refuseLogger } from './winston/refuse-logger.js';
import { rootLogger } from './winston/root-logger.js';
import { SnareTransport, type SnareTransportOptions } from './winston/snare-transport.js';

const asideReasons = {
  rejected: {
    reason: 'line-too-long',
    detail: 'The line is longer than the output can carry; see output.maxLineBytes',
  },
  failed: { reason: 'format-failed', detail: 'A format of the host app failed on the flow log' },
} as const satisfies Record<AsideReason, object>;

/** Flow logs that were all filtered, after which it is no wish any more. */
const manyFiltered = 100;

/** Time between two looks at whether everything is caught up. */
const lookMs = 200;

/** Longest wait of a stop for an output that has never taken anything: what it did not get is read again in any case. */
const untouchedMs = 2000;

/** The part of `drainTimeoutMs` that a stop keeps for the checkpoint, and the least that it gives it. */
const closingShare = 0.2;
const maxClosingMs = 2000;
const minClosingMs = 1000;

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
  readonly #owner: RecordOwner = {
    acknowledge: (record) => this.#collector?.acknowledge(record),
    countFiltered: () => this.#countFiltered(),
    setAside: (record, index, why, remaker) => this.#setAside(record, index, why, remaker),
  };
  #sink: RecordSink | undefined;
  #starting: Promise<void> | undefined;
  #giveUpStart = () => {};
  #stopping: Promise<boolean> | undefined;
  /** Set by a stop, but not by a start that failed. */
  #isStopped = false;
  #isNothingToRead = false;

  /**
   * @param logger left out, flow logs go straight to the output
   * @param createSource left out, the stream of the input is read
   */
  constructor(settings: Settings, logger?: HostLogger, createSource?: CreateSource) {
    this.#settings = settings;
    this.#logger = logger && rootLogger(logger);
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
        toLines: () => this.#createToLines(input),
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
   * Resolves at the end of a stop that comes meanwhile. More calls give the same promise; after a stop they reject.
   */
  start(): Promise<void> {
    if (this.#isStopped) {
      const message = 'The plugin was stopped and cannot start again; register it once more';
      return Promise.reject(new PluginStartError(message));
    }
    this.#starting ??= new Promise((resolve, reject) => {
      this.#giveUpStart = resolve;
      this.#start().then(resolve, reject);
    });
    return this.#starting;
  }

  /**
   * Stops reading, waits up to `drainTimeoutMs` for confirmations, writes the checkpoint and takes the plugin's transport
   * off the logger. Resolves with true when all that was read is confirmed and its checkpoint written; what is not will be
   * read again at the next start. It ends within `drainTimeoutMs`, or within a second where that is less, whatever hangs.
   * More calls give the same promise.
   */
  stop(): Promise<boolean> {
    this.#isStopped = true;
    return this.#stopOnce();
  }

  /** Resolves with true when all that was handed out so far is confirmed, with false after `timeoutMs` milliseconds. */
  async flush(timeoutMs = this.#settings.drainTimeoutMs): Promise<boolean> {
    const flushed = await Promise.all(this.#transports().map((transport) => transport.flush(timeoutMs)));
    return flushed.every(Boolean);
  }

  /**
   * Opens the output again, as SIGHUP does on the command line: a file that was moved away, and a connection whose
   * certificates were renewed. Nothing is lost; what is not confirmed yet may be sent twice. Before the start, and without an
   * output, it does nothing.
   */
  reopen(): void {
    for (const transport of this.#transports()) transport.reopen();
  }

  stats(): Stats {
    const outputs = this.#transports().map((transport) => transport.stats);
    return structuredClone({
      ...this.#counters,
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
      this.#stopping ??= this.#endStart();
      await this.#stopping;
      throw error;
    }
  }

  /** After a start that failed nothing was read. The lines of the host are delivered, but the caller does not wait for them. */
  async #endStart(): Promise<boolean> {
    const { drainTimeoutMs } = this.#settings;
    using deadline = startDeadline(systemClock, Math.max(minClosingMs, drainTimeoutMs));
    this.#cut.abort();
    const isIdle = !this.#isAnythingBuffered;
    const released = this.#transport?.drain(isIdle ? 0 : drainTimeoutMs);
    await orAtAbort(this.#collector?.stopReading() ?? Promise.resolve(), deadline.signal, undefined);
    return this.#close(deadline.signal, isIdle ? released : undefined);
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
    this.#adviseOnHostLogs();
  }

  /** Two plugins on one logger: each transport of theirs gets the logs of the host. */
  #adviseOnHostLogs(): void {
    const receiver = this.#transport?.hostLogReceiver;
    if (!this.#logger || receiver === undefined) return;
    const isTwice = snareTransports(this.#logger).some(
      (other) => other.isRegistered && other !== this.#transport && other.hostLogReceiver === receiver,
    );
    if (!isTwice) return;
    const message = `Two plugins on this logger send the logs of the host app to ${receiver}, so each arrives twice; set output.hostLogs to false for one of them`;
    this.#events.emit('advice', { message });
  }

  #stopOnce(): Promise<boolean> {
    this.#stopping ??= this.#stop().finally(() => this.#giveUpStart());
    return this.#stopping;
  }

  async #stop(): Promise<boolean> {
    const { drainTimeoutMs } = this.#settings;
    const closingMs = Math.min(maxClosingMs, drainTimeoutMs * closingShare);
    const startedMs = systemClock.monotonic();
    const isDrained = await this.#drain(drainTimeoutMs - closingMs);
    this.#cut.abort();
    const released = this.#transport?.drain(0) ?? Promise.resolve(true);
    const leftMs = drainTimeoutMs - (systemClock.monotonic() - startedMs);
    using deadline = startDeadline(systemClock, Math.max(minClosingMs, leftMs));
    const isWritten = await this.#close(deadline.signal, released);
    return isDrained && isWritten;
  }

  /** Stops reading and waits for confirmations. Resolves with true when all that was read is confirmed. */
  async #drain(limitMs: number): Promise<boolean> {
    using limit = startDeadline(systemClock, limitMs);
    using first = startDeadline(systemClock, Math.min(untouchedMs, limitMs));
    const over = new AbortController();
    limit.signal.addEventListener('abort', () => over.abort());
    first.signal.addEventListener('abort', () => {
      if (this.#isUntouched) over.abort();
    });
    over.signal.addEventListener('abort', () => this.#cut.abort());
    const flush = () => orAtAbort(this.flush(limitMs), over.signal, false);
    let isReading = true;
    const stopped = this.#collector?.stopReading().then(() => {
      isReading = false;
    });
    // A record that hangs must not keep the others from being confirmed.
    using half = startDeadline(systemClock, limitMs / 2, over.signal);
    await orAtAbort(stopped ?? Promise.resolve(), half.signal, undefined);
    if (isReading && stopped) {
      await flush();
      await orAtAbort(stopped, over.signal, undefined);
    }
    const isFlushed = (await flush()) || !this.#isAnythingBuffered;
    return isFlushed && !(isReading && stopped) && (this.#collector?.pending ?? 0) === 0;
  }

  /** Writes the checkpoint and leaves the logger. Resolves with false when the signal aborts before it is written. */
  async #close(signal: AbortSignal, released?: Promise<boolean>): Promise<boolean> {
    const isWritten = await orAtAbort(this.#collector?.close() ?? Promise.resolve(true), signal, false);
    if (released) await orAtAbort(released, signal, false);
    if (this.#transport) this.#logger?.remove(this.#transport as never);
    return isWritten;
  }

  #createTransport(output: SnareTransportOptions): SnareTransport {
    const transport = new SnareTransport(output, { hold: true, plugin: this });
    transport.reportFaultsTo((fault) => this.#reportFault(fault));
    transport.on('recovered', () => this.#events.reportRecovery({ stage: 'deliver' }));
    transport.on('output-closed', ({ message, isFault }: PluginEvents['output-closed'][0]) => {
      this.#events.emit('output-closed', { message, isFault });
      void this.stop();
    });
    this.#logger?.add(transport as never);
    return transport;
  }

  get #isNothingSent(): boolean {
    return this.#transports().every(({ stats: { delivered, buffered } }) => delivered.lines + buffered.lines === 0);
  }

  get #isAnythingBuffered(): boolean {
    return this.#transports().some(({ stats }) => stats.buffered.lines > 0);
  }

  /** Lines wait for an output that has never taken any. */
  get #isUntouched(): boolean {
    const isTaken = ({ stats: { isConnected, delivered, resent } }: SnareTransport) =>
      isConnected || delivered.lines + resent.lines > 0;
    return this.#isAnythingBuffered && !this.#transports().some(isTaken);
  }

  get #isDirect(): boolean {
    return !this.#logger || this.#settings.delivery === 'direct';
  }

  /** For the lines of the plugin's own transport; without one, of the first on the logger. */
  #createToLines(input: InputSettings): ToLines | undefined {
    const [transport] = this.#transports();
    if (!transport) return undefined;
    const { formatLine, maxLineBytes } = transport;
    const accepts = createLogGroupFilter(input, () => {})?.accepts;
    const { maxEventsPerRecord: maxEvents } = input;
    return createFastLines({ maxEvents, accepts, formatLine, maxLineBytes, needsRows: !this.#isDirect });
  }

  #createSink(): RecordSink | undefined {
    const { input, acknowledge } = this.#settings;
    if (!input) return undefined;
    const { signal } = this.#cut;
    if (!this.#logger || this.#isDirect) {
      if (this.#transport) return createDirectSink({ transport: this.#transport, signal });
      throw new PluginStartError('Flow logs have nowhere to go: set output, or use a logger with delivery: "logger"');
    }
    refuseLogger(this.#logger, acknowledge, this);
    return createLoggerSink({
      plugin: this,
      logger: this.#logger,
      acknowledge,
      clock: systemClock,
      onFault: (fault) => this.#reportFault(fault),
      onRecovery: (what) => this.#events.reportRecovery(what),
      onEnded: () => this.#onLoggerEnded(),
      signal,
    });
  }

  /** An ended logger never takes anything again. */
  #onLoggerEnded(): void {
    const message =
      'The logger has ended, so the plugin stops; what is not confirmed by then is read again at the next start';
    this.#events.emit('output-closed', { message, isFault: false });
    void this.stop();
  }

  #reportFault(fault: Fault): void {
    count(this.#counters.faults, fault.code);
    this.#events.reportFault(fault);
  }

  /** The transports that deliver: those on the logger, and the plugin's own wherever it is. */
  #transports(): readonly SnareTransport[] {
    const own = this.#transport ? [this.#transport] : [];
    const others = this.#logger
      ? transportsFor(this.#logger, this).filter((transport) => transport !== this.#transport)
      : [];
    return [...own, ...others];
  }

  #take(record: StreamRecord, processed: ProcessedRecord, remaker: Remaker): Promise<void> {
    if (!this.#sink) throw new TypeError('A record came before the start');
    return this.#sink.take(processed, new TakenRecord(record, remaker, this.#owner));
  }

  /** What the output cannot carry, or a host's format failed on, goes to the dead letters; the record waits until it is there. */
  async #setAside(record: StreamRecord, index: number, why: AsideReason, remaker: Remaker): Promise<boolean> {
    const { shardId, sequenceNumber } = record;
    const make = async () => {
      const row = await remaker.row(record, index);
      const { logGroup } = row;
      return toLetter({ shardId, sequenceNumber, logGroup, ...asideReasons[why], data: row.toPayload() });
    };
    return (await this.#collector?.setAsideFor(shardId, make, this.#cut.signal)) ?? false;
  }

  #countFiltered(): void {
    this.#counters.filtered++;
    this.#events.emit('filtered', { lines: 1 });
    if (this.#counters.filtered === manyFiltered && this.#isNothingSent) {
      const message = `The logger has dropped each of the first ${manyFiltered} flow logs: a level, or a format, such as one that builds a new info without the symbols of the old one`;
      this.#events.emit('advice', { message });
    }
  }
}
