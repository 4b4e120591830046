/**
 * The signals of a running plugin. The first SIGTERM, SIGINT or SIGQUIT stops the plugin. A later one ends the process with 128
 * plus the number of the signal, or by the signal itself; shells show both in the same way. SIGHUP reopens the output and
 * SIGUSR2 prints the statistics; neither stops the plugin.
 */
import { constants } from 'node:os';
import { untouchedMs } from '../drain.js';
import type { Plugin } from '../plugin.js';
import type { Diagnostics } from './diagnostics.js';
import { forgetEarlySignals, listenToSignals, type Signal } from './early-signals.js';
import { endNow } from './exit.js';

export interface SignalTargets {
  readonly plugin: Pick<Plugin, 'stop' | 'reopen' | 'stats' | 'snapshot'>;
  readonly diagnostics: Pick<Diagnostics, 'log' | 'logJson'>;
  readonly drainTimeoutMs: number;
  /** Called at the first stop signal, before the plugin stops. */
  readonly onStop: () => void;
}

/** `timeout` and shells signal a process and then its group. A second signal this soon is the same request. */
const sameRequestMs = 500;

/** SIGQUIT would leave a memory dump, which contains secrets and flow logs. */
function toFatal(signal: Signal): 'SIGTERM' | 'SIGINT' | 'SIGKILL' {
  return signal === 'SIGTERM' || signal === 'SIGINT' ? signal : 'SIGKILL';
}

/** @returns removes the listeners */
export function handleSignals({ plugin, diagnostics, drainTimeoutMs, onStop }: SignalTargets): () => void {
  let stoppingMs: number | undefined;
  const stop = (signal: Signal) => {
    const nowMs = performance.now();
    if (stoppingMs !== undefined) {
      // The operator no longer wants to wait for a clean stop.
      if (nowMs - stoppingMs > sameRequestMs) endNow(toFatal(signal), 128 + constants.signals[signal]);
      return;
    }
    stoppingMs = nowMs;
    const untouched =
      untouchedMs < drainTimeoutMs ? `, or ${untouchedMs / 1000} s if the output never took a line` : '';
    const message = `${signal}: stopping; waiting up to ${drainTimeoutMs / 1000} s for confirmations${untouched}`;
    diagnostics.log('info', `${message}. Send it again to quit now`);
    onStop();
    void plugin.stop();
  };
  const reopen = () => {
    diagnostics.log('info', 'SIGHUP: reopening the output and reading its certificates again');
    plugin.reopen();
  };
  const report = () => diagnostics.logJson('Statistics', { stats: plugin.stats(), ...plugin.snapshot() });
  const forget = listenToSignals({ SIGTERM: stop, SIGINT: stop, SIGQUIT: stop, SIGHUP: reopen, SIGUSR2: report });
  forgetEarlySignals();
  return forget;
}
