/** `backfill`: reads past flow logs from CloudWatch Logs and sends them through the same pipeline to the same output. */
import type { LogRange } from '../../src/log-range.js';
import { BackfillSource } from '../../src/pipeline/backfill-source.js';
import { nameOutput } from '../../src/pipeline/open-output.js';
import { orAtAbort } from '../../src/waiters.js';
import { PluginStartError } from '../errors.js';
import { loadSettings } from '../manifest/manifest.js';
import { Plugin } from '../plugin.js';
import { toProgress } from './backfill-progress.js';
import { count } from './count.js';
import type { Diagnostics } from './diagnostics.js';
import { CommandError, exitCodes, UsageError } from './exit.js';
import { reportProgress } from './progress.js';
import { handleSignals } from './signals.js';
import type { StatusLine } from './status-line.js';
import { stopWhenStuck } from './when-stuck.js';

export interface BackfillOptions {
  readonly manifest: string;
  readonly logGroup: string;
  readonly logStreamPrefix?: string;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  /** Longest time without progress, in milliseconds. */
  readonly giveUpMs: number;
  readonly logFormat: 'text' | 'json';
  readonly statusLine: StatusLine;
  readonly diagnostics: Diagnostics;
}

/** Flow logs can reach CloudWatch Logs this long after the start of the flow. */
const lateMs = 20 * 60_000;

export async function backfillCommand(options: BackfillOptions): Promise<number> {
  const { manifest, diagnostics } = options;
  const range = toRange(options);
  const { settings } = loadSettings(manifest);
  if (!settings.input)
    throw new PluginStartError(
      `There is no input, whose region a backfill requires: set config.input in "${manifest}"`,
    );
  if (!settings.output) throw new PluginStartError(`There is no output: set config.output in "${manifest}"`);
  const sources: BackfillSource[] = [];
  // The operator names the log group here.
  const input = { ...settings.input, otherLogGroups: 'accept' } as const;
  const plugin = new Plugin({ ...settings, input }, undefined, (wiring) => {
    const source = new BackfillSource(range, wiring, (nowMs) => warnOfLateLogs(range, nowMs, diagnostics));
    sources.push(source);
    return source;
  });
  const [source] = sources;
  if (!source) throw new TypeError('The plugin made no source');
  diagnostics.watch(plugin, { output: nameOutput(settings.output) });
  return runBackfill(plugin, source, range, options, settings.drainTimeoutMs);
}

function warnOfLateLogs({ toMs }: LogRange, nowMs: number, { log }: Diagnostics): void {
  if (toMs <= nowMs - lateMs) return;
  const message = 'Flow logs reach CloudWatch Logs up to 20 minutes late; those that are not there yet are not sent';
  log('warn', `--to is ${toMs > nowMs ? 'in the future' : 'less than 20 minutes ago'}. ${message}`);
}

async function runBackfill(
  plugin: Plugin,
  source: BackfillSource,
  range: LogRange,
  options: BackfillOptions,
  drainTimeoutMs: number,
): Promise<number> {
  const { diagnostics, giveUpMs } = options;
  const ended = new AbortController();
  const over = new AbortController();
  const steps = () => source.backfill.steps;
  void stopWhenStuck(plugin, { giveUpMs, diagnostics, signal: over.signal, steps }).then(() => ended.abort());
  plugin.on('output-closed', () => ended.abort());
  const forgetSignals = handleSignals({ plugin, diagnostics, drainTimeoutMs, onStop: () => ended.abort() });
  let endProgress = () => {};
  try {
    await plugin.start();
    reportStart(source, range, diagnostics);
    endProgress = reportRange(source, range, options);
    if (await orAtAbort(source.whenRead(), ended.signal, false)) await plugin.whenCaughtUp(ended.signal);
    const isClean = await plugin.stop();
    endProgress();
    return report(isClean, plugin, source, range, diagnostics);
  } catch (error) {
    endProgress();
    await plugin.stop();
    const { events, resumed } = source.backfill;
    if (!(error instanceof Error) || (events === 0 && !resumed)) throw error;
    throw new CommandError(`${error.message}. The position is kept; run the same command to continue`, {
      cause: error,
    });
  } finally {
    over.abort();
    forgetSignals();
  }
}

function toRange({ logGroup, logStreamPrefix, from, to }: BackfillOptions): LogRange {
  const [fromMs, toMs] = [toMilliseconds('--from', from), toMilliseconds('--to', to)];
  if (fromMs >= toMs) throw new UsageError(`Expected --from before --to, got --from "${from}" and --to "${to}"`);
  return { logGroup, ...(logStreamPrefix !== undefined && { logStreamPrefix }), fromMs, toMs };
}

function toMilliseconds(option: string, text: string): number {
  const expected = `Expected an RFC 3339 time with its zone for ${option}, such as 2026-01-15T08:00:00Z or 2026-01-15T08:00:00+10:00`;
  const parts = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?$/.exec(text);
  const isZoned = parts?.[3] !== undefined;
  const ms = isZoned ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (parts && !isZoned) throw new UsageError(`${expected}, got "${text}" without one; add Z for UTC`);
  if (Number.isNaN(ms)) throw new UsageError(`${expected}, got "${text}"`);
  return ms;
}

function reportStart(source: BackfillSource, range: LogRange, { log }: Diagnostics): void {
  const { resumed, atMs } = source.backfill;
  const what = `the backfill of log group "${range.logGroup}" from ${toTime(range.fromMs)} to ${toTime(range.toMs)}`;
  if (!resumed) {
    log('info', `Starting ${what}`);
    return;
  }
  const before = `${count(resumed.events, 'log event')} ${resumed.events === 1 ? 'was' : 'were'} confirmed before`;
  log('info', `Continuing ${what} at ${toTime(atMs)}; ${before}`);
}

function reportRange(source: BackfillSource, { fromMs, toMs }: LogRange, options: BackfillOptions): () => void {
  const startedMs = performance.now();
  const startMs = source.backfill.atMs;
  return reportProgress(options, () => {
    const { atMs, events } = source.backfill;
    const elapsedMs = performance.now() - startedMs;
    return { ...toProgress({ fromMs, toMs, startMs, atMs, events, elapsedMs }), fields: { atMs, events } };
  });
}

function report(
  isClean: boolean,
  plugin: Plugin,
  source: BackfillSource,
  { logGroup, fromMs, toMs }: LogRange,
  { log, lastFault }: Diagnostics,
): number {
  const { events, repeats, resumed, isComplete } = source.backfill;
  const { output, deadLetters } = plugin.stats();
  const written = Object.values(deadLetters).reduce((sum, number) => sum + number, 0);
  const earlier = resumed ? ` after ${resumed.events.toLocaleString('en')} in earlier runs` : '';
  const repeated = repeats > 0 ? `, left out ${count(repeats, 'duplicate')}` : '';
  const range = `log group "${logGroup}" from ${toTime(fromMs)} to ${toTime(toMs)}`;
  const delivered = `Delivered ${count(output.delivered.lines, 'line')}, wrote ${count(written, 'dead letter')}`;
  log('info', `Read ${count(events, 'log event')} of ${range}${earlier}. ${delivered}${repeated}`);
  if (isClean && isComplete) return exitCodes.clean;
  log('warn', `The backfill is not complete; run the same command to continue${lastFault}`);
  return exitCodes.fault;
}

function toTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
