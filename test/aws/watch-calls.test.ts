/** Outcomes of calls to AWS. */
import test from 'ava';
import { AwsClock } from '../../src/aws/aws-clock.js';
import { type AwsCall, AwsWatch } from '../../src/aws/watch.js';
import { systemClock } from '../../src/clock.js';
import { createSdkApi } from '../../src/kinesis/sdk-api.js';
import { Counters } from '../../src/report/stats.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';

test('each call counts by its operation and its result', async (t) => {
  const kinesis = await startFakeKinesis({ clock: Date });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('there', { shards: 1 });
  const calls: AwsCall[] = [];
  const watch = new AwsWatch(
    new AwsClock(systemClock),
    () => {},
    (call) => calls.push(call),
  );
  const { endpoint, region } = kinesis;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const there = createSdkApi({ stream: 'there', endpoint, region, credentials, watch });
  const nowhere = createSdkApi({ stream: 'nowhere', endpoint, region, credentials, watch });
  t.teardown(() => {
    there.close();
    nowhere.close();
  });
  const { signal } = new AbortController();
  await there.listShards(signal);
  await t.throwsAsync(nowhere.describeStream(signal));
  const stop = AbortSignal.abort();
  await t.throwsAsync(there.listShards(stop));
  t.deepEqual(calls.map(({ operation, result }) => [operation, result]).slice(0, 2), [
    ['ListShards', 'ok'],
    ['DescribeStreamSummary', 'ResourceNotFoundException'],
  ]);
  t.true(calls.every(({ ms }) => ms >= 0));
});

test('ever new names of errors do not make ever new counters', (t) => {
  const counters = new Counters();
  for (let index = 0; index < 1000; index++) counters.countCall('GetRecords', `Error${index}`);
  counters.countCall('GetRecords', 'Error0');
  const results = counters.awsCalls.GetRecords ?? {};
  t.true(Object.keys(results).length <= 51);
  t.is(results.Error0, 2);
  t.is(
    Object.values(results).reduce((sum, number) => sum + number),
    1001,
  );
});
