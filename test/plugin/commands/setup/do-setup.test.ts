import test from 'ava';
import { doSetup } from '../../../../plugin/commands/setup/do-setup.js';
import { planSetup, type SetupRequest } from '../../../../plugin/commands/setup/plan-setup.js';
import type { NewFilter } from '../../../../src/cloudwatch/subscriptions.js';
import type { StreamSummary } from '../../../../src/kinesis/stream-admin.js';
import { HandClock } from '../../../fakes/hand-clock.js';

const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs';
const request: SetupRequest = {
  stream: 'flow-logs',
  region: 'us-east-1',
  shards: 3,
  filterName: 'kinesis-snare',
  distribution: 'by-log-stream',
  roleArn: 'arn:aws:iam::123456789012:role/writer',
  filtersPerGroup: 2,
};

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** An AWS whose stream takes a while to become active, and that fails as told. */
function setUp(putFailures: readonly Error[], asked: SetupRequest = request, consumerFault?: Error) {
  const clock = new HandClock();
  const failures = [...putFailures];
  const created: (number | undefined)[] = [];
  const put: [string, NewFilter][] = [];
  const registered: [string, string][] = [];
  let consumerMs = Number.POSITIVE_INFINITY;
  let activeMs = Number.POSITIVE_INFINITY;
  const services = {
    clock,
    signal: new AbortController().signal,
    admin: {
      async create(shards: number | undefined) {
        created.push(shards);
        activeMs = clock.now() + 30_000;
      },
      describe: async () => ({ arn, status: clock.now() < activeMs ? 'CREATING' : 'ACTIVE' }) as StreamSummary,
      async registerConsumer(streamArn: string, name: string) {
        registered.push([streamArn, name]);
        consumerMs = clock.now() + 5000;
      },
      async describeConsumer(streamArn: string, name: string) {
        if (consumerFault) throw consumerFault;
        const status = clock.now() < consumerMs ? 'CREATING' : 'ACTIVE';
        return { arn: `${streamArn}/consumer/${name}:1`, status };
      },
    },
    subscriptions: {
      async put(logGroup: string, filter: NewFilter) {
        const failure = failures.shift();
        if (failure) throw failure;
        put.push([logGroup, filter]);
      },
    },
  };
  const groups = new Map([
    ['/a', []],
    ['/b', []],
  ]);
  const told: string[] = [];
  const waits: string[] = [];
  const doing = doSetup(planSetup(asked, { stream: undefined, groups }), asked, {
    ...services,
    onDone: ({ type }) => told.push(type),
    onWait: (message) => waits.push(message),
  });
  let isOver = false;
  void doing.finally(() => {
    isOver = true;
  });
  const finish = async () => {
    await clock.advanceUntil(() => isOver);
    return doing;
  };
  return { created, put, registered, told, waits, finish };
}

const untaken = awsError('InvalidParameterException', 'Could not deliver test message to specified Kinesis stream.');

test('filters are made once the stream is active, and a trial message that does not arrive yet is tried again', async (t) => {
  const { created, put, told, finish } = setUp([untaken, untaken]);
  const { done, failure } = await finish();
  t.is(failure, undefined);
  t.is(done.length, 3);
  t.deepEqual(created, [3]);
  t.deepEqual(told, ['create-stream', 'put-filter', 'put-filter']);
  t.deepEqual(
    put.map(([logGroup, { destinationArn, pattern }]) => [logGroup, destinationArn, pattern]),
    [
      ['/a', arn, ''],
      ['/b', arn, ''],
    ],
  );
});

test('a consumer is registered once the stream is active, and filters follow once the consumer is', async (t) => {
  const { registered, told, waits, finish } = setUp([], { ...request, consumer: 'snare' });
  t.is((await finish()).failure, undefined);
  t.deepEqual(registered, [[arn, 'snare']]);
  t.deepEqual(told, ['create-stream', 'register-consumer', 'put-filter', 'put-filter']);
  t.true(waits.some((wait) => wait.includes('consumer "snare" is ACTIVE')));
});

test('a consumer that is registered but cannot be looked at is among what can be undone', async (t) => {
  const refused = awsError('AccessDeniedException', 'not authorized to perform kinesis:DescribeStreamConsumer');
  const { registered, finish } = setUp([], { ...request, consumer: 'snare' }, refused);
  const { done, failure } = await finish();
  t.regex(failure ?? '', /kinesis:DescribeStreamConsumer/);
  t.is(registered.length, 1);
  t.deepEqual(
    done.map(({ type }) => type),
    ['create-stream', 'register-consumer'],
  );
});

test('a quota that is used up ends it at once; a throttle is retried, and each wait is reported', async (t) => {
  const full = setUp([awsError('LimitExceededException', 'Resource limit exceeded.')]);
  t.regex((await full.finish()).failure ?? '', /quota/);
  t.false(full.waits.some((wait) => wait.includes('attempt')));
  const slow = setUp([
    awsError('ThrottlingException', 'Rate exceeded'),
    awsError('ThrottlingException', 'Rate exceeded'),
  ]);
  t.is((await slow.finish()).failure, undefined);
  const attempts = slow.waits.filter((wait) => wait.includes('attempt'));
  t.is(attempts.length, 2);
  t.true(slow.waits[0]?.includes('ACTIVE'));
});

test('a trial message that never arrives ends it with what to check', async (t) => {
  const { finish } = setUp(Array(100).fill(untaken));
  const { done, failure } = await finish();
  t.regex(failure ?? '', /trusts logs\.amazonaws\.com and may kinesis:PutRecord/);
  t.is(done.length, 1);
});

test('what fails in the middle leaves what was done before it to be taken back', async (t) => {
  const refused = awsError('AccessDeniedException', 'not authorized to perform iam:PassRole');
  const { put, finish } = setUp([refused]);
  const { done, failure } = await finish();
  t.regex(failure ?? '', /allow logs:PutSubscriptionFilter on it, and iam:PassRole on the role/);
  t.deepEqual(
    done.map(({ undo }) => undo),
    ['aws kinesis delete-stream --stream-name flow-logs --region us-east-1'],
  );
  t.deepEqual(put, []);
});
