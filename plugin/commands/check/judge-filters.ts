/** Whether the subscription filters of a log group bring all of its flow logs to the stream, each once. */
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
  /** Whether lines of the group are in the sample: they come somehow. */
  readonly isSeen: boolean;
}

/** @param filters all of the group */
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
    const message = `"${logGroup}" has ${others.length + 1} filters to the stream, so its lines arrive that often: ${names}`;
    return {
      name,
      status: 'warn',
      message,
      advice: `remove all but one: ${deleteFilter(logGroup, filter.name)}`,
      details,
    };
  }
  const how = distribution === 'random' ? 'at random, without order' : 'by log stream';
  const message = `"${logGroup}" sends to the stream by filter "${filter.name}", distributed ${how}`;
  const loss = describeLoss(pattern);
  if (loss === undefined && !filter.isTransformed) return { name, status: 'pass', message, details };
  const what = loss ?? 'it sends what a transformer made of the lines, which may fit no format';
  const advice = `${adviseSetup(filter)} gives the filter an empty pattern`;
  return { name, status: 'warn', message: `${message}, but ${what}`, ...(loss !== undefined && { advice }), details };
}

function judgeWithout(
  logGroup: string,
  filters: readonly SubscriptionFilter[],
  isSeen: boolean,
): Pick<CheckResult, 'status' | 'message' | 'advice'> {
  if (isSeen) {
    const how = 'by a destination or by a policy of the account';
    return { status: 'pass', message: `"${logGroup}" has no filter to the stream, but its lines are there, ${how}` };
  }
  const remote = filters.find(({ destinationArn }) => parseArn(destinationArn)?.resource.startsWith('destination:'));
  if (remote) {
    const message = `"${logGroup}" sends to the destination "${remote.destinationArn}"; whether that is this stream cannot be seen from here`;
    return { status: 'warn', message, advice: 'look at its target with aws logs describe-destinations' };
  }
  const message = `"${logGroup}" has no subscription filter that sends to the stream`;
  return { status: 'fail', message, advice: adviseFilter(filters) };
}

/** Set-up changes the filter that it is given the name of, and no other. */
function adviseSetup({ name, distribution }: SubscriptionFilter): string {
  return formatCommand('kinesis-snare setup', {
    'filter-name': name === defaultFilterName ? undefined : name,
    distribution: distribution === 'random' ? distribution : undefined,
  });
}

/** @param filters none of which sends to the stream */
function adviseFilter(filters: readonly SubscriptionFilter[]): string {
  const isTaken = filters.some(({ name }) => name === defaultFilterName);
  const isFull = filters.length >= defaultFiltersPerGroup;
  const setup = formatCommand('kinesis-snare setup', {
    'filter-name': isTaken ? 'NAME' : undefined,
    'filters-per-group': isFull ? 'N' : undefined,
  });
  const taken = isTaken ? `, since filter "${defaultFilterName}" sends elsewhere` : '';
  if (!isFull) return `${setup} makes one${taken}`;
  const names = filters.map(({ name }) => `"${name}"`).join(', ');
  return `remove one of ${names}, since AWS allows a log group ${defaultFiltersPerGroup} filters, or let one of their streams feed both readers; where your quota is higher, ${setup} makes one${taken}`;
}
