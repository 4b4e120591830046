/** `run`: runs the plugin as a program, without a host app. */
import { nameOutput } from '../../src/pipeline/open-output.js';
import { PluginStartError } from '../errors.js';
import { loadSettings } from '../manifest/manifest.js';
import { Plugin } from '../plugin.js';
import { adviseUser } from './advise-user.js';
import type { Diagnostics } from './diagnostics.js';
import { exitCodes } from './exit.js';
import type { ProgressTarget } from './progress.js';
import { formatTotals, reportCatchUp, reportTotals } from './run-totals.js';
import { handleSignals } from './signals.js';
import { stopWhenStuck } from './when-stuck.js';

export interface RunOptions extends ProgressTarget {
  readonly manifest: string;
  readonly once: boolean;
  /** Longest wait without progress for a run with `once`, in milliseconds. */
  readonly giveUpMs: number;
  /** Time between two lines of totals of a run without `once`, in milliseconds; 0 for never. */
  readonly statsIntervalMs: number;
  readonly diagnostics: Diagnostics;
}

export async function runCommand(options: RunOptions): Promise<number> {
  const { manifest, once, giveUpMs, diagnostics } = options;
  const { settings } = loadSettings(manifest);
  if (!settings.input) throw new PluginStartError(`There is no input: set config.input in "${manifest}"`);
  if (!settings.output) throw new PluginStartError(`There is no output: set config.output in "${manifest}"`);
  const plugin = new Plugin(settings);
  diagnostics.watch(plugin, { output: nameOutput(settings.output) });

  const ended = new AbortController();
  let isReaderGone = false;
  plugin.on('output-closed', ({ isFault }) => {
    isReaderGone = !isFault;
    ended.abort();
  });
  let isFailed = false;
  plugin.on('failed', () => {
    isFailed = true;
    ended.abort();
  });
  const { drainTimeoutMs } = settings;
  const forgetSignals = handleSignals({ plugin, diagnostics, drainTimeoutMs, onStop: () => ended.abort() });
  const over = new AbortController();
  let isStuck = false;
  let endReport = () => {};
  if (once) {
    void stopWhenStuck(plugin, { giveUpMs, diagnostics, signal: over.signal }).then((isStopped) => {
      isStuck = isStopped;
      ended.abort();
    });
  }
  try {
    const advice = adviseUser(process.getuid?.());
    if (advice !== undefined) diagnostics.log('warn', advice, { code: 'advice' });
    diagnostics.log('info', `Reading stream "${settings.input.stream}"`);
    await plugin.start();
    if (plugin.pageUrl !== undefined)
      diagnostics.log('info', `Metrics, health and the status page are at ${plugin.pageUrl}`);
    endReport = once ? reportCatchUp(plugin, options) : reportTotals(plugin, options.statsIntervalMs, diagnostics.log);
    if (once) await untilCaughtUp(plugin, ended.signal, diagnostics);
    else await untilAborted(ended.signal);
    const isClean = await plugin.stop();
    endReport();
    // If the reader of the pipe closes it, the run succeeds. The next run reads the records again that the reader did not take.
    diagnostics.log('info', formatTotals(plugin.stats()));
    if ((isClean || isReaderGone) && !isFailed && !isStuck) return exitCodes.clean;
    // The message of a plugin that stopped by itself says why, and the next run may refuse to start.
    if (!isFailed) {
      const message = 'Not everything was confirmed; the next run reads and sends the rest again';
      diagnostics.log('error', `${message}${diagnostics.lastFault}`);
    }
    return exitCodes.fault;
  } finally {
    endReport();
    over.abort();
    forgetSignals();
  }
}

async function untilCaughtUp(plugin: Plugin, signal: AbortSignal, diagnostics: Diagnostics): Promise<void> {
  if (plugin.isNothingToRead) {
    diagnostics.log(
      'info',
      'There was no checkpoint. The end of the stream is stored as the position, and the next run reads from there',
    );
    return;
  }
  await plugin.whenCaughtUp(signal);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // A listener alone does not keep the process alive, nor does an idle stream.
  const alive = setInterval(() => {}, 60_000);
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => {
      clearInterval(alive);
      resolve();
    }),
  );
}
