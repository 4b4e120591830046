/** The outputs that a plugin sends through: its own, or those of the transports on a logger. */
import { backgroundClock } from '../src/clock.js';
import type { ReportFault, ReportRecovery } from '../src/faults.js';
import type { OutputStats } from '../src/output-stats.js';
import { createDirectSink } from '../src/pipeline/direct-sink.js';
import { LineOutput } from '../src/pipeline/line-output.js';
import type { RecordSink } from '../src/pipeline/open-record.js';
import { noOutput } from '../src/report/stats.js';
import type { OutputSettings } from '../src/settings/settings.js';
import { PluginStartError } from './errors.js';

export interface Outputs {
  /** The sum over all outputs. */
  readonly stats: OutputStats & { readonly hostLogsDropped: number };
  /** No flow log can pass the logger now, for a reason that only the host can fix. */
  readonly isBlocked: boolean;
  /** Opens the plugin's own output. */
  start(): void;
  /** Resolves with true when everything handed out so far is confirmed, or with false after `timeoutMs` milliseconds. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Reopens the outputs that are open. */
  reopen(): void;
  /** Delivers what the plugin's own output still holds, within `timeoutMs` milliseconds, and closes the output. */
  release(timeoutMs: number): Promise<boolean>;
  /** Removes the plugin from its logger. */
  close(): void;
  /** Guarantees that the outputs do not give, as advice for the operator. */
  advise(): readonly string[];
  /** @throws PluginStartError when flow logs have nowhere to go */
  createSink(): RecordSink;
}

export interface OutputsWiring {
  /** The plugin whose flow logs are sent. */
  readonly plugin: object;
  /** Aborts when no more rows are handed out. */
  readonly signal: AbortSignal;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  readonly onAdvice: (message: string) => void;
  /** Called when the output or the logger is closed for good. */
  readonly onClosed: (what: { readonly message: string; readonly isFault: boolean }) => void;
}

export type CreateOutputs = (wiring: OutputsWiring) => Outputs;

/** The outputs of a plugin without a logger. */
export function createDirectOutputs(
  settings: OutputSettings | undefined,
  { signal, onFault, onRecovery, onClosed }: OutputsWiring,
): Outputs {
  const output =
    settings &&
    new LineOutput(settings, {
      clock: backgroundClock,
      isHeld: true,
      onFault,
      onRecovery,
      onClosed,
    });
  return {
    get stats() {
      return { ...(output?.stats ?? noOutput), hostLogsDropped: 0 };
    },
    isBlocked: false,
    start: () => output?.start(),
    flush: async (timeoutMs) => (await output?.flush(timeoutMs)) ?? true,
    reopen: () => output?.reopen(),
    release: async (timeoutMs) => (await output?.release(timeoutMs)) ?? true,
    close() {},
    advise: () => adviseOutput(settings),
    createSink: () => createSinkFor(output, signal),
  };
}

/** Guarantees that an output of this type, or with these settings, does not give. */
export function adviseOutput(output: OutputSettings | undefined): readonly string[] {
  if (output?.type === 'tls' && output.tls.verify === 'any') {
    return ['The receiver is not verified (output.tls.verify is "any"): any server that answers gets the flow logs'];
  }
  if (output?.type === 'udp') {
    return ['Over UDP a checkpoint proves only that lines were sent; what the network drops is lost'];
  }
  return [];
}

/** @throws PluginStartError without an output */
export function createSinkFor(output: LineOutput | undefined, signal: AbortSignal): RecordSink {
  if (output) return createDirectSink({ output, signal });
  throw new PluginStartError('Flow logs have nowhere to go: set output, or use a logger with delivery: "logger"');
}
