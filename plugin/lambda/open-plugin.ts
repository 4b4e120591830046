/** A plugin whose records come from the events of Lambda. */
import { nameOutput } from '../../src/pipeline/open-output.js';
import { PushedSource } from '../../src/pipeline/pushed-source.js';
import { createDiagnostics, type Log } from '../commands/diagnostics.js';
import type { Plugin } from '../plugin.js';
import { createPluginWithSource } from '../plugin-with-source.js';
import type { PushedSettings } from '../pushed-settings.js';

export interface OpenPlugin {
  readonly plugin: Plugin;
  readonly source: PushedSource;
  /** Resolves when records may be pushed; rejects as `Plugin.start` does. */
  readonly started: Promise<void>;
  /** Aborts when the plugin stops, by itself or not. */
  readonly ended: AbortSignal;
  /** Lambda keeps what is written as the logs of the function. */
  readonly log: Log;
  /** ". " and the latest fault without a recovery. */
  readonly lastFault: string;
  /** Stops at once; what is unconfirmed is abandoned. */
  stop(): Promise<void>;
}

export function openPlugin(settings: PushedSettings): OpenPlugin {
  const diagnostics = createDiagnostics({ format: 'json', write: (text) => process.stderr.write(text) });
  const { plugin, source } = createPluginWithSource(settings, (wiring) => new PushedSource(wiring));
  diagnostics.watch(plugin, { output: nameOutput(settings.output) });
  const ended = new AbortController();
  plugin.on('failed', () => ended.abort());
  plugin.on('output-closed', () => ended.abort());
  const started = plugin.start();
  // The invocation that waits for it gets the error.
  started.catch(() => {});
  return {
    plugin,
    source,
    started,
    ended: ended.signal,
    log: diagnostics.log,
    get lastFault() {
      return diagnostics.lastFault;
    },
    async stop() {
      ended.abort();
      await plugin.stop();
      diagnostics.close();
    },
  };
}
