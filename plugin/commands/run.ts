/** `run`: runs the plugin as a program, without a host app. */
import { nameOutput } from '../../src/pipeline/open-output.js';
import { PluginStartError } from '../errors.js';
import { loadSettings } from '../manifest/manifest.js';
import { Plugin } from '../plugin.js';
import { adviseUser } from './advise-user.js';
import { count } from './count.js';
import type { Diagnostics } from './diagnostics.js';
import { exitCodes } from './exit.js';
import { handleSignals } from './signals.js';
import { stopWhenStuck } from './when-stuck.js';

export interface RunOptions {
  readonly manifest: string;
  readonly once: boolean;
  /** Longest wait without progress for a run with `once`, in milliseconds. */
  readonly giveUpMs: number;
  readonly diagnostics: Diagnostics;
}

export async function runCommand({ manifest, once, giveUpMs, diagnostics }: RunOptions): Promise<number> {
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
    if (once) await untilCaughtUp(plugin, ended.signal, diagnostics);
    else await untilAborted(ended.signal);
    const isClean = await plugin.stop();
    // If the reader of the pipe closes it, the run succeeds. The next run reads the records again that the reader did not take.
    return report((isClean || isReaderGone) && !isFailed && !isStuck, plugin, diagnostics);
  } finally {
    over.abort();
    forgetSignals();
  }
}

async function untilCaughtUp(plugin: Plugin, signal: AbortSignal, diagnostics: Diagnostics): Promise<void> {
  if (plugin.isNothingToRead) {
    diagnostics.log(
      'info',
      'There was no checkpoint: the end of the stream is stored, and the next run reads from there',
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

function report(isClean: boolean, plugin: Plugin, diagnostics: Diagnostics): number {
  const { records, logEvents, output, deadLetters } = plugin.stats();
  const written = Object.values(deadLetters).reduce((sum, number) => sum + number, 0);
  const { lines } = output.delivered;
  diagnostics.log(
    'info',
    `Read ${count(records, 'record')} with ${count(logEvents, 'log event')}, delivered ${count(lines, 'line')}, wrote ${count(written, 'dead letter')}`,
  );
  if (isClean) return exitCodes.clean;
  const { lastFault } = diagnostics;
  diagnostics.log('warn', `Not everything was confirmed; the next run reads and sends the rest again${lastFault}`);
  return exitCodes.fault;
}
