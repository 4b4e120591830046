import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { checkCommand } from '../../../../plugin/commands/check/check.js';
import type { CheckResult } from '../../../../plugin/commands/check/check-result.js';
import { runChecks } from '../../../../plugin/commands/check/run-checks.js';
import { acquireLock } from '../../../../src/checkpoint/lock.js';
import { systemClock } from '../../../../src/clock.js';
import { makeFolder } from '../../../checkpoint/temporary-folder.js';
import { runHere, writeManifest } from '../../../end-to-end/command.js';
import { startFakeCloudWatchLogs } from '../../../fakes/fake-cloudwatch-logs.js';
import { startFakeEc2 } from '../../../fakes/fake-ec2.js';
import { startFakeKinesis } from '../../../fakes/fake-kinesis.js';
import { addSubscriptionFilters } from '../../../fakes/fake-subscription-filters.js';
import { startReceiver } from '../../../fakes/receiver.js';
import { customFormat, customLine, documentedLine } from '../../../fixtures/flow-logs.js';
import { payload, source } from '../../../fixtures/payloads.js';

// The fakes take any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';

/** A way that is as it should be, from the log group to the receiver. */
async function setUp(t: ExecutionContext) {
  const [kinesis, logs, ec2, receiver, folder] = await Promise.all([
    startFakeKinesis({ clock: systemClock }),
    startFakeCloudWatchLogs({ clock: systemClock }),
    startFakeEc2(),
    startReceiver(),
    makeFolder(t),
  ]);
  t.teardown(() => Promise.all([kinesis.stop(), logs.stop(), ec2.stop(), receiver.close()]));
  const { arn } = kinesis.createStream(stream);
  logs.createLogGroup(source.logGroup);
  const filters = addSubscriptionFilters(logs);
  filters.add(source.logGroup, { filterName: 'to-snare', destinationArn: arn });
  ec2.flowLogs.push({ logGroup: source.logGroup, format: customFormat });
  const logEvents = [documentedLine, customLine].map((message) => ({ id: '1', timestamp: 0, message }));
  kinesis.put(stream, gzipSync(JSON.stringify({ ...payload, logEvents })), 'key');
  const config = {
    input: {
      stream,
      region: kinesis.region,
      endpoint: kinesis.endpoint,
      logsEndpoint: logs.endpoint,
      ec2Endpoint: ec2.endpoint,
      logGroups: [source.logGroup],
      formats: 'auto',
    },
    output: { type: 'tcp', host: receiver.host, port: receiver.port },
  };
  return { kinesis, logs, ec2, filters, receiver, folder, config };
}

async function check(folder: string, config: object): Promise<readonly CheckResult[]> {
  const manifest = await writeManifest(folder, config);
  const { signal } = new AbortController();
  const results: CheckResult[] = [];
  for await (const result of runChecks(manifest, { clock: systemClock, signal })) results.push(result);
  return results;
}

const statusesOf = (results: readonly CheckResult[]) => results.map(({ name, status }) => `${name} ${status}`);

test('a way that is as it should be passes every step, and is as it was afterwards', async (t) => {
  const { kinesis, logs, filters, receiver, folder, config } = await setUp(t);
  const results = await check(folder, config);
  t.deepEqual(statusesOf(results), [
    'manifest pass',
    'credentials pass',
    'stream pass',
    'permission pass',
    'permission pass',
    'permission pass',
    'subscription pass',
    'permission pass',
    'formats pass',
    'reads pass',
    'sample pass',
    'checkpoint pass',
    'files pass',
    'files pass',
    'receiver pass',
  ]);
  t.deepEqual(
    results.flatMap(({ rows = [] }) => rows.map(({ VERSION }) => VERSION)),
    ['2', '11'],
  );
  t.deepEqual(await readdir(folder), ['manifest.json']);
  t.deepEqual(new Set(receiver.lines), new Set(['']));
  t.is(filters.byGroup.get(source.logGroup)?.length, 1);
  const operations = new Set([...kinesis.requests, ...logs.requests].map(({ operation }) => operation));
  for (const operation of operations) t.regex(operation, /^(Describe|List|Get|Filter)/);
});

