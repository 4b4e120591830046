/**
 * CloudWatch Logs through the AWS SDK. One attempt per call, since hidden retries of the SDK would use up the account's five
 * requests a second.
 */
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { isArn } from '../aws/arn.js';
import { createCall } from '../aws/call.js';
import { type ClientOptions, toClientConfig } from '../aws/client.js';
import { requireFields } from '../aws/response.js';
import { watchCalls } from '../aws/watch-calls.js';
import type { EventsPage, LogsApi } from './api.js';
import { toLogsError } from './logs-error.js';

/** The service takes a while to answer a search over many log streams. */
const requestTimeoutMs = 60_000;

/** A client that makes one attempt per call. */
export function createLogsClient(options: ClientOptions): CloudWatchLogsClient {
  const client = new CloudWatchLogsClient({ maxAttempts: 1, ...toClientConfig(options, requestTimeoutMs) });
  return watchCalls(client, options.watch);
}

export function createSdkApi(options: ClientOptions): LogsApi {
  const client = createLogsClient(options);
  const call = createCall(client, toLogsError);
  return {
    account: (abortSignal) =>
      call(async () => {
        const { accountId } = await client.config.credentials();
        return { accountId, region: await client.config.region() };
      }, abortSignal),

    filterEvents: ({ logGroup, logStreamPrefix, toMs }, startMs, token, abortSignal) =>
      call(async () => {
        const request = new FilterLogEventsCommand({
          ...(isArn(logGroup) ? { logGroupIdentifier: logGroup.replace(/:\*$/, '') } : { logGroupName: logGroup }),
          ...(logStreamPrefix !== undefined && { logStreamNamePrefix: logStreamPrefix }),
          startTime: startMs,
          // AWS includes the end; the range excludes it.
          endTime: toMs - 1,
          // AWS has always done this since 2019; emulators still require it.
          interleaved: true,
          ...(token !== undefined && { nextToken: token }),
        });
        return toPage(await client.send(request, { abortSignal }));
      }, abortSignal),

    close: () => client.destroy(),
  };
}

function toPage(output: FilterLogEventsCommandOutput): EventsPage {
  const { events, nextToken } = requireFields(output, output, { events: 'list' });
  return {
    events: events.map((event) => {
      const { eventId = '', ...found } = requireFields(output, event, eventFields);
      const { logStreamName: logStream, timestamp, message = '', ingestionTime: ingestedMs } = found;
      return { id: eventId, logStream, timestamp, ingestedMs, message };
    }),
    nextToken,
  };
}

const eventFields = { logStreamName: 'text', timestamp: 'number' } as const;
