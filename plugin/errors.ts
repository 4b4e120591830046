/** Every error that this package throws at a host, and those of the way in. Anything else that it throws is a defect. */
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

/** Why a plugin cannot start as it is set up. */
export type PluginStartErrorCode = Extract<
  ErrorCode,
  'incomplete-configuration' | 'plugin-stopped' | 'logger-ended' | 'no-transport' | 'level-blocks' | 'transport-stopped'
>;

/** The plugin cannot start as it is set up; the message says what to change. To start again without a change cannot help. */
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
 * Reading stopped by itself, rather than lose or mix up records; the message says why and what to do. Thrown by the loop over
 * a `FlowLogInput`, after a `failed` event; a plugin only emits the event. An operator has to act before the next start.
 */
export class PluginFailedError extends Error {
  override readonly name = 'PluginFailedError';
  /** What to do; see `ErrorCode`. */
  readonly code = 'failed';
}
