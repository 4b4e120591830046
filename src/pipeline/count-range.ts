/** Counts the log events that CloudWatch Logs has of a range, by the hour of their time. */
import { toStartError } from '../aws/explain.js';
import type { AwsWatch } from '../aws/watch.js';
import { toFilterCall, toLogsError } from '../cloudwatch/logs-error.js';
import { backoffAfter, Pace } from '../cloudwatch/pace.js';
import { type RangePage, readRangePages } from '../cloudwatch/range-pages.js';
import type { LogRange } from '../log-range.js';
import { type Context, retry } from '../retry.js';
import type { InputSettings } from '../settings/settings.js';
import { toHour } from '../tally.js';
import { createLogsApi } from './clients.js';

export interface CountRangeOptions extends Context {
  readonly watch: AwsWatch;
  readonly onPage: (page: RangePage) => void;
}

export interface CountedRange {
  /** Events by hour since 1970; hours without any are left out. */
  readonly hours: ReadonlyMap<number, number>;
  /** The account of the credentials, if it is known without a call to AWS. */
  readonly accountId: string | undefined;
}

/** Resolves with undefined if the signal aborts. Rejects with a `StartError` for a fault that waiting does not fix. */
export async function countRange(
  range: LogRange,
  input: InputSettings,
  options: CountRangeOptions,
): Promise<CountedRange | undefined> {
  const { watch, clock, signal } = options;
  const api = await createLogsApi(input, { watch, signal });
  const hours = new Map<number, number>();
  let region: string | undefined;
  try {
    const account = await retry(() => api.account(signal), toFailure, options);
    region = account?.region;
    const isRead = await readRangePages({
      ...options,
      api,
      range,
      pace: new Pace(clock),
      take: async (events) => {
        for (const { timestamp } of events) {
          const hour = toHour(timestamp);
          hours.set(hour, (hours.get(hour) ?? 0) + 1);
        }
        return true;
      },
    });
    return isRead ? { hours, accountId: account?.accountId } : undefined;
  } catch (error) {
    throw toStartError(error, toFilterCall(range.logGroup, region));
  } finally {
    api.close();
  }
}

function toFailure(error: unknown) {
  const fault = toLogsError(error);
  if (fault.isHopeless) throw error;
  const message = `Counting waits for credentials: ${fault.message}`;
  return { stage: 'read', code: fault.kind, message, cause: fault, backoff: backoffAfter(fault.kind) } as const;
}
