import test, { type ExecutionContext } from 'ava';
import type { SetupOptions } from '../../plugin/commands/setup/setup.js';
import { systemClock } from '../../src/clock.js';
import { startFakeCloudWatchLogs } from '../fakes/fake-cloudwatch-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { addSubscriptionFilters } from '../fakes/fake-subscription-filters.js';
import { runSetup } from '../plugin/commands/setup/run-setup.js';
import { makeFolder, runHere, writeManifest } from './command.js';

// The fakes take any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const group = '/aws/vpc/flow-logs';
const roleArn = 'arn:aws:iam::123456789012:role/writer';

async function setUp(t: ExecutionContext) {
  const [kinesis, logs, folder] = await Promise.all([
    startFakeKinesis({ clock: systemClock }),
    startFakeCloudWatchLogs({ clock: systemClock }),
    makeFolder(t),
  ]);
  t.teardown(() => Promise.all([kinesis.stop(), logs.stop()]));
  const filters = addSubscriptionFilters(logs);
  logs.createLogGroup(group);
  const { endpoint, region } = kinesis;
  const input = { stream: 'flow-logs', region, endpoint, logsEndpoint: logs.endpoint, logGroups: [group] };
  const manifest = await writeManifest(folder, { input });
  const setup = (options: Partial<SetupOptions> = {}) => runSetup({ manifest, isAgreed: true, roleArn, ...options });
  return { kinesis, logs, filters, manifest, setup };
}

test('setup shows a plan and changes nothing, does it with --yes, and has nothing to do afterwards', async (t) => {
  const { kinesis, filters, manifest, setup } = await setUp(t);
  const planned = await setup({ isAgreed: false });
  t.is(planned.code, 0);
  t.regex(planned.stdout, /1\. Create stream "flow-logs".*\n.*undo: aws kinesis delete-stream/);
  t.regex(planned.stdout, /"kinesis:PutRecord"[\s\S]*"logs:FilterLogEvents"/);
  t.deepEqual(kinesis.requestsOf('CreateStream'), []);
  t.deepEqual(filters.byGroup.get(group), []);
  const first = await setup({ isAgreed: false, roleArn: undefined });
  t.is(first.code, 0);
  t.regex(
    first.stdout,
    /2\. Create filter "kinesis-snare" on log group "\/aws\/vpc\/flow-logs"[\s\S]*aws iam create-role/,
  );
  t.is((await setup({ roleArn: undefined })).code, 1);

  for (const wrong of ['', 'notanarn', 'arn:aws:iam::ACCOUNT:role/flow-logs-to-kinesis']) {
    const { message } = (await t.throwsAsync(setup({ isAgreed: true, roleArn: wrong }))) ?? {};
    t.regex(message ?? '', /Expected the ARN of a role/);
  }
  t.deepEqual(kinesis.requestsOf('CreateStream'), []);

  const args = ['--role-arn', roleArn, '--yes', '--shards', '2', '--distribution', 'random'];
  const done = await runHere('setup', '--manifest', manifest, ...args);
  t.is(done.code, 0, done.stderr);
  t.is(kinesis.stream('flow-logs').shards.length, 2);
  const { arn } = kinesis.stream('flow-logs');
  t.deepEqual(filters.byGroup.get(group), [
    { filterName: 'kinesis-snare', filterPattern: '', destinationArn: arn, roleArn, distribution: 'Random' },
  ]);
  const again = await setup({ distribution: 'random', roleArn: undefined });
  t.is(again.code, 0);
  t.regex(again.stderr, /[Nn]othing was changed/);
  t.notRegex(again.stdout, /Statement/);
  t.is(kinesis.requestsOf('CreateStream').length, 1);
});

test('setup does nothing while its plan has a problem, or a log group is missing', async (t) => {
  const { kinesis, filters, setup } = await setUp(t);
  filters.add(group, { filterName: 'kinesis-snare', destinationArn: 'arn:aws:lambda:us-east-1:1:function:x' });
  const foreign = await setup();
  t.is(foreign.code, 1);
  t.regex(foreign.stdout, /so it is not changed/);
  await t.throwsAsync(setup({ logGroups: [group, '/aws/vpc/other'] }), {
    message: /^Log group "\/aws\/vpc\/other" does not exist in region "us-east-1"; .*\. Nothing was changed$/,
  });
  t.deepEqual(kinesis.requestsOf('CreateStream'), []);
  t.is(filters.byGroup.get(group)?.[0]?.destinationArn, 'arn:aws:lambda:us-east-1:1:function:x');
});

test('setup that fails in the middle says what was done and how to take it back', async (t) => {
  const { logs, setup } = await setUp(t);
  const error = { code: 'AccessDeniedException', message: 'not authorized' };
  logs.fail({ operation: 'PutSubscriptionFilter', times: 9, error });
  const { code, stdout, stderr } = await setup();
  t.is(code, 1);
  t.regex(stdout, /undo what was done:\n {2}aws kinesis delete-stream --stream-name flow-logs --region us-east-1\n$/);
  t.regex(stderr, /iam:PassRole/);
});
