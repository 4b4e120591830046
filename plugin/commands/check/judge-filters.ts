/** Judges whether the subscription filters of a log group send all of its flow logs to the stream, each once. */
import { parseArn } from '../../../src/aws/arn.js';
import type { SubscriptionFilter } from '../../../src/cloudwatch/subscriptions.js';
import {
  defaultFilterName,
  defaultFiltersPerGroup,
  deleteFilter,
  describeLoss,
  formatCommand,
} from '../filter-commands.js';
import type { CheckResult } from './check-result.js';

export interface FilterContext {
  readonly streamArn: string;
  /** Whether the sample contains lines of the group, so that they arrive in some way. */
  readonly isSeen: boolean;
}

/** @param filters all filters of the group */
export function judgeFilters(
  logGroup: string,
  filters: readonly SubscriptionFilter[],
  { streamArn, isSeen }: FilterContext,
): CheckResult {
  const name = 'subscription';
  const details = { logGroup, filters };
  const [filter, ...others] = filters.filter(({ destinationArn }) => destinationArn === streamArn);
  if (!filter) return { name, ...judgeWithout(logGroup, filters, isSeen), details };
  const { distribution, pattern } = filter;
  if (others.length > 0) {
    const names = [filter, ...others].map((one) => `"${one.name}"`).join(', ');
    const message = `Log group "${logGroup}" has ${others.length + 1} filters to the stream (${names}), so each line arrives ${others.length + 1} times`;
    return {
      name,
      status: 'warn',
      message,
      advice: `remove all but one: ${deleteFilter(logGroup, filter.name)}`,
      details,
    };
  }
  const how = distribution === 'random' ? 'at random, without order' : 'by log stream';
  const message = `Log group "${logGroup}" sends to the stream with filter "${filter.name}", distributed ${how}`;
  const loss = describeLoss(pattern);
  if (loss === undefined && !filter.isTransformed) return { name, status: 'pass', message, details };
  const what = loss ?? 'it sends lines that a transformer has changed, which may match no format';
  const advice = `run ${adviseSetup(filter)} to give the filter an empty pattern`;
  return { name, status: 'warn', message: `${message}, but ${what}`, ...(loss !== undefined && { advice }), details };
}

function judgeWithout(
  logGroup: string,
  filters: readonly SubscriptionFilter[],
  isSeen: boolean,
): Pick<CheckResult, 'status' | 'message' | 'advice'> {
  if (isSeen) {
    const how = 'through a destination or an account policy';
    return {
      status: 'pass',
      message: `Log group "${logGroup}" has no filter to the stream, but its lines arrive, ${how}`,
    };
  }
  const remote = filters.find(({ destinationArn }) => parseArn(destinationArn)?.resource.startsWith('destination:'));
  if (remote) {
    const message = `Log group "${logGroup}" sends to the destination "${remote.destinationArn}"; this account cannot see whether that is this stream`;
    return { status: 'warn', message, advice: 'check its target with aws logs describe-destinations' };
  }
  const message = `Log group "${logGroup}" has no subscription filter that sends to the stream`;
  return { status: 'fail', message, advice: adviseFilter(filters) };
}

/** Setup changes only the filter that has the given name. */
function adviseSetup({ name, distribution }: SubscriptionFilter): string {
  return formatCommand('npx kinesis-snare setup', {
    'filter-name': name === defaultFilterName ? undefined : name,
    distribution: distribution === 'random' ? distribution : undefined,
  });
}

/** @param filters the filters of the group, none of which sends to the stream */
function adviseFilter(filters: readonly SubscriptionFilter[]): string {
  const isTaken = filters.some(({ name }) => name === defaultFilterName);
  const isFull = filters.length >= defaultFiltersPerGroup;
  const setup = formatCommand('npx kinesis-snare setup', {
    'filter-name': isTaken ? 'NAME' : undefined,
    'filters-per-group': isFull ? 'N' : undefined,
  });
  const taken = isTaken ? `, since filter "${defaultFilterName}" sends elsewhere` : '';
  if (!isFull) return `run ${setup} to create one${taken}`;
  const names = filters.map(({ name }) => `"${name}"`).join(', ');
  return `remove one of ${names}, since AWS allows ${defaultFiltersPerGroup} filters for a log group, or let one of their streams feed both readers; if your quota is higher, run ${setup} to create one${taken}`;
}
