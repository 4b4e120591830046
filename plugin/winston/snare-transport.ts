/**
 * The Winston transport that sends every info as a Snare line. It puts an info into its own bounded queue and calls back at
 * once, so that an outage or a slow receiver does not hold up the logger or its other transports. Faults are `warn` events. The
 * callback never gets an error, because winston would unpipe the transport and lose the buffered infos.
 */
import Transport from 'winston-transport';
import { backgroundClock, type Clock } from '../../src/clock.js';
import type { ReportFault, ReportRecovery } from '../../src/faults.js';
import type { OutputStats } from '../../src/output-stats.js';
import type { HostInfo } from '../../src/pipeline/host-line.js';
import { LineOutput } from '../../src/pipeline/line-output.js';
import type { Outcome } from '../../src/pipeline/open-record.js';
import type { OutputSettings } from '../../src/settings/settings.js';
import { type AttachedLogger, AttachedLoggers } from './attached-loggers.js';
import { findBarrier } from './find-barrier.js';
import { type FlowLogInfo, flowLogLevel, nobody, recordOf } from './flow-log-info.js';
import { HostLogs } from './host-logs.js';
import { LineBatcher } from './line-batcher.js';
import { callBackAtOnce, isWriting } from './stream-state.js';
import type { SnareTransportOptions } from './transport-api.js';
import { splitOptions } from './transport-options.js';
import { droppedHostLog, emitSafely, TransportWarnings } from './transport-warnings.js';

const drainTimeoutMs = 25_000;

export class SnareTransport extends Transport {
  readonly name = 'snare';
  readonly #settings: OutputSettings;
  readonly output: LineOutput;
  readonly #batcher: LineBatcher;
  readonly #plugin: object | undefined;
  /** The loggers that the transport is attached to. */
  readonly loggers = new AttachedLoggers();
  readonly #hostLogs: HostLogs;
  readonly #warnings: TransportWarnings;
  /** The flow log of the info being written, in case the transport's own format loses the symbol. */
  #writing: FlowLogInfo | undefined;
  #isLogged = false;
  #isEnded = false;
  #onFault: ReportFault | undefined;
  #onRecovery: ReportRecovery | undefined;

