/**
 * The errors that reach a host, and what it should do about each. The stages throw them. Temporary problems are not errors but
 * faults, which are reported and retried.
 */

/** Distinguishes the errors of this package. Codes do not change between versions; messages do. */
export type ErrorCode =
  /** `ConfigurationError`: settings are wrong. Change what `faults` lists; a retry without a change fails again. */
  | 'invalid-configuration'
  /** `PluginStartError`: a setting that this use requires is missing. Set what the message names. */
  | 'incomplete-configuration'
  /** `PluginStartError`: `start` was called after `stop`. Register the plugin again. */
  | 'plugin-stopped'
  /** `PluginStartError`: the logger has ended. Register with another logger. */
  | 'logger-ended'
  /** `PluginStartError`: nothing on the logger confirms flow logs. Add a SnareTransport, or set `output`. */
  | 'no-transport'
  /** `PluginStartError`: a level, or `silent`, keeps flow logs from every SnareTransport. Let the level `info` pass. */
  | 'level-blocks'
  /** `StartError`: the stream or the log group does not exist. Check its name, the region and the account. */
  | 'not-found'
  /** `StartError`: AWS refused a call, or the key of the stream. Allow what the message names, then start again. */
  | 'access-refused'
  /** `StartError`: there are no AWS credentials. Give the host a role, or set them in its environment. */
  | 'no-credentials'
  /** `StartError`: no AWS region is known. Set `input.region`, `AWS_REGION`, or the ARN of the stream. */
  | 'no-region'
  /** `StartError`: AWS did not accept the request. Check `input`. */
  | 'invalid-request'
  /** `CheckpointError`: another process holds the checkpoint. Stop it, or start again once it has ended. */
  | 'checkpoint-locked'
  /** `CheckpointError`: the checkpoint belongs to another stream. Give each stream a checkpoint of its own. */
  | 'checkpoint-other-stream'
  /** `CheckpointError`: the stream was deleted and created again. An operator has to reset the checkpoint. */
  | 'checkpoint-stream-recreated'
  /** `CheckpointError`: neither the checkpoint nor its previous version can be read. Restore it, or reset it. */
  | 'checkpoint-unreadable'
  /** `CheckpointError`: the checkpoint, or its lock, cannot be written. Give the process the right to write there. */
  | 'checkpoint-not-written'
  /** `DeadLetterError`: a dead letter cannot be written. Free disk space, replay the file, or give the right to write there. */
  | 'dead-letter-not-written'
  /** `OutputClosedError`: the output is permanently closed. End the program, or open another output. */
  | 'output-closed'
  /** `PluginFailedError`: the plugin stopped reading, to avoid losing or mixing up records. An operator has to act. */
  | 'failed';

/** The reason why AWS does not allow reading to begin. */
export type StartErrorCode = Extract<
  ErrorCode,
  'not-found' | 'access-refused' | 'no-credentials' | 'no-region' | 'invalid-request'
>;

/**
 * Reading cannot begin, for a permanent reason: AWS refuses, or the requested resource does not exist. The message says what to
 * change before the next start.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** What to do; see `ErrorCode`. */
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Why a checkpoint cannot be used. */
export type CheckpointErrorKind =
  /** Another live process holds it. */
  | 'locked'
  /** It belongs to another stream. */
  | 'other-stream'
  /** It belongs to an earlier stream of the same name. */
  | 'stream-recreated'
  /** Neither it nor its previous version can be read. */
  | 'unreadable'
  /** It could not be written, or its path is not writable; the previous content is intact. */
  | 'not-written';

/** The checkpoint cannot be used; the message says what to do. Only `checkpoint-locked` may resolve by itself. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  /** The code without the prefix `checkpoint-`. */
  readonly kind: CheckpointErrorKind;

  constructor(kind: CheckpointErrorKind, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.kind = kind;
  }

  /** What to do; see `ErrorCode`. */
  get code(): `checkpoint-${CheckpointErrorKind}` {
    return `checkpoint-${this.kind}`;
  }
}

/**
 * A dead letter could not be written, so its record must not be passed over. Retry once there is disk space and the right to
 * write.
 */
export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError';
  /** What to do; see `ErrorCode`. */
  readonly code = 'dead-letter-not-written';
}

/** The output is permanently closed, such as a pipe whose reader has exited: a retry cannot help. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
  /** What to do; see `ErrorCode`. */
  readonly code = 'output-closed';
  /** False if that was intended, such as by a reader that has seen enough. */
  readonly isFault: boolean;

  constructor(message: string, { cause, isFault }: { readonly cause: unknown; readonly isFault: boolean }) {
    super(message, { cause });
    this.isFault = isFault;
  }
}
