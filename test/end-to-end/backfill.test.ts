/** `backfill` as a user starts it, against a CloudWatch Logs over HTTP and a real TCP receiver. */
import { readdir } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { startFakeCloudWatchLogs } from '../fakes/fake-cloudwatch-logs.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { makeFolder, run, start, writeManifest } from './command.js';
import { findMissing, readLines, toMessages, toSubscriptionRecord } from './flow-logs.js';

const logGroup = '/aws/vpc/flow-logs';
const from = '2023-11-14T22:13:20Z';
const to = '2023-11-14T23:13:20Z';

async function setUp(t: ExecutionContext, config: object = {}) {
  const logs = await startFakeCloudWatchLogs({ clock: Date });
  logs.createLogGroup(logGroup);
  const receiver = await startReceiver();
  const folder = await makeFolder(t);
  t.teardown(async () => {
    await receiver.close();
    await logs.stop();
  });
  const input = { stream: 'flow-logs', region: logs.region, logsEndpoint: logs.endpoint, checkpointIntervalMs: 0 };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  const manifest = await writeManifest(folder, { input, output, ...config });
  const toArgs = (...more: string[]) => ['backfill', '--manifest', manifest, '--log-group', logGroup, ...more];
  const args = toArgs('--from', from, '--to', to);
  return { logs, receiver, folder, manifest, toArgs, args, input, output };
}

test('a backfill killed twice and resumed sends every event, and twice only what was unconfirmed', async (t) => {
  const { logs, receiver, folder, args } = await setUp(t);
  const count = 1000;
  const perPage = 100;
  Object.assign(logs.rules, { eventsPerPage: perPage, emptyShare: 0.1, repeatShare: 0.5 });
  // Two log streams whose events alternate in time.
  const messages = toMessages('k', 0, count);
  for (const [index, event] of messages.entries()) logs.put(logGroup, `eni-${index % 2}-all`, [event]);
  for (const lines of [250, 600]) {
    const { child, ended } = start(t, folder, args);
    await receiver.whenLines(lines);
    child.kill('SIGKILL');
    t.is((await ended).code, 'SIGKILL');
  }
  const { code, stderr } = await run(t, folder, args);
  t.is(code, 0, stderr);
  t.deepEqual(findMissing(receiver.lines, count), []);
  // A kill leaves unconfirmed what went out within a rotation and its hold: at this pace at the most two pages, and the one at hand.
  const twice = receiver.lines.length - count;
  t.true(twice <= 2 * 3 * perPage, `${twice} came twice`);
  const last = /Read (\d+) log events .*, after (\d+) in earlier runs: delivered (\d+) lines/.exec(stderr);
  t.is(Number(last?.[1]) + Number(last?.[2]), count, stderr);
  t.is(last?.[3], last?.[1]);
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.includes('backfill')),
    [],
  );
});

