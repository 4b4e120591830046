/**
 * Watches a running plugin, and shows what it sees: on a local socket beside the checkpoint, and over HTTP if the settings say
 * so. Nothing here can stop the flow of logs: what fails is reported, and tried again.
 */
import type { Clock } from '../../src/clock.js';
import type { ReportFault, ReportRecovery } from '../../src/faults.js';
import { regionOf } from '../../src/pipeline/clients.js';
import { nameOutput } from '../../src/pipeline/open-output.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import type { PluginEmitter } from '../../src/report/events.js';
import { History, type HistoryPoint, type Sample, sampleMs } from '../../src/report/history.js';
import { judgeHealth } from '../../src/report/judge-health.js';
import type { Stats } from '../../src/report/plugin-stats.js';
import { RecentEvents } from '../../src/report/recent-events.js';
import { type RunState, type Snapshot, snapshotFormat } from '../../src/report/snapshot.js';
import { findLagMs } from '../../src/report/stats.js';
import { totalsOf } from '../../src/report/totals.js';
import { TotalsFile } from '../../src/report/totals-file.js';
import type { InputSettings, Settings } from '../../src/settings/settings.js';
import { statusAddress } from '../../src/socket-address.js';
import { resolveFile } from '../../src/trusted-file.js';
import type { MetricsRegistry } from '../api.js';
import { packageVersion } from '../commands/package-version.js';
import { reportEvents } from '../commands/report-events.js';
import { PluginStartError } from '../errors.js';
import { redact } from '../manifest/manifest.js';
import type { HttpServer } from './http-server.js';
import { registerMetrics } from './register-metrics.js';
import { StatusSocket } from './status-socket.js';

export interface MonitorOptions {
  readonly settings: Settings;
  readonly input: InputSettings;
  /** Undefined if rows go to no output, whatever the settings say. */
  readonly output: Settings['output'];
  readonly events: PluginEmitter;
  readonly pipeline: Pick<Pipeline, 'memory' | 'timings'>;
  readonly stats: () => Stats;
  readonly state: () => RunState;
  /** Its sleeps must not keep the process alive. */
  readonly clock: Clock;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

/** Time between two writes of the totals: what a process that crashes again and again has done since counts for nothing. */
const totalsMs = 10_000;
/** Default of the setting, for health without it. */
const confirmLimitMs = 120_000;

export class Monitor {
  readonly #options: MonitorOptions;
  readonly #history = new History();
  readonly #events: RecentEvents;
  readonly #stop = new AbortController();
  readonly #started: { readonly atMs: number; readonly monotonicMs: number };
  /** Read once: a file system that hangs later must not hang the event loop. */
  readonly #version = packageVersion();
  #socket: StatusSocket | undefined;
  #http: HttpServer | undefined;
  #totals: TotalsFile | undefined;
  #totalsMs = 0;
  #watching: Promise<void> | undefined;
  readonly #registries: (() => void)[] = [];

  constructor(options: MonitorOptions) {
    const { clock, events, output } = options;
    this.#options = options;
    this.#started = { atMs: clock.now(), monotonicMs: clock.monotonic() };
    this.#events = new RecentEvents(() => clock.now());
    reportEvents(events, {
      log: this.#events.add,
      now: () => clock.monotonic(),
      output: output && nameOutput(output),
    });
  }

  /** Resolves when the socket and the port are open, or could not be opened. */
  async start(): Promise<void> {
    const { settings, input, output, onFault, onRecovery } = this.#options;
    const { checkpoint } = input;
    if (checkpoint.type !== 'memory') {
      const address = statusAddress(await resolveFile(checkpoint.path));
      const answer = () => JSON.stringify(this.snapshot());
      this.#socket = new StatusSocket({ address, answer, onFault, onRecovery });
    }
    if (settings.metrics) {
      const { HttpServer } = await import('./http-server.js');
      // Without secrets before anything else: a copy has lost which values came from files.
      const shown = { ...redact(settings), ...(!output && { output: undefined }) };
      this.#http = new HttpServer({ shown, metrics: settings.metrics, monitor: this, onFault, onRecovery });
    }
    if (this.#stop.signal.aborted) return;
    await this.#keep();
    this.#watching = this.#watch();
  }

  /** Call it when the checkpoint is open and locked. */
  async openTotals(): Promise<void> {
    const { input, clock, onFault, onRecovery } = this.#options;
    const { checkpoint } = input;
    if (checkpoint.type === 'memory') return;
    const { path: checkpointPath } = checkpoint;
    this.#totals = await TotalsFile.open({ checkpointPath, nowMs: clock.now(), onFault, onRecovery });
    this.#totalsMs = clock.monotonic();
  }

  readonly snapshot = (): Snapshot => {
    const { settings, input, output, pipeline, events, clock } = this.#options;
    const stats = this.#options.stats();
    const state = this.#options.state();
    const faults = events.faultsInForce;
    const limitMs = settings.metrics?.confirmLimitMs ?? confirmLimitMs;
    return {
      format: snapshotFormat,
      version: this.#version,
      pid: process.pid,
      atMs: clock.now(),
      startedMs: this.#started.atMs,
      uptimeMs: clock.monotonic() - this.#started.monotonicMs,
      state,
      health: judgeHealth({ state, stats, faults, confirmLimitMs: limitMs }),
      stream: input.stream,
      region: regionOf(input),
      output: output && nameOutput(output),
      pageUrl: this.#http?.url,
      stats,
      ever: this.#totals?.sum(totalsOf(stats)),
      rates: this.#history.rates(this.#toSample(stats)),
      readMemory: pipeline.memory,
      faults,
      events: this.#events.all,
      timings: pipeline.timings,
    };
  };

  /** The last hour, oldest first. */
  history(points: number): readonly HistoryPoint[] {
    return this.#history.points(this.#toSample(this.#options.stats()), points);
  }

  /**
   * Adds the metrics to a registry until this closes.
   *
   * @throws TypeError for what is no registry, PluginStartError once this is closed
   */
  collect(registry: MetricsRegistry): void {
    if (this.#stop.signal.aborted)
      throw new PluginStartError('The plugin was stopped, so there is nothing to measure', 'plugin-stopped');
    this.#registries.push(registerMetrics(registry, this.snapshot));
  }

  /** Address of the status page; undefined if it is off or not served. */
  get pageUrl(): string | undefined {
    return this.#http?.url;
  }

  /** Call it before the checkpoint is released. More calls do nothing. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const leave of this.#registries) leave();
    await Promise.all([this.#socket?.close(), this.#http?.close(), this.#watching]);
    await this.#writeTotals();
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#history.add(this.#toSample(this.#options.stats()));
      await clock.sleep(sampleMs, signal);
      if (signal.aborted) return;
      await this.#keep();
      if (clock.monotonic() - this.#totalsMs < totalsMs) continue;
      this.#totalsMs = clock.monotonic();
      await this.#writeTotals();
    }
  }

  async #keep(): Promise<void> {
    await Promise.all([this.#socket?.keep(), this.#http?.keep()]);
  }

  async #writeTotals(): Promise<void> {
    await this.#totals?.write(totalsOf(this.#options.stats()));
  }

  #toSample({ records, logEvents, output, shards }: Stats): Sample {
    const { clock, pipeline } = this.#options;
    const { lines, bytes } = output.delivered;
    const lagMs = findLagMs(Object.values(shards)) ?? 0;
    const bufferedBytes = output.memory.bytes + (pipeline.memory?.bytes ?? 0);
    return { atMs: clock.monotonic(), records, logEvents, lines, bytes, lagMs, bufferedBytes };
  }
}
