/**
 * The plugin of a host app: a pipeline from the stream to the outputs, which are those of the host's logger or the plugin's
 * own. It emits events. It never logs, exits or touches the process.
 */

import { setMaxListeners } from 'node:events';
import { backgroundClock, systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { Fault, ReportRecovery } from '../src/faults.js';
import { Pipeline } from '../src/pipeline/pipeline.js';
import type { CreateSource } from '../src/pipeline/source.js';
import { PluginEmitter } from '../src/report/events.js';
import type { PluginEvents } from '../src/report/plugin-events.js';
import type { Stats } from '../src/report/plugin-stats.js';
import type { RunState, Snapshot } from '../src/report/snapshot.js';
import { Counters } from '../src/report/stats.js';
import type { Settings } from '../src/settings/settings.js';
import { orAtAbort } from '../src/waiters.js';
import type { MetricsRegistry, Plugin as PluginApi } from './api.js';
import { drain } from './drain.js';
import { PluginStartError } from './errors.js';
import { Monitor } from './monitor/monitor.js';
import { type CreateOutputs, createDirectOutputs, type Outputs } from './outputs.js';

/** Time between two checks whether everything is caught up. */
const lookMs = 200;

/** Longest wait for the monitor to close at a stop, in milliseconds. It leaves the rest to the checkpoint, whatever hangs. */
const maxMonitorMs = 500;

/** The share of `drainTimeoutMs` that a stop reserves for writing the checkpoint, and the shortest time for it. */
const closingShare = 0.2;
const maxClosingMs = 2000;
const minClosingMs = 1000;

export class Plugin implements PluginApi {
  readonly #settings: Settings;
  readonly #events = new PluginEmitter();
  readonly #counters = new Counters();
  readonly #outputs: Outputs;
  readonly #pipeline: Pipeline | undefined;
  /** Aborts every wait for room when the time for a stop is up. */
  readonly #cut = new AbortController();
  #starting: Promise<void> | undefined;
  #giveUpStart = () => {};
  #stopping: Promise<boolean> | undefined;
  /** Set by a stop, but not by a start that failed. */
  #isStopped = false;
  #isNothingToRead = false;
  #isFailed = false;
  #isRunning = false;
  /** Only with a stream. */
  readonly #monitor: Monitor | undefined;

  /**
   * @param createOutputs if omitted, flow logs go directly to the output
   * @param createSource if omitted, the plugin reads the stream of the input
   */
  constructor(settings: Settings, createOutputs?: CreateOutputs, createSource?: CreateSource) {
    this.#settings = settings;
    // Each waiting row adds one listener; their number is limited elsewhere.
    setMaxListeners(0, this.#cut.signal);
    // The stop runs in a later turn; otherwise it would wait for the code that emits the event.
    this.#events.on('failed', () => {
      this.#isFailed = true;
      setImmediate(() => this.stop());
    });
    const { input, output } = settings;
    const create = createOutputs ?? ((wiring) => createDirectOutputs(output, wiring));
    const onFault = (fault: Fault) => this.#reportFault(fault);
    const onRecovery: ReportRecovery = (what) => this.#events.reportRecovery(what);
    this.#outputs = create({
      plugin: this,
      signal: this.#cut.signal,
      onFault,
      onRecovery,
      onAdvice: (message) => this.#events.emit('advice', { message }),
      onClosed: ({ message, isFault }) => {
        this.#events.emit('output-closed', { message, isFault });
        void this.stop();
      },
    });
    if (input) {
      this.#pipeline = new Pipeline({
        settings,
        input,
        counters: this.#counters,
        events: this.#events,
        signal: this.#cut.signal,
        createSource,
      });
    }
    // Another source, such as a backfill, has no stream to watch, and may run beside the plugin that has.
    if (input && this.#pipeline && !createSource) {
      this.#monitor = new Monitor({
        settings,
        input,
        output,
        events: this.#events,
        pipeline: this.#pipeline,
        stats: () => this.stats(),
        state: () => this.#state,
        clock: backgroundClock,
        onFault,
        onRecovery,
      });
    }
  }

  /** Adds a listener for an event of `PluginEvents`. */
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.on(name, listener as never);
    return this;
  }

  off<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.off(name, listener as never);
    return this;
  }

  /**
   * Opens the output and starts reading. Network faults are retried. Rejects for a logger with which no flow log can be
   * confirmed, and for a missing stream, permission or credentials; the message says what to do. Calling `stop` is not
   * necessary then. Resolves at the end of a stop that comes meanwhile. Further calls return the same promise; after a stop
   * they reject.
   */
  start(): Promise<void> {
    if (this.#isStopped) {
      const message = 'The plugin was stopped and cannot start again; register it again';
      return Promise.reject(new PluginStartError(message, 'plugin-stopped'));
    }
    this.#starting ??= new Promise((resolve, reject) => {
      this.#giveUpStart = resolve;
      this.#start().then(resolve, reject);
    });
    return this.#starting;
  }

  /**
   * Stops reading, waits up to `drainTimeoutMs` for confirmations, writes the checkpoint and takes the plugin's transport off
   * the logger. Resolves with true if everything that was read is confirmed and its checkpoint is written. The next start reads
   * the rest again. Ends within `drainTimeoutMs`, or within one second if that setting is shorter, even if something hangs.
   * Further calls return the same promise.
   */
  stop(): Promise<boolean> {
    this.#isStopped = true;
    return this.#stopOnce();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Resolves with true when everything handed out so far is confirmed, or with false after `timeoutMs` milliseconds. */
  flush(timeoutMs = this.#settings.drainTimeoutMs): Promise<boolean> {
    return this.#outputs.flush(timeoutMs);
  }

  /**
   * Reopens the output, as SIGHUP does on the command line. Use it after a file was moved away or certificates were renewed.
   * Nothing is lost, but unconfirmed lines may be sent twice. Does nothing before the start or without an output.
   */
  reopen(): void {
    this.#outputs.reopen();
  }

  stats(): Stats {
    const { hostLogsDropped, ...output } = this.#outputs.stats;
    return structuredClone({
      ...this.#counters,
      output,
      hostLogsDropped,
      leases: this.#pipeline?.leases,
      shards: this.#pipeline?.shards ?? {},
    });
  }

  collectMetrics(registry: MetricsRegistry): void {
    const monitor = this.#monitor;
    if (!monitor) throw new PluginStartError('There is no stream to measure: set input');
    monitor.collect(registry);
  }

  /** Everything that is known of the plugin; undefined without a stream. */
  snapshot(): Snapshot | undefined {
    return this.#monitor?.snapshot();
  }

  /** Address of the status page; undefined if it is off or not served. */
  get pageUrl(): string | undefined {
    return this.#monitor?.pageUrl;
  }

  /** True after a first start with `startAt: "latest"`: the start position is stored, and there is nothing to read yet. */
  get isNothingToRead(): boolean {
    return this.#isNothingToRead;
  }

  /**
   * Resolves with true when every record that was in the stream at the start is handed out and acked, or with false when the
   * signal aborts. It asks for confirmations meanwhile, because no further lines may come that would trigger them.
   */
  async whenCaughtUp(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      await this.flush(lookMs);
      if ((await this.#pipeline?.isCaughtUp()) !== false && (this.#pipeline?.pending ?? 0) === 0) return true;
      await systemClock.sleep(lookMs, signal);
    }
    return false;
  }

  async #start(): Promise<void> {
    const sink = this.#pipeline && this.#outputs.createSink();
    for (const message of this.#outputs.advise()) this.#events.emit('advice', { message });
    this.#outputs.start();
    await this.#monitor?.start();
    try {
      this.#isNothingToRead = (sink && (await this.#pipeline?.start(sink))) ?? false;
      await this.#monitor?.openTotals();
      this.#isRunning = true;
    } catch (error) {
      this.#stopping ??= this.#endStart();
      await this.#stopping;
      throw error;
    }
  }

  /** A failed start has read nothing. The host's own lines are still delivered, but the caller does not wait for them. */
  async #endStart(): Promise<boolean> {
    const { drainTimeoutMs } = this.#settings;
    using deadline = startDeadline(systemClock, Math.max(minClosingMs, drainTimeoutMs));
    this.#cut.abort();
    const isIdle = this.#outputs.stats.buffered.lines === 0;
    const released = this.#outputs.release(isIdle ? 0 : drainTimeoutMs);
    await orAtAbort(this.#pipeline?.stopReading() ?? Promise.resolve(), deadline.signal, undefined);
    return this.#close(deadline.signal, isIdle ? released : undefined);
  }

  get #state(): RunState {
    if (this.#isFailed) return 'failed';
    if (this.#stopping) return 'stopping';
    return this.#isRunning ? 'running' : 'starting';
  }

  #stopOnce(): Promise<boolean> {
    this.#stopping ??= this.#stop().finally(() => this.#giveUpStart());
    return this.#stopping;
  }

  async #stop(): Promise<boolean> {
    const { drainTimeoutMs } = this.#settings;
    const closingMs = Math.min(maxClosingMs, drainTimeoutMs * closingShare);
    const startedMs = systemClock.monotonic();
    const isDrained = await drain(drainTimeoutMs - closingMs, {
      pipeline: this.#pipeline,
      outputs: this.#outputs,
      cut: () => this.#cut.abort(),
    });
    this.#cut.abort();
    const released = this.#outputs.release(0);
    const leftMs = drainTimeoutMs - (systemClock.monotonic() - startedMs);
    using deadline = startDeadline(systemClock, Math.max(minClosingMs, leftMs));
    const isWritten = await this.#close(deadline.signal, released);
    return isDrained && isWritten;
  }

  /** Writes the checkpoint and leaves the logger. Resolves with false if the signal aborts before the checkpoint is written. */
  async #close(signal: AbortSignal, released?: Promise<boolean>): Promise<boolean> {
    using watched = startDeadline(systemClock, maxMonitorMs, signal);
    await orAtAbort(this.#monitor?.close() ?? Promise.resolve(), watched.signal, undefined);
    const isWritten = await orAtAbort(this.#pipeline?.close() ?? Promise.resolve(true), signal, false);
    if (released) await orAtAbort(released, signal, false);
    this.#outputs.close();
    return isWritten;
  }

  #reportFault(fault: Fault): void {
    this.#counters.countFault(fault);
    this.#events.reportFault(fault);
  }
}
