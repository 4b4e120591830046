/**
 * What has to be done so that log groups send to a stream, decided from what is wished for and what is there. What is there
 * already stays as it is; what belongs to somebody else is never changed.
 */
import type { Distribution, NewFilter, SubscriptionFilter } from '../../../src/cloudwatch/subscriptions.js';
import type { StreamSummary } from '../../../src/kinesis/stream-admin.js';
import {
  deleteFilter,
  deleteStream,
  describeLoss,
  formatCommand,
  putFilter,
  updateShards,
} from '../filter-commands.js';

export interface SetupWish {
  /** Name of the stream. */
  readonly stream: string;
  readonly region: string;
  /** Of a stream that is to be made; left out, on demand. */
  readonly shards: number | undefined;
  readonly filterName: string;
  readonly distribution: Distribution;
  /** With which CloudWatch Logs writes to the stream. */
  readonly roleArn: string | undefined;
  /** Most filters that a log group may have. */
  readonly filtersPerGroup: number;
}

export interface SetupFound {
  /** Undefined when there is none. */
  readonly stream: Pick<StreamSummary, 'arn' | 'status'> | undefined;
  /** All filters of each log group. */
  readonly groups: ReadonlyMap<string, readonly SubscriptionFilter[]>;
}

export type SetupStep = {
  /** What is done, or why nothing is, as a sentence. */
  readonly text: string;
} & (
  | { readonly type: 'keep' }
  /** What would be done if there were a role; `missingRole` is then among the problems. */
  | { readonly type: 'await-role' }
  | { readonly type: 'create-stream'; readonly undo: string }
  | {
      readonly type: 'put-filter';
      readonly logGroup: string;
      /** Its destination is the stream, whose ARN may not be known yet. */
      readonly filter: Omit<NewFilter, 'destinationArn'>;
      readonly undo: string;
    }
);

export interface SetupPlan {
  readonly steps: readonly SetupStep[];
  /** Why it cannot be done, each with what to do; nothing is begun while there is one. */
  readonly problems: readonly string[];
}

export function planSetup(wish: SetupWish, { stream, groups }: SetupFound): SetupPlan {
  const planned = [
    planStream(wish, stream),
    ...[...groups].map(([logGroup, filters]) => planGroup(wish, stream?.arn, logGroup, filters)),
  ];
  const steps = planned.filter((step) => typeof step !== 'string');
  const problems = planned.filter((step) => typeof step === 'string');
  if (steps.some(({ type }) => type === 'await-role')) problems.push(missingRole);
  return { steps, problems: [...new Set(problems)] };
}

function planStream({ stream, region, shards }: SetupWish, found: SetupFound['stream']): SetupStep | string {
  if (!found) {
    const size = shards === undefined ? 'on demand' : `with ${shards} shard${shards === 1 ? '' : 's'}`;
    const text = `Create stream "${stream}" in region "${region}", ${size}`;
    return { type: 'create-stream', text, undo: deleteStream(stream, region) };
  }
  if (found.status === 'DELETING') return `Stream "${stream}" is being deleted; wait until it is gone, and try again`;
  const size =
    shards === undefined ? '' : `, and --shards ${shards} does not change it: ${updateShards(stream, shards, region)}`;
  return { type: 'keep', text: `Stream "${stream}" is there${size}` };
}

/** A problem is a text. */
function planGroup(
  wish: SetupWish,
  streamArn: string | undefined,
  logGroup: string,
  filters: readonly SubscriptionFilter[],
): SetupStep | string {
  const own = filters.find(({ name }) => name === wish.filterName);
  if (own && own.destinationArn !== streamArn) {
    return `Filter "${own.name}" of log group "${logGroup}" sends to "${own.destinationArn}" and belongs to somebody else; give another name with --filter-name`;
  }
  const other = filters.find(({ destinationArn }) => destinationArn === streamArn);
  if (own) return planOwn(wish, logGroup, own);
  if (other) return planOther(logGroup, other);
  if (filters.length >= wish.filtersPerGroup) {
    const names = filters.map(({ name }) => `"${name}"`).join(', ');
    return `Log group "${logGroup}" has ${filters.length} subscription filters (${names}), and AWS allows ${wish.filtersPerGroup}; remove one, let one of their streams feed both readers, or give --filters-per-group where your quota is higher`;
  }
  const { filterName: name, distribution, roleArn, region } = wish;
  const what = `Let log group "${logGroup}" send every line by filter "${name}", ${describe(distribution)}`;
  if (roleArn === undefined) return { type: 'await-role', text: `${what}, as the role of --role-arn` };
  const text = `${what}, as role "${roleArn}"`;
  const filter = { name, pattern: '', distribution, roleArn };
  return { type: 'put-filter', text, logGroup, filter, undo: deleteFilter(logGroup, name, region) };
}

/** The filter of this name sends to the stream: made by an earlier set-up, perhaps with other wishes. */
function planOwn(wish: SetupWish, logGroup: string, own: SubscriptionFilter): SetupStep | string {
  const { distribution, region } = wish;
  const roleArn = wish.roleArn ?? own.roleArn;
  const changes = [
    ...(own.pattern.trim() === '' ? [] : [`an empty pattern in place of "${own.pattern}"`]),
    ...(own.distribution === distribution ? [] : [`lines ${describe(distribution)}`]),
    ...(own.roleArn === roleArn ? [] : [`role "${roleArn}" in place of "${own.roleArn}"`]),
  ];
  if (changes.length === 0) {
    return { type: 'keep', text: `Log group "${logGroup}" sends to it already, by filter "${own.name}"` };
  }
  const text = `Change filter "${own.name}" of log group "${logGroup}": ${changes.join(', ')}`;
  if (roleArn === undefined) return { type: 'await-role', text };
  const filter = { name: own.name, pattern: '', distribution, roleArn };
  const before = { ...own, roleArn: own.roleArn ?? roleArn };
  return { type: 'put-filter', text, logGroup, filter, undo: putFilter(logGroup, before, region) };
}

/** A second filter to the same stream would bring every line twice. */
function planOther(logGroup: string, other: SubscriptionFilter): SetupStep {
  const loss = describeLoss(other.pattern);
  const but =
    loss === undefined
      ? ''
      : `; ${loss}; it is left as it is, unless you run ${formatCommand('kinesis-snare setup', { 'filter-name': other.name })}`;
  return { type: 'keep', text: `Log group "${logGroup}" sends to it already, by filter "${other.name}"${but}` };
}

export const missingRole =
  'A subscription filter needs a role with which CloudWatch Logs writes to the stream; make one as below, and give its ARN with --role-arn';

function describe(distribution: Distribution): string {
  return distribution === 'random' ? 'spread at random' : 'kept together by log stream';
}