  /**
   * @param options as in the manifest; invalid ones throw a `ConfigurationError` that names all of them
   * @param hold with `register`, keeps the output closed until the plugin starts; if omitted, the first info opens it
   * @param plugin takes the flow logs of this plugin only; if omitted, those of every plugin on its loggers
   */
  constructor(
    options: SnareTransportOptions,
    { hold = false, clock = backgroundClock, plugin }: { hold?: boolean; clock?: Clock; plugin?: object } = {},
  ) {
    const { winston, settings } = splitOptions(options);
    super(winston);
    this.#settings = settings;
    this.#plugin = plugin;
    this.#warnings = new TransportWarnings(this, clock);
    this.output = new LineOutput(this.#settings, {
      clock,
      isHeld: hold,
      onFault: (fault) => (this.#onFault ? this.#onFault(fault) : this.#warnings.report(fault)),
      onRecovery: (what) => {
        this.#warnings.recover();
        this.#onRecovery?.(what);
        this.emit('recovered');
      },
      onClosed: (error) => this.emit('output-closed', error),
    });
    this.#batcher = new LineBatcher(this.output.formatLine, (delivery) => this.output.send(delivery));
    this.#hostLogs = new HostLogs({
      output: this.output,
      maxBytes: this.#settings.maxHostLogBytes,
      clock,
      onDropped: () => this.#warnings.report(droppedHostLog),
      onDelivered: (info) => emitSafely(this, 'logged', info),
    });
    // `_writev` of winston-transport logs all buffered infos at once and drops their callbacks. Without it, nothing is lost.
    Object.defineProperty(this, '_writev', { value: null });
    this.on('pipe', (logger: AttachedLogger) => this.#attach(logger));
    this.on('unpipe', (logger: AttachedLogger) => this.#detach(logger));
  }

  /** Bytes and lines delivered, resent and waiting, since the transport was created. */
  get stats(): OutputStats & { readonly hostLogsDropped: number } {
    return { ...this.output.stats, hostLogsDropped: this.#hostLogs.dropped };
  }

  /** False while the queue is full. Senders that can wait should wait. */
  get hasRoom(): boolean {
    return this.output.hasRoom;
  }

  /** Resolves when there is room in the queue, or when the signal aborts. */
  whenRoom(signal: AbortSignal): Promise<void> {
    return this.output.whenRoom(signal);
  }

  /** Whether flow logs of the plugin go out through this transport. */
  takesFrom(plugin: object | undefined): boolean {
    return this.#plugin === undefined || this.#plugin === plugin;
  }

  /** Whether a plugin created the transport, not the host. */
  get isRegistered(): boolean {
    return this.#plugin !== undefined;
  }

  /** Where host logs go, such as `snare.example.com:6161`; undefined if the transport sends none. */
  get hostLogReceiver(): string | undefined {
    return this.#settings.hostLogs ? this.output.receiver : undefined;
  }

  /** Why no info of this level passes, as the beginning of a sentence; undefined if infos pass. */
  findBarrier(level: string): string | undefined {
    if (this.#isEnded) return 'The SnareTransport has ended';
    return findBarrier(this, level);
  }

  /**
   * Call this when everything written to a logger has passed its format. If the logger is empty, it has dropped the records
   * that did not arrive.
   */
  settleUnseen(): void {
    if (this.writableLength === 0) this.loggers.settleUnseen();
  }

  #send({ item, owner, prebuilt }: FlowLogInfo): void {
    const { formatLine, maxLineBytes } = this.output;
    // The output can only use lines that were prebuilt for its format.
    if (prebuilt?.block.bytes && prebuilt.formatLine === formatLine) {
      this.#batcher.addPrebuilt(prebuilt, owner, item.index);
      return;
    }
    const line = formatLine(item.row, item.message);
    const bytes = Buffer.byteLength(line);
    if (bytes > maxLineBytes) owner.settle('rejected', item.index, 1);
    else this.#batcher.add(line, bytes, owner, item.index);
  }

  /** Faults go to these functions instead of `warn` events, because the plugin describes them better. */
  reportFaultsTo(onFault: ReportFault, onRecovery?: ReportRecovery): void {
    this.#onFault = onFault;
    this.#onRecovery = onRecovery;
  }

  /** Resolves with true when everything logged so far is confirmed, or with false after `timeoutMs` milliseconds. */
  flush(timeoutMs = drainTimeoutMs): Promise<boolean> {
    this.#batcher.flush();
    return this.output.flush(timeoutMs);
  }

  /** Reopens the output if it is open: after a file was moved away or certificates were renewed. */
  reopen(): void {
    this.output.reopen();
  }

  override log(info: HostInfo, callback: () => void): void {
    const record = this.#writing ?? recordOf(info);
    this.#isLogged = true;
    if (record) this.#send(record);
    else if (this.#settings.hostLogs) {
      // The host's line goes after the flow logs that came before it.
      this.#batcher.flush();
      this.#hostLogs.send(info);
    }
    callback();
  }

  override _write(info: unknown, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const arrived = recordOf(info);
    if (arrived && !this.takesFrom(arrived.plugin)) {
      callBackAtOnce(this);
      callback();
      queueMicrotask(() => this.settleUnseen());
      return;
    }
    // Only a transport that expects a record may settle it.
    const record = arrived && !this.loggers.arrived(arrived) ? { ...arrived, owner: nobody } : arrived;
    // If a format or a listener logs, the next write begins during this one.
    const [outer, isOuterLogged] = [this.#writing, this.#isLogged];
    this.#writing = record;
    this.#isLogged = false;
    let hasFailed = false;
    try {
      callBackAtOnce(this);
      // A logger passes on `false` if its format drops an info. Without a logger there are no levels to compare.
      if (typeof info !== 'object' || info === null || this.loggers.isEmpty) this.#writeAsIs(info, callback);
      else super._write(info, encoding, callback);
    } catch (error) {
      hasFailed = true;
      // The base class has already called back if a format failed, but not if the info itself threw.
      if (isWriting(this)) callback();
      if (record) throw error;
      // A log of the host that cannot be read, or on which a format of this transport fails, does not stop the transport.
      this.#hostLogs.drop();
    } finally {
      const isLogged = this.#isLogged;
      this.#writing = outer;
      this.#isLogged = isOuterLogged;
      if (record && !isLogged) record.owner.settle(hasFailed ? 'failed' : this.#whyNotLogged(), record.item.index, 1);
      // No later info shows that the last one of a burst was dropped.
      if (!record) queueMicrotask(() => this.settleUnseen());
    }
  }

  /**
   * A logger calls this when it ends, even if another slow transport still keeps up to 16 infos in the logger. They arrive
   * after this call and are accepted. The end itself waits for them.
   */
  override end(...args: never[]): this {
    this.#isEnded = true;
    this.#endWhenRead(() => super.end(...args));
    return this;
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.loggers.settleAll('abandoned');
    void this.#release().finally(() => callback());
  }

  /**
   * Winston calls this when a logger removes the transport. The transport delivers what it has; it can be added to another
   * logger.
   */
  override close(): void {
    void this.#release();
  }

  /** Resolves when everything logged so far is confirmed, or is given up after `timeoutMs` milliseconds. */
  drain(timeoutMs: number): Promise<boolean> {
    return this.#release(timeoutMs);
  }

  /** A level that keeps back every flow log may be a mistake, so flow logs are kept. A format that drops one is deliberate. */
  #whyNotLogged(): Outcome {
    return this.findBarrier(flowLogLevel) === undefined ? 'filtered' : 'blocked';
  }

  #endWhenRead(end: () => void): void {
    if (this.loggers.areRead) end();
    else setImmediate(() => this.#endWhenRead(end));
  }

  #writeAsIs(info: unknown, callback: () => void): void {
    if (typeof info === 'object' && info !== null && !this.silent) this.log(info as HostInfo, callback);
    else callback();
  }

  /** The base class listens only for the first pipe and unpipe, and would lose the levels when the transport is added again. */
  #attach(logger: AttachedLogger): void {
    const parent = this.loggers.attach(logger);
    Object.assign(this, { levels: parent.levels, parent });
  }

  #detach(logger: AttachedLogger): void {
    this.loggers.detach(logger);
    Object.assign(this, { parent: this.loggers.first ?? null });
    this.close();
  }

  /** Delivers what is left and releases the output; a later info opens it again. */
  #release(timeoutMs = drainTimeoutMs): Promise<boolean> {
    this.#batcher.flush();
    return this.output.release(timeoutMs);
  }
}
