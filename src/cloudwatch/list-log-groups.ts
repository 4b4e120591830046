/** The log groups of an account in a region, for a user who chooses some. A run does not require the permission. */
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { createCall } from '../aws/call.js';
import type { ClientOptions } from '../aws/client.js';
import { readPages } from '../aws/pages.js';
import { requireFields } from '../aws/response.js';
import { toLogsError } from './logs-error.js';
import { createLogsClient } from './sdk-api.js';

/** An account may have a million. */
const maxGroups = 1000;

/** The names of the first 1000, in the order of AWS. Rejects with an `AwsError`. */
export async function listLogGroups(options: ClientOptions, abortSignal: AbortSignal): Promise<readonly string[]> {
  const client = createLogsClient(options);
  const call = createCall(client, toLogsError);
  try {
    return await call(async () => {
      const ask = (nextToken: string | undefined) =>
        client.send(new DescribeLogGroupsCommand({ nextToken }), { abortSignal });
      const names: string[] = [];
      for await (const page of readPages('DescribeLogGroups', ask, ({ nextToken }) => nextToken)) {
        const { logGroups } = requireFields(page, page, { logGroups: 'list' });
        for (const group of logGroups) names.push(requireFields(page, group, { logGroupName: 'text' }).logGroupName);
        if (names.length >= maxGroups) break;
      }
      return names;
    }, abortSignal);
  } finally {
    client.destroy();
  }
}
