/** Repeats a Kinesis call until it succeeds, for calls about the stream and its list of shards rather than one shard. */
import type { AwsError } from '../aws/error.js';
import { type Context, retry } from '../retry.js';
import { toKinesisError } from './kinesis-error.js';
import { backoffAfter } from './plan-limit.js';

/**
 * @param action the name of the call in IAM
 * @param refuse may throw, for a fault that waiting does not fix
 * @returns undefined when the signal aborted
 */
export function retryCall<Result>(
  action: string,
  request: () => Promise<Result>,
  context: Context,
  refuse?: (fault: AwsError) => void,
): Promise<Result | undefined> {
  const toFailure = (error: unknown) => {
    const fault = toKinesisError(error);
    refuse?.(fault);
    const message = `${action} failed and is retried: ${fault.message}`;
    return { stage: 'read', code: fault.kind, message, cause: fault, backoff: backoffAfter(fault.kind) } as const;
  };
  return retry(request, toFailure, context);
}