test('rows of a backfill are those that the stream gives, but for the time of their collection', async (t) => {
  const { logs, receiver, folder, manifest, args, input, output } = await setUp(t);
  const kinesis = await startFakeKinesis({ clock: Date });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('flow-logs');
  const odd = { timestamp: 1_700_000_500_123, message: 'no flow log: "\t\u0007ü' };
  const events = logs.put(logGroup, 'eni-k-all', [...toMessages('k', 0, 20), odd]);
  kinesis.put('flow-logs', toSubscriptionRecord(logGroup, 'eni-k-all', events), 'k');
  const first = await run(t, folder, args);
  t.is(first.code, 0, first.stderr);
  await writeManifest(folder, { input: { ...input, endpoint: kinesis.endpoint, startAt: 'earliest' }, output });
  const second = await run(t, folder, ['run', '--once', '--manifest', manifest]);
  t.is(second.code, 0, second.stderr);
  const lines = receiver.lines.map((line) => line.replace(/"COLLECTIONDATETIME":"[^"]+",/, ''));
  t.is(lines.length, 42);
  t.deepEqual(lines.slice(0, 21), lines.slice(21));
});

test('a prefix and the times choose: the begin is in, the end is not', async (t) => {
  const { logs, receiver, folder, toArgs } = await setUp(t);
  const at = (seconds: number) => ({ timestamp: 1_700_000_000_000 + seconds * 1000 });
  const messages = toMessages('k', 0, 6).map(({ message }, index) => ({ ...at(index), message }));
  logs.put(logGroup, 'eni-a-all', messages);
  logs.put(logGroup, 'eni-b-all', messages);
  const times = ['--from', '2023-11-14T22:13:22Z', '--to', '2023-11-15T08:13:24+10:00'];
  const { code, stderr } = await run(t, folder, toArgs(...times, '--log-stream-prefix', 'eni-a'));
  t.is(code, 0, stderr);
  t.deepEqual(
    readLines(receiver.lines).map(({ number }) => number),
    [2, 3],
  );
});

test('SIGTERM in a backfill drains, keeps the place and ends with 1; the same command goes on without a repeat', async (t) => {
  const { logs, receiver, folder, args } = await setUp(t);
  logs.rules.eventsPerPage = 20;
  logs.put(logGroup, 'eni-k-all', toMessages('k', 0, 200));
  const { child, ended } = start(t, folder, args);
  await receiver.whenLines(60);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  t.is(code, 1, stderr);
  const again = await run(t, folder, args);
  t.is(again.code, 0, again.stderr);
  t.deepEqual(findMissing(receiver.lines, 200), []);
  t.is(receiver.lines.length, 200);
});

test('a place that is older than its token is gone on from by its time', async (t) => {
  const { logs, receiver, folder, args } = await setUp(t);
  logs.rules.eventsPerPage = 20;
  logs.put(logGroup, 'eni-k-all', toMessages('k', 0, 100));
  const { child, ended } = start(t, folder, args);
  await receiver.whenLines(40);
  child.kill('SIGTERM');
  await ended;
  // The first request of the next run names a token; the fake no longer knows it.
  logs.fail({ operation: 'FilterLogEvents', error: invalidToken });
  const again = await run(t, folder, args);
  t.is(again.code, 0, again.stderr);
  t.deepEqual(findMissing(receiver.lines, 100), []);
});

test('a service that answers an old token as if nothing more were there is asked again by time', async (t) => {
  const { logs, receiver, folder, args } = await setUp(t);
  logs.rules.eventsPerPage = 20;
  logs.put(logGroup, 'eni-k-all', toMessages('k', 0, 100));
  const { child, ended } = start(t, folder, args);
  await receiver.whenLines(40);
  child.kill('SIGTERM');
  await ended;
  const filter = logs.operations.get('FilterLogEvents');
  let isFirst = true;
  logs.operations.set('FilterLogEvents', (input) => {
    const isForgotten = isFirst && input.nextToken !== undefined;
    isFirst = false;
    return isForgotten ? { events: [], searchedLogStreams: [] } : (filter?.(input) ?? {});
  });
  const again = await run(t, folder, args);
  t.is(again.code, 0, again.stderr);
  t.deepEqual(findMissing(receiver.lines, 100), []);
});

const invalidToken = { code: 'InvalidParameterException', message: 'The specified nextToken is invalid.' };

test('a second process at the same backfill is refused, and one at another is not', async (t) => {
  const { logs, receiver, folder, args, toArgs } = await setUp(t);
  logs.put(logGroup, 'eni-k-all', toMessages('k', 0, 10));
  logs.fail({ operation: 'FilterLogEvents', error: 'hang' });
  const first = start(t, folder, args);
  while (logs.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await run(t, folder, args);
  t.is(second.code, 1, second.stderr);
  const other = await run(t, folder, toArgs('--from', from, '--to', '2023-11-15T22:13:20Z'));
  t.is(other.code, 0, other.stderr);
  t.is(receiver.lines.length, 10);
  first.child.kill('SIGKILL');
});

for (const [name, times, expected] of [
  ['without a zone', ['--from', '2023-11-14T22:13:20', '--to', to], /RFC 3339 time with its zone for --from.*add Z/],
  ['that is none', ['--from', from, '--to', 'yesterday'], /RFC 3339 time with its zone for --to.*"yesterday"/],
  ['of no calendar', ['--from', '2023-13-14T22:13:20Z', '--to', to], /RFC 3339 time with its zone for --from/],
  ['after the end', ['--from', to, '--to', from], /--from before --to/],
] as const) {
  test(`a begin or end ${name} is refused as wrong usage, in one sentence`, async (t) => {
    const { folder, toArgs, logs } = await setUp(t);
    const { code, stderr } = await run(t, folder, toArgs(...times));
    t.is(code, 2);
    t.is(stderr.trimEnd().split('\n').length, 1, stderr);
    t.regex(stderr, expected);
    t.is(logs.requests.length, 0);
  });
}

for (const [error, expected] of [
  [
    { code: 'ResourceNotFoundException', message: 'The specified log group does not exist.' },
    /does not exist in region "us-east-1"; check its name, input.region/,
  ],
  [{ code: 'AccessDeniedException', message: 'not authorized' }, /refused logs:FilterLogEvents on log group.*allow it/],
  [{ code: 'UnrecognizedClientException', message: 'invalid token' }, /check the credentials/],
] as const) {
  test(`${error.code} ends a backfill at once, in one sentence that says what to do`, async (t) => {
    const { logs, folder, args } = await setUp(t);
    logs.fail({ operation: 'FilterLogEvents', error });
    const { code, stderr } = await run(t, folder, args);
    t.is(code, 1);
    const errors = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => / error /.test(line));
    t.is(errors.length, 1, stderr);
    t.regex(errors[0] ?? '', expected);
    t.is(logs.requests.length, 1);
  });
}
