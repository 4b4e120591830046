/** What a plugin sends through: one output of its own, or those of the transports on a logger. */
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
  /** Of all of them together. */
  readonly stats: OutputStats & { readonly hostLogsDropped: number };
  /** No flow log would get through the logger now, for a reason that only the host can remove. */
  readonly isBlocked: boolean;
  /** Opens the plugin's own. */
  start(): void;
  /** Resolves with true when all that was handed out so far is confirmed, with false after `timeoutMs` milliseconds. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Opens again what is open. */
  reopen(): void;
  /** Delivers what the plugin's own has, within `timeoutMs` milliseconds, and closes it. */
  release(timeoutMs: number): Promise<boolean>;
  /** Takes the plugin off its logger. */
  close(): void;
  /** What an operator may not expect of them. */
  advise(): readonly string[];
  /** @throws PluginStartError when flow logs have nowhere to go */
  createSink(): RecordSink;
}

export interface OutputsWiring {
  /** Whose flow logs they are. */
  readonly plugin: object;
  /** Aborts when nothing more is to be handed out. */
  readonly signal: AbortSignal;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  readonly onAdvice: (message: string) => void;
  /** The output, or the logger, is gone for good. */
  readonly onClosed: (what: { readonly message: string; readonly isFault: boolean }) => void;
}

export type CreateOutputs = (wiring: OutputsWiring) => Outputs;

/** Without a logger. */
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
      onRecovery: () => onRecovery({ stage: 'deliver' }),
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

/** What the type of an output, or its settings, cannot promise. */
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
