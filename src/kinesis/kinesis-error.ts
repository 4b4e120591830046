/** What went wrong with a call to Kinesis, sorted by what the caller has to do about it. */
import { type AwsErrorKind, kindOfAwsError, nameAwsError } from '../aws/error.js';

/** Of a call to Kinesis; `not-found` is the stream or one of its shards, `refused` may be the key of the stream. */
export type KinesisErrorKind =
  | AwsErrorKind
  /** Get another iterator at the same position and go on; no fault. */
  | 'expired-iterator'
  /** The position means nothing to this shard, or is too old. */
  | 'bad-position';

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
  // The SDK does not count this one as throttling; for a reader it is the same.
  KMSThrottlingException: 'throttled',
  KMSAccessDeniedException: 'refused',
  KMSDisabledException: 'refused',
  KMSInvalidStateException: 'refused',
  KMSNotFoundException: 'refused',
  KMSOptInRequired: 'refused',
  InvalidArgumentException: 'bad-position',
};

export function toKinesisError(error: unknown): KinesisError {
  if (error instanceof KinesisError) return error;
  const named = nameAwsError(error);
  return new KinesisError(kindOfAwsError(named, kindByCode), named.code, named.message, { cause: error });
}
