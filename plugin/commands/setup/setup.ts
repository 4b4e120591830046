/** `setup`: creates the stream and the subscription filters that send flow logs to it. Shows a plan; `--yes` carries it out. */
import { accountOf, isArn, parseArn, toLogGroupName, toStreamName } from '../../../src/aws/arn.js';
import { AwsClock } from '../../../src/aws/aws-clock.js';
import { type AwsCall, describeAwsError, retryWithAwsTime } from '../../../src/aws/explain.js';
import { AwsWatch } from '../../../src/aws/watch.js';
import { systemClock } from '../../../src/clock.js';
import {
  createSubscriptions,
  type Distribution,
  type SubscriptionFilter,
  type Subscriptions,
} from '../../../src/cloudwatch/subscriptions.js';
import { CheckpointError } from '../../../src/errors.js';
import { createStreamAdmin, type StreamAdmin, type StreamSummary } from '../../../src/kinesis/stream-admin.js';
import type { DynamoTable } from '../../../src/lease/dynamo-table.js';
import { createCredentials, describePlain, regionOf } from '../../../src/pipeline/clients.js';
import { isAuto } from '../../../src/pipeline/open-formats.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import { PluginStartError } from '../../errors.js';
import { loadSettings } from '../../manifest/manifest.js';
import { judgeClock } from '../check/judge-clock.js';
import type { Diagnostics } from '../diagnostics.js';
import { CommandError, exitCodes } from '../exit.js';
import type { Screen } from '../screen.js';
import { toStreamCall } from '../stream-call.js';
import { checkRole } from './check-role.js';
import { doSetup } from './do-setup.js';
import { formatPlan, formatProgramPolicy, formatRole, formatUndo } from './format-setup.js';
import { missingRole, planSetup, type SetupFound, type SetupRequest } from './plan-setup.js';

export interface SetupOptions {
  readonly manifest: string;
  readonly isAgreed: boolean;
  /** Replaces the log groups of the manifest unless it is empty. */
  readonly logGroups: readonly string[];
  readonly shards: number | undefined;
  readonly roleArn: string | undefined;
  readonly filterName: string;
  readonly distribution: Distribution;
  readonly filtersPerGroup: number;
  readonly write: (text: string) => void;
  /** Where the plan is shown; default: a pipe. */
  readonly screen?: Screen;
  readonly diagnostics: Pick<Diagnostics, 'log'>;
}

export async function setupCommand(options: SetupOptions): Promise<number> {
  checkRole(options.roleArn);
  const { input } = loadSettings(options.manifest).settings;
  if (!input) throw new PluginStartError(`There is no stream to set up: set config.input in "${options.manifest}"`);
  const { stream, region, endpoint, proxy } = input;
  const { log } = options.diagnostics;
  const clock = new AwsClock(systemClock);
  const watch = new AwsWatch(clock, (origin) => {
    const { message, advice } = describePlain(origin);
    log('warn', `${message}; ${advice}`);
  });
  const credentials = await createCredentials(input, { watch });
  const admin = createStreamAdmin({ stream, region, endpoint, proxy, credentials, watch });
  try {
    const home = await explained(toStreamCall(input, regionOf(input), 'sts:AssumeRole'), async () => {
      const { accountId } = await admin.identity(new AbortController().signal);
      return { region: await admin.region(), accountId };
    });
    const subscriptions = createSubscriptions({
      region: home.region,
      endpoint: input.logsEndpoint,
      proxy,
      credentials,
      watch,
    });
    const table = await openTable(input, watch);
    try {
      return await setUp(input, home, { admin, subscriptions, table }, options);
    } finally {
      subscriptions.close();
      table?.close();
    }
  } finally {
    const judged = judgeClock(clock.localAheadMs);
    if (judged) log('warn', `${judged.message}; ${judged.advice}`);
    admin.close();
  }
}

interface Home {
  readonly region: string;
  /** Undefined if the credentials do not reveal it. */
  readonly accountId: string | undefined;
}

interface Services {
  readonly admin: StreamAdmin;
  readonly subscriptions: Subscriptions;
  readonly table: DynamoTable | undefined;
}

/** Undefined if no fleet shares the stream. */
async function openTable(input: InputSettings, watch: AwsWatch): Promise<DynamoTable | undefined> {
  if (input.checkpoint.type !== 'dynamodb') return undefined;
  const { createLeaseTable } = await import('../../../src/pipeline/fleet/open-lease-table.js');
  return createLeaseTable(input, input.checkpoint, { watch });
}

