/**
 * DescribeSubscriptionFilters and PutSubscriptionFilter for the fake CloudWatch Logs. Pages are in the order of names, and a
 * group can have two filters. A stream has to accept a test message before a filter is created.
 *
 *     const filters = addSubscriptionFilters(logs);
 *     filters.hasStream = (arn) => true;
 */
import type { FakeCloudWatchLogs } from './fake-cloudwatch-logs.js';
import { FakeServiceError } from './fake-kinesis-error.js';

export interface FakeFilter {
  readonly filterName: string;
  readonly filterPattern: string;
  readonly destinationArn: string;
  readonly roleArn?: string;
  readonly distribution: 'Random' | 'ByLogStream';
}

export interface FakeSubscriptionFilters {
  readonly byGroup: Map<string, FakeFilter[]>;
  perPage: number;
  /** Whether the test message arrives. */
  hasStream: (arn: string) => boolean;
  add(logGroup: string, filter: Partial<FakeFilter>): void;
}

const perGroup = 2;

export function addSubscriptionFilters(logs: FakeCloudWatchLogs): FakeSubscriptionFilters {
  const byGroup = new Map<string, FakeFilter[]>();
  const fake: FakeSubscriptionFilters = {
    byGroup,
    perPage: 50,
    hasStream: () => true,
    add(logGroup, filter) {
      const whole = { filterName: 'other', filterPattern: '', destinationArn: 'arn:other', ...filter };
      filtersOf(logGroup).push({ distribution: 'ByLogStream', ...whole });
    },
  };
  const filtersOf = (name: string): FakeFilter[] => {
    const filters = byGroup.get(name) ?? [];
    byGroup.set(name, filters);
    return filters;
  };
  logs.operations.set('DescribeSubscriptionFilters', (input) => {
    const sorted = filtersOf(logs.group(input).name).toSorted((a, b) => (a.filterName < b.filterName ? -1 : 1));
    const from = Number(input.nextToken ?? 0);
    const to = from + fake.perPage;
    return {
      subscriptionFilters: sorted.slice(from, to),
      ...(to < sorted.length && { nextToken: String(to) }),
    };
  });
  logs.operations.set('PutSubscriptionFilter', (input) => {
    const { logGroupName: _group, ...filter } = input;
    const filters = filtersOf(logs.group(input).name);
    const given = { distribution: 'ByLogStream', ...filter } as unknown as FakeFilter;
    if (!fake.hasStream(given.destinationArn)) {
      const message =
        'Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.';
      throw new FakeServiceError('InvalidParameterException', message);
    }
    const index = filters.findIndex(({ filterName }) => filterName === given.filterName);
    if (index >= 0) filters[index] = given;
    else if (filters.length >= perGroup)
      throw new FakeServiceError('LimitExceededException', 'Resource limit exceeded.');
    else filters.push(given);
    return {};
  });
  return fake;
}
