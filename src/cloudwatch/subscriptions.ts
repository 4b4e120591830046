/** The subscription filters of log groups: where their lines are sent. */
import {
  DescribeSubscriptionFiltersCommand,
  type SubscriptionFilter as Listed,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { toLogGroupName } from '../aws/arn.js';
import { createCall } from '../aws/call.js';
import type { ClientOptions } from '../aws/client.js';
import { readPages } from '../aws/pages.js';
import { type AwsOutput, requireFields, requireRequestId } from '../aws/response.js';
import { toLogsError } from './logs-error.js';
import { createLogsClient } from './sdk-api.js';

export type Distribution = 'by-log-stream' | 'random';

export interface SubscriptionFilter {
  readonly name: string;
  /** Empty to match every line. */
  readonly pattern: string;
  readonly destinationArn: string;
  readonly roleArn: string | undefined;
  readonly distribution: Distribution;
  /** Whether it sends the output of a log transformer instead of the original lines. */
  readonly isTransformed: boolean;
}

export type NewFilter = Pick<SubscriptionFilter, 'name' | 'pattern' | 'destinationArn' | 'distribution'> & {
  readonly roleArn: string;
};

/** Rejections are `AwsError`s. */
export interface Subscriptions {
  /** All filters of the group. */
  list(logGroup: string, signal: AbortSignal): Promise<readonly SubscriptionFilter[]>;
  /** Creates the filter, or replaces the one with its name. */
  put(logGroup: string, filter: NewFilter, signal: AbortSignal): Promise<void>;
  /** Closes connections. */
  close(): void;
}

export function createSubscriptions(options: ClientOptions): Subscriptions {
  const client = createLogsClient(options);
  const call = createCall(client, toLogsError);
  return {
    list: (logGroup, abortSignal) =>
      call(async () => {
        const logGroupName = toLogGroupName(logGroup);
        const ask = (nextToken: string | undefined) =>
          client.send(new DescribeSubscriptionFiltersCommand({ logGroupName, nextToken }), { abortSignal });
        const filters: SubscriptionFilter[] = [];
        for await (const page of readPages('DescribeSubscriptionFilters', ask, ({ nextToken }) => nextToken)) {
          const { subscriptionFilters } = requireFields(page, page, { subscriptionFilters: 'list' });
          for (const filter of subscriptionFilters) filters.push(toFilter(page, filter));
        }
        return filters;
      }, abortSignal),

    async put(logGroup, { name, pattern, destinationArn, roleArn, distribution }, abortSignal) {
      const request = new PutSubscriptionFilterCommand({
        logGroupName: toLogGroupName(logGroup),
        filterName: name,
        filterPattern: pattern,
        destinationArn,
        roleArn,
        distribution: distribution === 'random' ? 'Random' : 'ByLogStream',
      });
      await call(async () => requireRequestId(await client.send(request, { abortSignal })), abortSignal);
    },
    close: () => client.destroy(),
  };
}

function toFilter(output: AwsOutput, listed: Listed): SubscriptionFilter {
  const filter = requireFields(output, listed, { filterName: 'text', destinationArn: 'text' });
  return {
    name: filter.filterName,
    pattern: filter.filterPattern ?? '',
    destinationArn: filter.destinationArn,
    roleArn: filter.roleArn,
    distribution: filter.distribution === 'Random' ? 'random' : 'by-log-stream',
    isTransformed: filter.applyOnTransformedLogs ?? false,
  };
}
