/** Checks the log groups behind the stream: their subscription filters, and the permission to fetch their events. */
import { toLogGroupName } from '../../../src/aws/arn.js';
import type { AwsWatch } from '../../../src/aws/watch.js';
import { createSubscriptions } from '../../../src/cloudwatch/subscriptions.js';
import { createCredentials, createLogsApi } from '../../../src/pipeline/clients.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import { attempt, passPermission } from './attempt.js';
import type { CheckResult } from './check-result.js';
import { judgeFilters } from './judge-filters.js';

export async function* checkLogGroups(
  input: InputSettings,
  region: string,
  { streamArn, seen }: { readonly streamArn: string; readonly seen: ReadonlySet<string> },
  { watch, signal }: { readonly watch: AwsWatch; readonly signal: AbortSignal },
): AsyncGenerator<CheckResult> {
  const { logGroups, logsEndpoint: endpoint, proxy } = input;
  if (logGroups.length === 0) return;
  const options = { region, endpoint, proxy, credentials: await createCredentials(input, { watch, signal }), watch };
  const subscriptions = createSubscriptions(options);
  const logs = await createLogsApi(input, { watch, signal });
  const toLogsCall = (logGroup: string, action: string) => ({
    action,
    resource: `log group "${logGroup}"`,
    region,
    settings: endpoint === undefined ? 'input.logGroups, input.region' : 'input.logGroups, input.logsEndpoint',
  });
  try {
    for (const logGroup of logGroups) {
      const call = toLogsCall(logGroup, 'logs:DescribeSubscriptionFilters');
      const listed = await attempt('subscription', call, () => subscriptions.list(logGroup, signal));
      const name = toLogGroupName(logGroup);
      yield listed.result ?? judgeFilters(name, listed.value, { streamArn, isSeen: seen.has(name) });
    }
    const [logGroup = ''] = logGroups;
    const call = toLogsCall(logGroup, 'logs:FilterLogEvents');
    // A second of the year 1970 has no events, so the call returns no data.
    const range = { logGroup, fromMs: 0, toMs: 1000 };
    const asked = await attempt('permission', call, () => logs.filterEvents(range, range.fromMs, undefined, signal));
    // Reading the stream does not require it.
    if (asked.result)
      yield { ...asked.result, status: 'warn', advice: `${asked.result.advice}, for backfills and gaps` };
    else yield passPermission('logs:FilterLogEvents', undefined);
  } finally {
    subscriptions.close();
    logs.close();
  }
}
