/** What the credentials of the user can see: the region, its streams, and the log groups with those that send to a stream. */
import { toStreamName } from '../../../src/aws/arn.js';
import { AwsClock } from '../../../src/aws/aws-clock.js';
import { AwsError } from '../../../src/aws/error.js';
import { describeAwsError, retryWithAwsTime } from '../../../src/aws/explain.js';
import { AwsWatch } from '../../../src/aws/watch.js';
import { systemClock } from '../../../src/clock.js';
import { listLogGroups } from '../../../src/cloudwatch/list-log-groups.js';
import { createSubscriptions } from '../../../src/cloudwatch/subscriptions.js';
import { listStreams } from '../../../src/kinesis/list-streams.js';
import { createStreamAdmin } from '../../../src/kinesis/stream-admin.js';
import { createCredentials } from '../../../src/pipeline/clients.js';
import type { InputSettings } from '../../../src/settings/settings.js';

export interface FoundGroup {
  readonly name: string;
  /** Whether a filter of it sends to the stream. */
  readonly sends: boolean;
}

/** What was found, or why nothing was, as a sentence with what to do. */
export type Found<Item> = { readonly items: readonly Item[]; readonly problem?: undefined } | Problem;
interface Problem {
  readonly items?: undefined;
  readonly problem: string;
}

/** More log groups are listed without a look at their filters. */
const maxFilterLookUps = 50;
const throttledMs = 1000;
const maxAttempts = 5;

const { signal } = new AbortController();
const createWatch = () => new AwsWatch(new AwsClock(systemClock), () => {});

/** The region of the AWS environment; undefined if none is set. */
export async function findRegion(): Promise<string | undefined> {
  const admin = createStreamAdmin({ stream: '' });
  try {
    return await admin.region();
  } catch {
    return undefined;
  } finally {
    admin.close();
  }
}

/** @param input with the region */
export function findStreams(input: InputSettings): Promise<Found<string>> {
  const { region, endpoint } = input;
  return find('kinesis:ListStreams', 'the streams', input, async () => {
    const watch = createWatch();
    return listStreams({ region, endpoint, credentials: await createCredentials(input, { watch }), watch }, signal);
  });
}

/** Log groups that send to the stream come first, then those that seem to have flow logs. */
export function findLogGroups(input: InputSettings): Promise<Found<FoundGroup>> {
  const { region, logsEndpoint: endpoint, stream } = input;
  return find('logs:DescribeLogGroups', 'the log groups', input, async () => {
    const watch = createWatch();
    const options = { region, endpoint, credentials: await createCredentials(input, { watch }), watch };
    const names = [...(await listLogGroups(options, signal))].sort((left, right) => rank(left) - rank(right));
    const subscriptions = createSubscriptions(options);
    try {
      const groups: FoundGroup[] = [];
      for (const [index, name] of names.entries()) {
        const list = () => patiently(() => subscriptions.list(name, signal));
        const filters = index < maxFilterLookUps ? await list() : [];
        const isTarget = (arn: string) => toStreamName(arn) === toStreamName(stream);
        groups.push({ name, sends: filters.some(({ destinationArn }) => isTarget(destinationArn)) });
      }
      return groups.sort((left, right) => Number(right.sends) - Number(left.sends));
    } finally {
      subscriptions.close();
    }
  });
}

function rank(logGroup: string): number {
  return /flow|vpc|transit/i.test(logGroup) ? 0 : 1;
}

async function find<Item>(
  action: string,
  resource: string,
  { region }: InputSettings,
  ask: () => Promise<readonly Item[]>,
): Promise<Found<Item>> {
  try {
    return { items: await retryWithAwsTime(() => patiently(ask)) };
  } catch (error) {
    const settings = '--region and --endpoint';
    return { problem: describeAwsError(error, { action, resource, region, settings, isBeforeManifest: true }) };
  }
}

async function patiently<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof AwsError) || error.kind !== 'throttled' || attempt === maxAttempts) throw error;
      await systemClock.sleep(throttledMs, signal);
    }
  }
}
