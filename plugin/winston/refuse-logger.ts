/** Refuses a logger through which no flow log could ever be confirmed. */
import type { Settings } from '../../src/settings/settings.js';
import { PluginStartError } from '../errors.js';
import { findBlock } from './find-block.js';
import { isClosed } from './find-stopped.js';
import { type HostLogger, transportsFor } from './host-logger.js';

/** @throws PluginStartError that says what to change */
export function refuseLogger(logger: HostLogger, acknowledge: Settings['acknowledge'], plugin: object): void {
  if (isClosed(logger))
    throw new PluginStartError('The logger has ended and takes nothing more; register with another', 'logger-ended');
  if (acknowledge === 'handed-over') return;
  const transports = transportsFor(logger, plugin);
  if (transports.length === 0) {
    throw new PluginStartError(
      'No transport of the logger acknowledges flow logs: set output, add a SnareTransport of your own (one that another register added takes only the flow logs of its plugin), or set acknowledge: "handed-over" to let checkpoints pass without confirmation',
      'no-transport',
    );
  }
  const block = findBlock(logger, transports);
  if (!block) return;
  const message = `${block.reason}, so no flow log reaches a SnareTransport: ${block.advice}`;
  throw new PluginStartError(message, block.code);
}
