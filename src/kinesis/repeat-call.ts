/** Repeats a call to Kinesis that is not about one shard until it succeeds: the stream and the list of its shards. */

import type { AwsError } from '../aws/error.js';
import type { Clock } from '../clock.js';
import type { ReportFault, ReportRecovery } from '../faults.js';
import { toKinesisError } from './kinesis-error.js';
import { faultPauseMs } from './plan-limit.js';

export interface RepeatOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
  readonly signal: AbortSignal;
}

/**
 * @param action the call as IAM writes it
 * @param refuse may throw, for a fault that waiting does not mend
 * @returns undefined when the signal aborted
 */
export async function repeatCall<Result>(
  action: string,
  request: () => Promise<Result>,
  { clock, random, onFault, onRecovery, signal }: RepeatOptions,
  refuse?: (fault: AwsError) => void,
): Promise<Result | undefined> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const result = await request();
      if (attempt > 1) onRecovery({ stage: 'read' });
      return result;
    } catch (error) {
      if (signal.aborted) return undefined;
      const fault = toKinesisError(error);
      refuse?.(fault);
      const retryMs = faultPauseMs(fault.kind, attempt, random());
      const message = `${action} failed and is tried again: ${fault.message}`;
      onFault({ stage: 'read', code: fault.kind, message, attempt, retryMs, cause: fault });
      await clock.sleep(retryMs, signal);
    }
  }
  return undefined;
}
