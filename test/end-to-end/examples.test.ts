/** Every example, run as a program of its own against a fake Kinesis over HTTP and a real receiver. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { toKinesisEvent } from '../fakes/event-source-mapping.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { type Receiver, startReceiver } from '../fakes/receiver.js';
import { type Command, makeFolder, runHere, startProgram, writeManifest } from './command.js';
import { findMissing, toRecord } from './flow-logs.js';

const test = anyTest as TestFn<{ kinesis: FakeKinesis }>;
const stream = 'examples';
const secondStream = 'more-examples';
const credentials = { AWS_ACCESS_KEY_ID: 'emulated', AWS_SECRET_ACCESS_KEY: 'emulated' };

test.before(async (t) => {
  const kinesis = await startFakeKinesis({ clock: Date });
  kinesis.createStream(stream, { shards: 1 });
  const { partitionKey, data } = toRecord('a', 0, 10);
  kinesis.put(stream, data, partitionKey);
  kinesis.createStream(secondStream, { shards: 1 });
  kinesis.put(secondStream, toRecord('b', 10, 20).data, 'b');
  t.context.kinesis = kinesis;
});
test.after.always((t) => t.context.kinesis?.stop());

interface Started {
  readonly folder: string;
  readonly receiver: Receiver;
  readonly example: Command;
}

async function startExample(
  t: ExecutionContext<{ kinesis: FakeKinesis }>,
  name: string,
  toConfig: (input: object, output: object) => object,
): Promise<Started> {
  const { endpoint, region } = t.context.kinesis;
  const folder = await makeFolder(t);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const input = { stream, endpoint, region, startAt: 'earliest' };
  const output = { type: 'tcp', host: '127.0.0.1', port: receiver.port };
  const manifest = await writeManifest(folder, toConfig(input, output));
  const program = resolve('examples', name);
  const receiving = { SNARE_HOST: '127.0.0.1', SNARE_PORT: String(receiver.port) };
  const env = { ...credentials, ...receiving, SECOND_STREAM: secondStream };
  const example = startProgram(t, folder, [program, manifest, join(folder, 'lines.txt')], env);
  return { folder, receiver, example };
}

async function stop({
  child,
  ended,
}: Command): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
  child.kill('SIGTERM');
  return ended;
}

test.serial('winston-app.js ships the flow logs and its own logs', async (t) => {
  const { receiver, example } = await startExample(t, 'winston-app.js', (input, output) => ({ input, output }));
  await receiver.whenLines(11);
  const { code, stderr } = await stop(example);
  t.is(code, 0, stderr);
  const flows = receiver.lines.filter((line) => line.includes('\tAWSVPCFlowLog\t'));
  t.deepEqual(findMissing(flows, 10), []);
  t.true(receiver.lines.some((line) => line.includes('The host app is up')));
});

test.serial('winston-app.cjs does the same with a transport of its own', async (t) => {
  const { receiver, example } = await startExample(t, 'winston-app.cjs', (input) => ({ input }));
  await receiver.whenLines(10);
  const { code, stderr } = await stop(example);
  t.is(code, 0, stderr);
  t.deepEqual(findMissing(receiver.lines, 10), []);
});

test.serial('two-streams.js sends each flow log of two streams once, and its own logs once', async (t) => {
  const { receiver, example } = await startExample(t, 'two-streams.js', (input, output) => ({ input, output }));
  await receiver.whenLines(21);
  const { code, stderr } = await stop(example);
  t.is(code, 0, stderr);
  const flows = receiver.lines.filter((line) => line.includes('\tAWSVPCFlowLog\t'));
  t.deepEqual(findMissing(flows, 20), []);
  t.is(receiver.lines.length, 21);
});

test.serial('loop.js reads without Winston and stops', async (t) => {
  const { folder, example } = await startExample(t, 'loop.js', (input) => ({ input }));
  const path = join(folder, 'kinesis-snare.checkpoint.json');
  while (!(await readFile(path, 'utf8').catch(() => '')).includes('"after"')) {
    await new Promise((resolveLater) => setTimeout(resolveLater, 50));
  }
  const { code, stderr } = await stop(example);
  t.is(code, 0, stderr);
});

test.serial('snare-format.js writes Snare lines with another transport', async (t) => {
  const { folder, receiver, example } = await startExample(t, 'snare-format.js', (input, output) => ({
    input,
    output,
  }));
  await receiver.whenLines(10);
  const { stderr } = await stop(example);
  const lines = (await readFile(join(folder, 'lines.txt'), 'utf8')).trim().split('\n');
  t.is(lines.length, 10, stderr);
  // Three fields of the header and the 21 columns.
  for (const line of lines) t.is(line.split('\t').length, 24);
});

test.serial('manifest.json takes its values from the environment', async (t) => {
  const folder = await makeFolder(t);
  const cli = resolve('dist/plugin/cli.js');
  const args = ['manifest', '--manifest', resolve('examples/manifest.json')];
  const env = { FLOW_LOG_STREAM: 'flows', SNARE_HOST: 'snare.example.com', SNARE_PORT: '6163', STATE_FOLDER: folder };
  const { ended } = startProgram(t, folder, [cli, ...args], env);
  const { stdout, stderr } = await ended;
  const { config } = JSON.parse(stdout || '{}') as { config: { input: { stream: string }; output: { port: number } } };
  t.is(config?.input.stream, 'flows', stderr);
  t.is(config.output.port, 6163);
  const missing = await runHere(...args);
  t.is(missing.code, 78);
  t.true(missing.stderr.includes('FLOW_LOG_STREAM') && missing.stderr.includes('SNARE_HOST'));
});

test('lambda.js answers an event, and the flow logs of it arrive', async (t) => {
  const folder = await makeFolder(t);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const event = toKinesisEvent('shardId-000000000000', [{ sequenceNumber: '1', data: toRecord('a', 0, 10).data }]);
  // As Lambda does: it imports the file and calls its handler.
  const call = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(resolve('examples/lambda.js')).href)});
    const response = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 20_000 });
    process.stdout.write(JSON.stringify(response));`;
  const env = { SNARE_HOST: receiver.host, SNARE_PORT: String(receiver.port) };
  const { stdout, stderr, code } = await startProgram(t, folder, ['--input-type=module', '--eval', call], env).ended;
  t.is(stdout, '{"batchItemFailures":[]}', stderr);
  t.is(code, 0);
  t.deepEqual(findMissing(receiver.lines, 10), []);
});

test('lambda.template.yaml has the mapping without which records would be lost', async (t) => {
  const template = await readFile('examples/lambda.template.yaml', 'utf8');
  const settings = template.replace(/^ *#.*$/gm, '');
  t.regex(settings, /FunctionResponseTypes: \[ReportBatchItemFailures\]/);
  for (const name of ['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds'])
    t.regex(settings, new RegExp(`${name}: -1$`, 'm'));
  t.regex(settings, /BisectBatchOnFunctionError: false$/m);
  t.notRegex(settings, /FilterCriteria|LATEST/);
  t.regex(settings, /OnFailure: /);
  t.regex(settings, /Handler: lambda\.handler$/m);
});

test('every example has a test', async (t) => {
  const texts = await Promise.all(
    ['test/end-to-end/examples.test.ts', 'test/examples-queries.test.ts'].map((file) => readFile(file, 'utf8')),
  );
  // Folders are for packaging, which has a test of its own.
  const files = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files)
    t.true(
      texts.some((text) => text.includes(name)),
      name,
    );
});
