/** Refuses a logger through which no flow log could ever be confirmed. */
import type { Settings } from '../settings.js';
import { PluginStartError } from '../start-error.js';
import { flowLogLevel, type HostLogger, transportsFor } from './logger-sink.js';

/** @throws PluginStartError that says what to change */
export function refuseLogger(logger: HostLogger, acknowledge: Settings['acknowledge'], plugin: object): void {
  if (acknowledge === 'handed-over') return;
  const transports = transportsFor(logger, plugin);
  if (transports.length === 0) {
    throw new PluginStartError(
      'No transport of the logger acknowledges flow logs: set output, add a SnareTransport of your own (one that another register added takes only the flow logs of its plugin), or set acknowledge: "handed-over" to let checkpoints pass without confirmation',
    );
  }
  if (logger.silent || !transports.some((transport) => transport.accepts(logger, flowLogLevel))) {
    throw new PluginStartError(
      `The levels of the logger let no flow log through to a SnareTransport: flow logs have the level "${flowLogLevel}"; raise the level of the logger or of the transport, unset silent, or set delivery: "direct"`,
    );
  }
}