async function setUp(input: InputSettings, home: Home, services: Services, options: SetupOptions): Promise<number> {
  const { region } = home;
  const { isAgreed, write, diagnostics } = options;
  const { signal } = new AbortController();
  const logGroups = (options.logGroups.length > 0 ? options.logGroups : input.logGroups).map(toLogGroupName);
  const call = toStreamCall(input, region, 'kinesis:DescribeStreamSummary');
  const stream = await explained(call, () => services.admin.describe(signal));
  const tableName = input.checkpoint.type === 'dynamodb' ? input.checkpoint.table : undefined;
  const tableCall = { ...call, action: 'dynamodb:DescribeTable', resource: `table "${tableName}"` };
  const hasTable = await explained(tableCall, async () => (await services.table?.describe(signal)) !== undefined);
  const consumer = input.fanOut?.consumer;
  const consumerCall = { ...call, action: 'kinesis:DescribeStreamConsumer', rights: 'kinesis:DescribeStreamConsumer' };
  const foundConsumer =
    stream && consumer !== undefined
      ? await explained(consumerCall, () => services.admin.describeConsumer(stream.arn, consumer, signal))
      : undefined;
  const groups = await listFilters(services.subscriptions, logGroups, region, signal);
  const request: SetupRequest = { ...options, stream: toStreamName(input.stream), table: tableName, consumer, region };
  const plan = planSetup(request, { stream, hasTable, consumer: foundConsumer, groups });
  write(`${formatPlan(plan, options.screen)}\n`);
  if (logGroups.length === 0) {
    diagnostics.log('warn', 'No log group is named, so no filter is planned; set input.logGroups or use --log-group');
  }
  const { steps, problems } = plan;
  const isAnythingToDo = steps.some(({ type }) => type !== 'keep');
  const isRoleMissing = problems.includes(missingRole);
  if (isAnythingToDo) {
    const needsRole = isRoleMissing || steps.some(({ type }) => type === 'put-filter');
    write(describePolicies(input, home, request, logGroups, stream, needsRole));
  }
  // Users usually look at the plan before they create the role.
  if (problems.length > (isRoleMissing && !isAgreed ? 1 : 0)) {
    diagnostics.log('error', 'The plan has a problem, so nothing was changed; see the lines that begin with "!"');
    return exitCodes.fault;
  }
  if (!isAnythingToDo) {
    diagnostics.log('info', 'Everything is set up; nothing was changed');
    return exitCodes.clean;
  }
  if (!isAgreed) {
    const needed = isRoleMissing ? '--role-arn and --yes' : '--yes';
    diagnostics.log('info', `Nothing was changed. To carry out the plan, run setup with ${needed}`);
    return exitCodes.clean;
  }
  const { done, failure } = await doSetup(plan, request, {
    ...services,
    clock: systemClock,
    signal,
    onDone: ({ text }) => diagnostics.log('info', `Done: ${text}`),
    onWait: (message) => diagnostics.log('info', message),
  });
  write(formatUndo(done));
  if (failure === undefined) return exitCodes.clean;
  diagnostics.log('error', failure);
  return exitCodes.fault;
}

async function listFilters(
  subscriptions: Subscriptions,
  logGroups: readonly string[],
  region: string,
  signal: AbortSignal,
): Promise<SetupFound['groups']> {
  const groups = new Map<string, readonly SubscriptionFilter[]>();
  for (const logGroup of logGroups) {
    const resource = `log group "${logGroup}"`;
    const settings = 'input.logGroups, input.region';
    const call = { action: 'logs:DescribeSubscriptionFilters', resource, region, settings };
    groups.set(logGroup, await explained(call, () => subscriptions.list(logGroup, signal)));
  }
  return groups;
}

function describePolicies(
  input: InputSettings,
  { region, accountId }: Home,
  { stream, table, consumer, roleArn }: SetupRequest,
  logGroups: readonly string[],
  found: StreamSummary | undefined,
  needsRole: boolean,
): string {
  const { partition = 'aws' } = parseArn(found?.arn ?? roleArn ?? '') ?? {};
  const account = accountOf(found?.arn) ?? accountOf(roleArn) ?? accountId ?? 'ACCOUNT';
  // The AWS-managed key requires no policy.
  const keyArn = found?.key !== undefined && isArn(found.key) ? found.key : undefined;
  const needs = { logGroups, keyArn, looksUpFormats: isAuto(input), table, consumer };
  const place = { partition, region, account, stream };
  const role = needsRole ? `${formatRole(place, needs)}\n` : '';
  return `${role}${formatProgramPolicy(place, needs)}\n`;
}

async function explained<Result>(call: AwsCall, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await retryWithAwsTime(ask);
  } catch (error) {
    // A table of another shape is no fault of the call.
    const why = error instanceof CheckpointError ? error.message : describeAwsError(error, call);
    throw new CommandError(`${why}. Nothing was changed`, { cause: error });
  }
}
