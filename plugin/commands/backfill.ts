/** `backfill`: reads past flow logs from CloudWatch Logs and sends them through the same pipeline to the same output. */
import type { LogRange } from '../../src/log-range.js';
import { BackfillSource } from '../../src/pipeline/backfill-source.js';
import { nameOutput } from '../../src/pipeline/open-output.js';
import { sumOf } from '../../src/report/stats.js';
import type { InputSettings } from '../../src/settings/settings.js';
import { hourMs } from '../../src/tally.js';
import { orAtAbort } from '../../src/waiters.js';
import { PluginStartError } from '../errors.js';
import { loadSettings } from '../manifest/manifest.js';
import type { Plugin } from '../plugin.js';
import { createPluginWithSource } from '../plugin-with-source.js';
import { reportRangeProgress } from './backfill-progress.js';
import { count } from './count.js';
import { countExisting } from './count-existing.js';
import type { Diagnostics } from './diagnostics.js';
import { CommandError, exitCodes, UsageError } from './exit.js';
import { formatBackfill, formatTime } from './format-backfill.js';
import { formatColumns, formatHour } from './format-columns.js';
import { parseTime } from './parse-time.js';
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
  /** Whether to count only. */
  readonly dryRun: boolean;
  readonly write: (text: string) => void;
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
  const request = toRequest(options);
  const { range } = request;
  const { settings } = loadSettings(manifest);
  if (!settings.input)
    throw new PluginStartError(`A backfill requires the region of an input: set config.input in "${manifest}"`);
  if (options.dryRun) return countOnly(range, settings.input, options);
  if (!settings.output) throw new PluginStartError(`There is no output: set config.output in "${manifest}"`);
  // The operator names the log group here.
  const input = { ...settings.input, otherLogGroups: 'accept' } as const;
  const warn = (nowMs: number) => warnOfLateLogs(range, nowMs, diagnostics);
  const { plugin, source } = createPluginWithSource(
    { ...settings, input },
    (wiring) => new BackfillSource(range, wiring, warn),
  );
  diagnostics.watch(plugin, { output: nameOutput(settings.output) });
  return runBackfill(plugin, source, request, options, settings.drainTimeoutMs);
}

function warnOfLateLogs({ toMs }: LogRange, nowMs: number, { log }: Diagnostics): void {
  if (toMs <= nowMs - lateMs) return;
  const message = 'Flow logs reach CloudWatch Logs up to 20 minutes late; those that are not there yet are not sent';
  log('warn', `--to is ${toMs > nowMs ? 'in the future' : 'less than 20 minutes ago'}. ${message}`);
}

async function runBackfill(
  plugin: Plugin,
  source: BackfillSource,
  request: Request,
  options: BackfillOptions,
  drainTimeoutMs: number,
): Promise<number> {
  const { diagnostics, giveUpMs } = options;
  const { range, again } = request;
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
    endProgress = reportRangeProgress(options, range, source.backfill.atMs, () => source.backfill);
    if (await orAtAbort(source.whenRead(), ended.signal, false)) await plugin.whenCaughtUp(ended.signal);
    const isClean = await plugin.stop();
    endProgress();
    return report(isClean, plugin, source, request, diagnostics);
  } catch (error) {
    endProgress();
    await plugin.stop();
    const { events, resumed } = source.backfill;
    if (!(error instanceof Error) || (events === 0 && !resumed)) throw error;
    throw new CommandError(`${error.message}. The position is kept; run ${again} to continue`, {
      cause: error,
    });
  } finally {
    over.abort();
    forgetSignals();
  }
}

interface Request {
  readonly range: LogRange;
  /** The command that continues it: relative times mean another range later. */
  readonly again: string;
}

function toRequest({ manifest, logGroup, logStreamPrefix, from, to }: BackfillOptions): Request {
  const nowMs = Date.now();
  const [start, end] = [parseTime('--from', from, nowMs), parseTime('--to', to, nowMs)];
  if (start.ms >= end.ms) throw new UsageError(`Expected --from before --to, got --from "${from}" and --to "${to}"`);
  const prefix = logStreamPrefix === undefined ? {} : { logStreamPrefix };
  const range: LogRange = { logGroup, ...prefix, fromMs: start.ms, toMs: end.ms };
  const isRelative = start.isRelative || end.isRelative;
  return { range, again: isRelative ? formatBackfill(range, manifest) : 'the same command' };
}

/** Counts what would be sent, by hour. */
async function countOnly(range: LogRange, input: InputSettings, options: BackfillOptions): Promise<number> {
  const { hours } = await countExisting(range, input, options);
  const sorted = [...hours].sort(([left], [right]) => left - right);
  const sum = sorted.reduce((all, [, events]) => all + events, 0);
  const rows = sorted.map(([hour, events]) => [formatHour(hour * hourMs), events.toLocaleString('en')]);
  options.write(formatColumns([['HOUR (UTC)', 'LOG EVENTS'], ...rows, ['ALL', sum.toLocaleString('en')]]));
  const { logGroup, fromMs, toMs } = range;
  const what = `log group "${logGroup}" from ${formatTime(fromMs)} to ${formatTime(toMs)}`;
  options.diagnostics.log('info', `A backfill of ${what} would send ${count(sum, 'log event')}; nothing was sent`);
  return exitCodes.clean;
}

function reportStart(source: BackfillSource, range: LogRange, { log }: Diagnostics): void {
  const { resumed, atMs } = source.backfill;
  const what = `the backfill of log group "${range.logGroup}" from ${formatTime(range.fromMs)} to ${formatTime(range.toMs)}`;
  if (!resumed) {
    log('info', `Starting ${what}`);
    return;
  }
  const before = `${count(resumed.events, 'log event')} ${resumed.events === 1 ? 'was' : 'were'} confirmed before`;
  log('info', `Continuing ${what} at ${formatTime(atMs)}; ${before}`);
}

function report(
  isClean: boolean,
  plugin: Plugin,
  source: BackfillSource,
  { range: { logGroup, fromMs, toMs }, again }: Request,
  { log, lastFault }: Diagnostics,
): number {
  const { events, repeats, resumed, isComplete } = source.backfill;
  const { output, deadLetters } = plugin.stats();
  const earlier = resumed ? ` after ${resumed.events.toLocaleString('en')} in earlier runs` : '';
  const repeated = repeats > 0 ? `, left out ${count(repeats, 'duplicate')}` : '';
  const range = `log group "${logGroup}" from ${formatTime(fromMs)} to ${formatTime(toMs)}`;
  const delivered = `Delivered ${count(output.delivered.lines, 'line')}, wrote ${count(sumOf(deadLetters), 'dead letter')}`;
  log('info', `Read ${count(events, 'log event')} of ${range}${earlier}. ${delivered}${repeated}`);
  if (isClean && isComplete) return exitCodes.clean;
  log('error', `The backfill is not complete; run ${again} to continue${lastFault}`);
  return exitCodes.fault;
}
