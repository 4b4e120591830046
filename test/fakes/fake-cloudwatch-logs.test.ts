/** The rules of the fake CloudWatch Logs, as the real SDK sees them. */
import { CloudWatchLogsClient, type FilteredLogEvent, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import test, { type ExecutionContext } from 'ava';
import { startFakeCloudWatchLogs } from './fake-cloudwatch-logs.js';
import { HandClock } from './hand-clock.js';

const logGroupName = '/aws/vpc/flow-logs';

async function setUp(t: ExecutionContext) {
  const clock = new HandClock();
  const logs = await startFakeCloudWatchLogs({ clock });
  const { endpoint, region, credentials } = logs;
  const client = new CloudWatchLogsClient({ endpoint, region, credentials, maxAttempts: 1 });
  t.teardown(async () => {
    client.destroy();
    await logs.stop();
  });
  logs.createLogGroup(logGroupName);
  const filter = (input: object) => client.send(new FilterLogEventsCommand({ logGroupName, ...input }));
  return { clock, logs, filter };
}

const toEvents = (...timestamps: number[]) =>
  timestamps.map((timestamp) => ({ timestamp, message: `at ${timestamp}` }));

test('pages of the fake, empty and repeating ones among them, hold every event of all streams, in the order of time', async (t) => {
  const { logs, filter } = await setUp(t);
  const some = Array.from({ length: 50 }, () => [4, 1, 3, 3]).flat();
  logs.put(logGroupName, 'eni-b', toEvents(...some));
  logs.put(logGroupName, 'eni-a', toEvents(2, 3, 5, 9));
  Object.assign(logs.rules, { eventsPerPage: 2, emptyShare: 0.4, repeatShare: 0.4 });
  const events: FilteredLogEvent[] = [];
  let nextToken: string | undefined;
  let empty = 0;
  do {
    const page = await filter({ startTime: 2, endTime: 5, ...(nextToken && { nextToken }) });
    if (page.events?.length === 0) empty++;
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  const once = [...new Map(events.map((event) => [event.eventId, event])).values()];
  t.deepEqual(
    once.map(({ timestamp }) => timestamp),
    [2, ...Array(101).fill(3), ...Array(50).fill(4), 5],
  );
  t.true(empty > 0);
  t.true(events.length > once.length);
});

test('a page of the fake is full at a megabyte', async (t) => {
  const { logs, filter } = await setUp(t);
  logs.put(
    logGroupName,
    'eni-a',
    [1, 2, 3].map((timestamp) => ({ timestamp, message: 'x'.repeat(500_000) })),
  );
  t.is((await filter({})).events?.length, 2);
});

test('a token of the fake is good for a day, and for the request that it came of', async (t) => {
  const { clock, logs, filter } = await setUp(t);
  logs.put(logGroupName, 'eni-a', toEvents(1, 2));
  const { nextToken } = await filter({ limit: 1, startTime: 0 });
  t.is((await filter({ startTime: 0, nextToken })).events?.length, 1);
  await t.throwsAsync(filter({ startTime: 1, nextToken }), { name: 'InvalidParameterException' });
  clock.stepWallTime(25 * 3_600_000);
  await t.throwsAsync(filter({ startTime: 0, nextToken }), { name: 'InvalidParameterException' });
});

test('the fake refuses a group that is not there, and the sixth request of a second', async (t) => {
  const { clock, logs, filter } = await setUp(t);
  await t.throwsAsync(filter({ logGroupName: 'another' }), { name: 'ResourceNotFoundException' });
  clock.stepWallTime(1000);
  logs.rules.isThrottling = true;
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => filter({})));
  t.is(results.filter(({ status }) => status === 'rejected').length, 1);
});
