/** What is different about the errors of Kinesis; `not-found` is the stream or one of its shards. */
import { type AwsError, toAwsError } from '../aws/error.js';

const kinds = { ExpiredIteratorException: 'expired-iterator', InvalidArgumentException: 'bad-position' } as const;

export function toKinesisError(error: unknown): AwsError {
  return toAwsError(error, kinds);
}
