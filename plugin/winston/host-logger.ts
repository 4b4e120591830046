/** The members of winston's Logger that the plugin requires, and the transports of the logger that matter. */
import type { HostLogger } from '../api.js';
import { SnareTransport } from './snare-transport.js';

const methods = ['write', 'add', 'remove', 'once', 'removeListener'] as const;

/** @throws TypeError that says what a logger is, if the value is not one */
export function requireLogger(value: unknown): asserts value is HostLogger {
  const logger = Object(value) as Partial<HostLogger>;
  const isLogger = methods.every((method) => typeof logger[method] === 'function') && Array.isArray(logger.transports);
  if (!isLogger) {
    throw new TypeError(
      'register expects a logger of winston as its first argument, such as winston.createLogger() makes it; console and winston itself are none',
    );
  }
}

/** Every SnareTransport that the logger pipes to. */
export function snareTransports(logger: HostLogger): readonly SnareTransport[] {
  return logger.transports.filter((transport) => transport instanceof SnareTransport);
}

/** The SnareTransports of the logger that take the flow logs of a plugin. */
export function transportsFor(logger: HostLogger, plugin: object): readonly SnareTransport[] {
  return snareTransports(logger).filter((transport) => transport.takesFrom(plugin));
}