test('reads that AWS throttles are a warning for a stream that is polled, and of no matter to enhanced fan-out', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  kinesis.stream(stream).registerConsumer('snare', Date.now());
  const checkReading = async (input: object) => {
    kinesis.fail({ operation: 'GetRecords', error: { code: 'ProvisionedThroughputExceededException' } });
    const results = await check(folder, { ...config, input: { ...config.input, ...input } });
    return statusesOf(results.filter(({ name, status }) => status !== 'pass' || name === 'consumer'));
  };
  t.deepEqual(await checkReading({}), ['reads warn']);
  t.deepEqual(await checkReading({ fanOut: { consumer: 'snare' } }), ['consumer pass']);
});

test('a place that takes no checkpoint, and one that takes no dead letters, fail a check', async (t) => {
  const { folder, config } = await setUp(t);
  await writeFile(join(folder, 'in the way'), '');
  const place = (name: string) => join(folder, 'in the way', name);
  const checkFiles = async (checkpoint: string, deadLetter: string) => {
    const input = { ...config.input, checkpoint: { type: 'file', path: checkpoint } };
    const results = await check(folder, { ...config, input, deadLetter: { path: deadLetter } });
    return statusesOf(results.filter(({ name }) => name === 'files'));
  };
  t.deepEqual(await checkFiles(place('checkpoint'), place('letters')), ['files fail', 'files fail']);
  // The folder of a checkpoint is created by a run, that of the dead letters is not.
  const missing = join(folder, 'missing', 'folder');
  t.deepEqual(await checkFiles(join(missing, 'checkpoint'), join(missing, 'letters')), ['files pass', 'files fail']);
  t.deepEqual((await readdir(folder)).toSorted(), ['in the way', 'manifest.json']);
  if (process.geteuid?.() !== 0) return;
  // A run as root would refuse it.
  await chmod(folder, 0o777);
  t.deepEqual(await checkFiles(join(folder, 'checkpoint'), join(folder, 'letters')), ['files fail', 'files fail']);
});

test('check prints its results, also as JSON, and exits with 1 when a step fails', async (t) => {
  const { receiver, folder, config } = await setUp(t);
  await receiver.kill();
  const manifest = await writeManifest(folder, { ...config, input: { ...config.input, formats: [customFormat] } });
  const text = await runHere('check', '--manifest', manifest);
  t.is(text.code, 1, text.stderr);
  t.regex(text.stdout, /^fail {2}receiver .*\n +Do: /m);
  t.regex(text.stdout, /2022-11-17T22:09:41Z +eni-1234s1m4n56789/);
  let printed = '';
  const write = (part: string) => {
    printed += part;
  };
  t.is(
    await checkCommand({
      manifest,
      json: true,
      isOffline: false,
      screen: { isTerminal: true, width: 40, isColored: true },
      write,
    }),
    1,
  );
  const { status, results } = JSON.parse(printed) as { status: string; results: CheckResult[] };
  t.is(status, 'fail');
  t.is(results.at(-1)?.name, 'receiver');
});

test('a missing permission is reported by its action, and the steps that need it are left out', async (t) => {
  const { kinesis, logs, ec2, folder, config } = await setUp(t);
  const error = { code: 'AccessDeniedException', message: 'User is not authorized' };
  kinesis.fail({ operation: 'GetRecords', times: 99, error });
  logs.fail({ operation: 'DescribeSubscriptionFilters', times: 99, error });
  logs.fail({ operation: 'FilterLogEvents', times: 99, error });
  ec2.refusal = 'UnauthorizedOperation';
  const results = await check(folder, config);
  const troubles = results.filter(({ status }) => status !== 'pass');
  t.deepEqual(statusesOf(troubles), ['permission fail', 'subscription fail', 'permission warn', 'formats warn']);
  const texts = troubles.map(({ message, advice }) => `${message} ${advice}`);
  const actions = [
    'kinesis:GetRecords',
    'logs:DescribeSubscriptionFilters',
    'logs:FilterLogEvents',
    'ec2:DescribeFlowLogs',
  ];
  for (const [index, action] of actions.entries()) t.true(texts[index]?.includes(action));
  t.false(results.some(({ name }) => name === 'sample'));
});

