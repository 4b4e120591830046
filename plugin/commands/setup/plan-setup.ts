/**
 * Plans the steps that make log groups send to a stream, from the options and from what exists. Existing resources stay as they
 * are, and a filter that sends elsewhere is never changed.
 */
import type { Distribution, NewFilter, SubscriptionFilter } from '../../../src/cloudwatch/subscriptions.js';
import type { ConsumerSummary } from '../../../src/kinesis/sdk-fan-out-api.js';
import type { StreamSummary } from '../../../src/kinesis/stream-admin.js';
import { count } from '../count.js';
import {
  deleteFilter,
  deleteStream,
  deregisterConsumer,
  describeLoss,
  formatCommand,
  putFilter,
  updateShards,
} from '../filter-commands.js';

export interface SetupRequest {
  /** Name of the stream. */
  readonly stream: string;
  readonly region: string;
  /** Name of the lease table; undefined if no fleet shares the stream. */
  readonly table?: string | undefined;
  /** Name of the consumer; undefined if the stream is polled. */
  readonly consumer?: string | undefined;
  /** For a new stream; undefined means on demand. */
  readonly shards: number | undefined;
  readonly filterName: string;
  readonly distribution: Distribution;
  /** The role with which CloudWatch Logs writes to the stream. */
  readonly roleArn: string | undefined;
  /** Most filters that AWS allows for a log group. */
  readonly filtersPerGroup: number;
}

export interface SetupFound {
  /** Undefined if the stream does not exist. */
  readonly stream: Pick<StreamSummary, 'arn' | 'status'> | undefined;
  /** Whether the lease table exists. */
  readonly hasTable?: boolean;
  /** Undefined if the stream does not have the consumer. */
  readonly consumer?: ConsumerSummary | undefined;
  /** All filters of each log group. */
  readonly groups: ReadonlyMap<string, readonly SubscriptionFilter[]>;
}

export type SetupStep = {
  /** What the step does, or why it does nothing, as a sentence. */
  readonly text: string;
} & (
  | {
      readonly type: 'keep';
      /** A command that changes the existing resource. */
      readonly change?: string;
    }
  /** The step would do this with a role. `missingRole` is then among the problems. */
  | { readonly type: 'await-role' }
  | { readonly type: 'create-stream'; readonly undo: string }
  | { readonly type: 'create-table'; readonly undo: string }
  | { readonly type: 'register-consumer'; readonly name: string; readonly undo: string }
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
  /** Why the plan cannot be carried out, each with advice. Nothing is changed while there is a problem. */
  readonly problems: readonly string[];
}

export function planSetup(
  request: SetupRequest,
  { stream, hasTable = false, consumer, groups }: SetupFound,
): SetupPlan {
  const planned = [
    planStream(request, stream),
    ...planConsumer(request, consumer),
    ...planTable(request, hasTable),
    ...[...groups].map(([logGroup, filters]) => planGroup(request, stream?.arn, logGroup, filters)),
  ];
  const steps = planned.filter((step) => typeof step !== 'string');
  const problems = planned.filter((step) => typeof step === 'string');
  if (steps.some(({ type }) => type === 'await-role')) problems.push(missingRole);
  return { steps, problems: [...new Set(problems)] };
}

function planStream({ stream, region, shards }: SetupRequest, found: SetupFound['stream']): SetupStep | string {
  if (!found) {
    const size = shards === undefined ? 'on demand' : `with ${count(shards, 'shard')}`;
    const text = `Create stream "${stream}" in region "${region}", ${size}`;
    return { type: 'create-stream', text, undo: deleteStream(stream, region) };
  }
  if (found.status === 'DELETING')
    return `Stream "${stream}" is being deleted; wait until it is gone, and run setup again`;
  const text = `Stream "${stream}" exists`;
  if (shards === undefined) return { type: 'keep', text };
  return {
    type: 'keep',
    text: `${text}; --shards ${shards} does not change it`,
    change: updateShards(stream, shards, region),
  };
}

/** Nothing for a stream that is polled. */
function planConsumer(
  { consumer: name, stream, region }: SetupRequest,
  found: ConsumerSummary | undefined,
): readonly (SetupStep | string)[] {
  if (name === undefined) return [];
  if (found?.status === 'DELETING')
    return [`Consumer "${name}" is being deleted; wait until it is gone, and run setup again`];
  if (found) return [{ type: 'keep', text: `Consumer "${name}" of the stream is registered` }];
  const text = `Register consumer "${name}" of the stream for enhanced fan-out, which AWS charges for by the shard and hour, and by the data`;
  return [{ type: 'register-consumer', name, text, undo: deregisterConsumer(stream, name, region) }];
}

