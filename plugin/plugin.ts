/**
 * The plugin of a host app: a pipeline from the stream to the outputs, which are those of the host's logger or one of its own.
 * It emits events and never logs, exits or touches the process.
 */
import { setMaxListeners } from 'node:events';
import { systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { Fault } from '../src/faults.js';
import { Pipeline } from '../src/pipeline/pipeline.js';
import type { CreateSource } from '../src/pipeline/source.js';
import { PluginEmitter, type PluginEvents } from '../src/report/events.js';
import { Counters, count, type Stats } from '../src/report/stats.js';
import type { Settings } from '../src/settings/settings.js';
import { orAtAbort } from '../src/waiters.js';
import type { Plugin as PluginApi } from './api.js';
import { drain } from './drain.js';
import { PluginStartError } from './errors.js';
import { type CreateOutputs, createDirectOutputs, type Outputs } from './outputs.js';

/** Time between two looks at whether everything is caught up. */
const lookMs = 200;

/** The part of `drainTimeoutMs` that a stop keeps for the checkpoint, and the least that it gives it. */
const closingShare = 0.2;
const maxClosingMs = 2000;
const minClosingMs = 1000;

export class Plugin implements PluginApi {
  readonly #settings: Settings;
  readonly #events = new PluginEmitter();
  readonly #counters = new Counters();
  readonly #outputs: Outputs;
  readonly #pipeline: Pipeline | undefined;
  /** Aborts what waits for room, once a stop has waited long enough. */
  readonly #cut = new AbortController();
  #starting: Promise<void> | undefined;
  #giveUpStart = () => {};
  #stopping: Promise<boolean> | undefined;
  /** Set by a stop, but not by a start that failed. */
  #isStopped = false;
  #isNothingToRead = false;

  /**
   * @param createOutputs left out, flow logs go straight to the output
   * @param createSource left out, the stream of the input is read
   */
  constructor(settings: Settings, createOutputs?: CreateOutputs, createSource?: CreateSource) {
    this.#settings = settings;
    // One listener for each row that waits; their number is bounded elsewhere.
    setMaxListeners(0, this.#cut.signal);
    // A stop from within an event must not wait for the one that emits it.
    this.#events.on('failed', () => setImmediate(() => this.stop()));
    const { input, output } = settings;
    const create = createOutputs ?? ((wiring) => createDirectOutputs(output, wiring));
    this.#outputs = create({
      plugin: this,
      signal: this.#cut.signal,
      onFault: (fault) => this.#reportFault(fault),
      onRecovery: (what) => this.#events.reportRecovery(what),
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
      return Promise.reject(new PluginStartError(message, 'plugin-stopped'));
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Resolves with true when all that was handed out so far is confirmed, with false after `timeoutMs` milliseconds. */
  flush(timeoutMs = this.#settings.drainTimeoutMs): Promise<boolean> {
    return this.#outputs.flush(timeoutMs);
  }

  /**
   * Opens the output again, as SIGHUP does on the command line: a file that was moved away, and a connection whose
   * certificates were renewed. Nothing is lost; what is not confirmed yet may be sent twice. Before the start, and without an
   * output, it does nothing.
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
      shards: this.#pipeline?.shards ?? {},
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
      if ((await this.#pipeline?.isCaughtUp()) !== false && (this.#pipeline?.pending ?? 0) === 0) return true;
      await systemClock.sleep(lookMs, signal);
    }
    return false;
  }

  async #start(): Promise<void> {
    const sink = this.#pipeline && this.#outputs.createSink();
    for (const message of this.#outputs.advise()) this.#events.emit('advice', { message });
    this.#outputs.start();
    try {
      this.#isNothingToRead = (sink && (await this.#pipeline?.start(sink))) ?? false;
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
    const isIdle = this.#outputs.stats.buffered.lines === 0;
    const released = this.#outputs.release(isIdle ? 0 : drainTimeoutMs);
    await orAtAbort(this.#pipeline?.stopReading() ?? Promise.resolve(), deadline.signal, undefined);
    return this.#close(deadline.signal, isIdle ? released : undefined);
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

  /** Writes the checkpoint and leaves the logger. Resolves with false when the signal aborts before it is written. */
  async #close(signal: AbortSignal, released?: Promise<boolean>): Promise<boolean> {
    const isWritten = await orAtAbort(this.#pipeline?.close() ?? Promise.resolve(true), signal, false);
    if (released) await orAtAbort(released, signal, false);
    this.#outputs.close();
    return isWritten;
  }

  #reportFault(fault: Fault): void {
    count(this.#counters.faults, fault.code);
    this.#events.reportFault(fault);
  }
}
