/** Every error that this package throws at a host, with the error classes of the plugin itself. Any other error is a bug. */
import type { ErrorCode } from '../src/errors.js';

export { ConfigurationError, type ConfigurationFault } from '../src/configuration-error.js';
export {
  CheckpointError,
  type CheckpointErrorKind,
  DeadLetterError,
  type ErrorCode,
  OutputClosedError,
  StartError,
  type StartErrorCode,
} from '../src/errors.js';

/** Why a plugin cannot start with its current settings or logger. */
export type PluginStartErrorCode = Extract<
  ErrorCode,
  'incomplete-configuration' | 'plugin-stopped' | 'logger-ended' | 'no-transport' | 'level-blocks'
>;

/**
 * The plugin cannot start with its current settings or logger. The message says what to change; a retry without a change fails
 * again.
 */
export class PluginStartError extends Error {
  override readonly name = 'PluginStartError';
  /** What to do; see `ErrorCode`. */
  readonly code: PluginStartErrorCode;

  constructor(message: string, code: PluginStartErrorCode = 'incomplete-configuration') {
    super(message);
    this.code = code;
  }
}

/**
 * Reading stopped because continuing would lose or mix up records. The message says why and what to do. The loop over a
 * `FlowLogInput` throws it after a `failed` event; a plugin only emits the event. An operator has to act before the next start.
 */
export class PluginFailedError extends Error {
  override readonly name = 'PluginFailedError';
  /** What to do; see `ErrorCode`. */
  readonly code = 'failed';
}