test('responses that are not from AWS are reported as such, each by its action, and nothing is concluded from them', async (t) => {
  const { kinesis, logs, folder, config } = await setUp(t);
  const error = { body: '{}' };
  for (const operation of ['DescribeSubscriptionFilters', 'FilterLogEvents'])
    logs.fail({ operation, times: 99, error });
  for (const operation of ['GetRecords', 'GetShardIterator', 'ListShards', 'DescribeStreamSummary']) {
    kinesis.fail({ operation, times: 99, error });
    const troubles = (await check(folder, config)).filter(({ message }) => message.includes('is not from AWS'));
    const texts = troubles.map(({ message }) => message);
    t.regex(
      texts[0] ?? '',
      new RegExp(`^kinesis:${operation} on .* got no response from AWS \\(HTTP 200: the response`),
    );
    const others = operation === 'DescribeStreamSummary' ? 0 : 2;
    t.is(texts.length, 1 + others, texts.join('\n'));
    kinesis.mend();
  }
});

test('a missing stream, a wrong region and a wrong endpoint are reported in one sentence each', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  const checkInput = async (input: object) => {
    const results = await check(folder, { ...config, input: { ...config.input, ...input } });
    return results.find(({ name }) => name === 'stream');
  };
  const missing = await checkInput({ stream: 'other', region: 'eu-west-1' });
  t.is(missing?.status, 'fail');
  t.regex(missing?.message ?? '', /"other" does not exist in region "eu-west-1"/);
  await kinesis.stop();
  const away = await checkInput({});
  t.is(away?.status, 'fail');
  t.regex(`${away?.message} ${away?.advice}`, /ECONNREFUSED.*input\.endpoint/);
});

test('a checkpoint that a running process uses is reported, and its lock is left alone', async (t) => {
  const { folder, config } = await setUp(t);
  const lock = await acquireLock(join(folder, 'kinesis-snare.checkpoint.json'));
  t.teardown(() => lock.release());
  const before = (await readdir(folder)).sort();
  const results = await check(folder, { input: config.input });
  const found = results.find(({ name }) => name === 'checkpoint');
  t.is(found?.details?.isLocked, true);
  t.true(await lock.isHeld());
  t.deepEqual((await readdir(folder)).sort(), [...before, 'manifest.json'].sort());
});

test('every fault of a manifest is a step that fails, and nothing is asked', async (t) => {
  const { kinesis, folder } = await setUp(t);
  const results = await check(folder, { input: { straem: 'x' }, output: { type: 'tcp' } });
  t.deepEqual(statusesOf(results), Array(3).fill('manifest fail'));
  t.deepEqual(kinesis.requests, []);
  t.regex(await readFile(join(folder, 'manifest.json'), 'utf8'), /straem/);
});

test('an address without TLS is warned of, also one that nothing is asked of while the stream is empty', async (t) => {
  const { kinesis, folder, config } = await setUp(t);
  kinesis.createStream('empty');
  const input = { ...config.input, stream: 'empty', logGroups: [], ec2Endpoint: 'http://192.0.2.1:9' };
  const warned = (await check(folder, { ...config, input })).filter(({ name }) => name === 'endpoint');
  t.deepEqual(statusesOf(warned), ['endpoint warn']);
  t.regex(warned[0]?.message ?? '', /http:\/\/192\.0\.2\.1:9 unencrypted/);
});