/** Nothing for a stream that no fleet shares. */
function planTable({ table, region }: SetupRequest, hasTable: boolean): readonly SetupStep[] {
  if (table === undefined) return [];
  const recovery = formatCommand('aws dynamodb update-continuous-backups', {
    'table-name': table,
    'point-in-time-recovery-specification': 'PointInTimeRecoveryEnabled=true',
    region,
  });
  if (hasTable) return [{ type: 'keep', text: `Lease table "${table}" exists; for backups of it`, change: recovery }];
  const text = `Create lease table "${table}" in region "${region}", on demand; for backups of it, run afterwards: ${recovery}`;
  return [
    { type: 'create-table', text, undo: formatCommand('aws dynamodb delete-table', { 'table-name': table, region }) },
  ];
}

/** @returns a string for a problem */
function planGroup(
  request: SetupRequest,
  streamArn: string | undefined,
  logGroup: string,
  filters: readonly SubscriptionFilter[],
): SetupStep | string {
  const own = filters.find(({ name }) => name === request.filterName);
  if (own && own.destinationArn !== streamArn) {
    return `Filter "${own.name}" of log group "${logGroup}" sends to "${own.destinationArn}", so it is not changed; choose another name with --filter-name`;
  }
  const other = filters.find(({ destinationArn }) => destinationArn === streamArn);
  if (own) return planOwn(request, logGroup, own);
  if (other) return planOther(logGroup, other);
  if (filters.length >= request.filtersPerGroup) {
    const names = filters.map(({ name }) => `"${name}"`).join(', ');
    return `Log group "${logGroup}" has ${filters.length} subscription filters (${names}), and AWS allows ${request.filtersPerGroup}; remove one, or let one of their streams feed both readers. If your quota is higher, use --filters-per-group`;
  }
  const { filterName: name, distribution, roleArn, region } = request;
  const what = `Create filter "${name}" on log group "${logGroup}", which sends every line to the stream, ${describe(distribution)}`;
  if (roleArn === undefined) return { type: 'await-role', text: `${what}, with the role of --role-arn` };
  const text = `${what}, with role "${roleArn}"`;
  const filter = { name, pattern: '', distribution, roleArn };
  return { type: 'put-filter', text, logGroup, filter, undo: deleteFilter(logGroup, name, region) };
}

/** The filter with this name already sends to the stream. An earlier setup created it, perhaps with other options. */
function planOwn(request: SetupRequest, logGroup: string, own: SubscriptionFilter): SetupStep | string {
  const { distribution, region } = request;
  const roleArn = request.roleArn ?? own.roleArn;
  const changes = [
    ...(own.pattern.trim() === '' ? [] : [`an empty pattern instead of "${own.pattern}"`]),
    ...(own.distribution === distribution ? [] : [`lines ${describe(distribution)}`]),
    ...(own.roleArn === roleArn ? [] : [describeRole(roleArn, own.roleArn)]),
  ];
  if (changes.length === 0) {
    return { type: 'keep', text: `Log group "${logGroup}" already sends to the stream, with filter "${own.name}"` };
  }
  const text = `Change filter "${own.name}" of log group "${logGroup}": ${changes.join(', ')}`;
  if (roleArn === undefined) return { type: 'await-role', text };
  const filter = { name: own.name, pattern: '', distribution, roleArn };
  const before = { ...own, roleArn: own.roleArn ?? roleArn };
  return { type: 'put-filter', text, logGroup, filter, undo: putFilter(logGroup, before, region) };
}

/** A second filter to the same stream would send every line a second time. */
function planOther(logGroup: string, other: SubscriptionFilter): SetupStep {
  const loss = describeLoss(other.pattern);
  const text = `Log group "${logGroup}" already sends to the stream, with filter "${other.name}"`;
  if (loss === undefined) return { type: 'keep', text };
  const change = formatCommand('npx kinesis-snare setup', { 'filter-name': other.name });
  return { type: 'keep', text: `${text}, but ${loss}`, change };
}

export const missingRole =
  'A subscription filter requires a role with which CloudWatch Logs writes to the stream; create it as below, and pass its ARN with --role-arn';

/** @param before undefined for a filter that was created without a role */
function describeRole(role: string | undefined, before: string | undefined): string {
  return before === undefined ? `role "${role}"` : `role "${role}" instead of "${before}"`;
}

function describe(distribution: Distribution): string {
  return distribution === 'random' ? 'distributed at random' : 'distributed by log stream';
}
