/** What went wrong with a call to Kinesis, sorted by what the caller has to do about it. */
import { describeError } from '../faults.js';

export type KinesisErrorKind =
  /** Get another iterator at the same position and go on; no fault. */
  | 'expired-iterator'
  /** Read this shard more slowly. */
  | 'throttled'
  /** Try again after a pause: the network, a name that does not resolve, an inner fault of AWS. */
  | 'transient'
  /** The stream, or one of its shards, is not there. */
  | 'not-found'
  /** AWS refuses: rights, credentials or the key of the stream. Somebody has to act, and may, so keep trying slowly. */
  | 'refused'
  /** No credentials were found at all. */
  | 'no-credentials'
  /** The position means nothing to this shard, or is too old. */
  | 'bad-position'
  /** The request itself is wrong: settings to mend. */
  | 'invalid';

export class KinesisError extends Error {
  override readonly name = 'KinesisError';
  readonly kind: KinesisErrorKind;
  /** The name that AWS or Node gave the error, such as `KMSThrottlingException` or `ECONNREFUSED`. */
  readonly code: string;

  constructor(kind: KinesisErrorKind, code: string, message: string, options: { readonly cause: unknown }) {
    super(message, options);
    this.kind = kind;
    this.code = code;
  }
}

const kindByCode: Readonly<Record<string, KinesisErrorKind>> = {
  ExpiredIteratorException: 'expired-iterator',
  ProvisionedThroughputExceededException: 'throttled',
  LimitExceededException: 'throttled',
  ThrottlingException: 'throttled',
  // The SDK does not count this one as throttling; for a reader it is the same.
  KMSThrottlingException: 'throttled',
  ResourceNotFoundException: 'not-found',
  AccessDeniedException: 'refused',
  UnrecognizedClientException: 'refused',
  InvalidSignatureException: 'refused',
  InvalidClientTokenId: 'refused',
  IncompleteSignature: 'refused',
  MissingAuthenticationToken: 'refused',
  NotAuthorized: 'refused',
  OptInRequired: 'refused',
  ExpiredToken: 'refused',
  ExpiredTokenException: 'refused',
  AccessDenied: 'refused',
  KMSAccessDeniedException: 'refused',
  KMSDisabledException: 'refused',
  KMSInvalidStateException: 'refused',
  KMSNotFoundException: 'refused',
  KMSOptInRequired: 'refused',
  CredentialsProviderError: 'no-credentials',
  TokenProviderError: 'no-credentials',
  InvalidArgumentException: 'bad-position',
  ValidationException: 'invalid',
};

/** Names that tell less than the code does; the SDK calls a connection that was reset a timeout. */
const plainNames: ReadonlySet<string | undefined> = new Set([undefined, 'Error', 'AggregateError', 'TimeoutError']);

export function toKinesisError(error: unknown): KinesisError {
  if (error instanceof KinesisError) return error;
  const { name, code } = (error ?? {}) as { readonly name?: string; readonly code?: string };
  // AWS' errors carry their kind in the name, Node's in the code.
  const id = code && plainNames.has(name) ? code : (name ?? 'Error');
  const message = describeError(error);
  return new KinesisError(kindOf(id, message), id, message === id ? id : `${id}: ${message}`, { cause: error });
}

function kindOf(id: string, message: string): KinesisErrorKind {
  // This machine's clock is wrong. The SDK takes the time from the reply and signs the next request with it.
  if (id === 'InvalidSignatureException' && /signature (expired|not yet current)/i.test(message)) return 'transient';
  // An error without any kind comes from the SDK before it sent anything, such as for a missing region.
  return kindByCode[id] ?? (id === 'Error' ? 'invalid' : 'transient');
}
