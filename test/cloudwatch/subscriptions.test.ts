import test, { type ExecutionContext } from 'ava';
import { createSubscriptions } from '../../src/cloudwatch/subscriptions.js';
import { startFakeCloudWatchLogs } from '../fakes/fake-cloudwatch-logs.js';
import { addSubscriptionFilters } from '../fakes/fake-subscription-filters.js';
import { HandClock } from '../fakes/hand-clock.js';

const group = '/aws/vpc/flow-logs';
const { signal } = new AbortController();

async function setUp(t: ExecutionContext) {
  const logs = await startFakeCloudWatchLogs({ clock: new HandClock() });
  const filters = addSubscriptionFilters(logs);
  const { arn } = logs.createLogGroup(group);
  const { endpoint, region, credentials } = logs;
  const subscriptions = createSubscriptions({ endpoint, region, credentials });
  t.teardown(() => {
    subscriptions.close();
    return logs.stop();
  });
  return { arn, filters, subscriptions };
}

test('all filters of a group are listed, over pages, by the name of the group or its ARN', async (t) => {
  const { arn, filters, subscriptions } = await setUp(t);
  filters.perPage = 1;
  for (const filterName of ['b', 'a', 'c']) filters.add(group, { filterName, distribution: 'Random' });
  const listed = await subscriptions.list(`${arn}:*`, signal);
  t.deepEqual(
    listed.map(({ name, distribution }) => [name, distribution]),
    [
      ['a', 'random'],
      ['b', 'random'],
      ['c', 'random'],
    ],
  );
});

test('a filter is made with all that was asked for, and a group that is not there is an error', async (t) => {
  const { filters, subscriptions } = await setUp(t);
  const filter = {
    name: 'n',
    pattern: '',
    destinationArn: 'arn:stream',
    roleArn: 'arn:role',
    distribution: 'random',
  } as const;
  await subscriptions.put(group, filter, signal);
  t.deepEqual(filters.byGroup.get(group), [
    { filterName: 'n', filterPattern: '', destinationArn: 'arn:stream', roleArn: 'arn:role', distribution: 'Random' },
  ]);
  await t.throwsAsync(subscriptions.list('/missing', signal), { name: 'AwsError', message: /ResourceNotFound/ });
});
