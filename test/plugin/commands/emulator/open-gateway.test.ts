/** The address of the emulator: CloudWatch Logs as the program asks it, and Kinesis behind it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import test, { type ExecutionContext } from 'ava';
import { EmulatedLogs } from '../../../../plugin/commands/emulator/emulated-logs.js';
import { openGateway } from '../../../../plugin/commands/emulator/open-gateway.js';
import { CommandError } from '../../../../plugin/commands/exit.js';
import { createSubscriptions } from '../../../../src/cloudwatch/subscriptions.js';

const region = 'us-east-1';
const credentials = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };
const streamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';

async function open(t: ExecutionContext, kinesis = 'http://127.0.0.1:1') {
  const logs = new EmulatedLogs({ region, account: '123456789012', logGroups: ['/a', '/b'], streamArn });
  const gateway = await openGateway({ port: 0, kinesis, logs });
  t.teardown(() => gateway.close());
  return { logs, gateway };
}

test('events of a time are filtered and come in pages, each event once', async (t) => {
  const { logs, gateway } = await open(t);
  for (let second = 0; second < 4; second++)
    logs.put('/a', `eni-${second % 2}`, second * 1000, ['x', 'y', 'z'], second * 1000);
  const client = new CloudWatchLogsClient({ region, credentials, endpoint: gateway.endpoint });
  t.teardown(() => client.destroy());
  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const range = { logGroupName: '/a', startTime: 1000, endTime: 3000, limit: 2 };
    const page = await client.send(new FilterLogEventsCommand({ ...range, ...(nextToken && { nextToken }) }));
    for (const { timestamp, message } of page.events ?? []) seen.push(`${timestamp} ${message}`);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  t.deepEqual(
    seen,
    [1000, 2000, 3000].flatMap((time) => ['x', 'y', 'z'].map((message) => `${time} ${message}`)),
  );
  const some = await client.send(new FilterLogEventsCommand({ logGroupName: '/a', logStreamNamePrefix: 'eni-1' }));
  t.deepEqual(new Set(some.events?.map(({ timestamp }) => timestamp)), new Set([1000, 3000]));
});

test('each log group has a filter to the stream, and another group does not exist', async (t) => {
  const { gateway } = await open(t);
  const subscriptions = createSubscriptions({ region, credentials, endpoint: gateway.endpoint });
  t.teardown(() => subscriptions.close());
  const signal = AbortSignal.timeout(30_000);
  t.like(await subscriptions.list('/b', signal), { 0: { destinationArn: streamArn, pattern: '' }, length: 1 });
  await t.throwsAsync(subscriptions.list('/c', signal), { message: /does not exist/ });
});

test('what is not for CloudWatch Logs reaches Kinesis and its response comes back, unchanged', async (t) => {
  const kinesis = createServer((asked, response) => {
    asked
      .setEncoding('latin1')
      .on('data', (text: string) => response.write(`${asked.headers['x-amz-target']} ${text}`));
    asked.on('end', () => response.end());
    response.writeHead(418, { 'x-amzn-requestid': 'kept' });
  });
  await new Promise<void>((resolve) => kinesis.listen(0, '127.0.0.1', resolve));
  t.teardown(() => kinesis.close());
  const { gateway } = await open(t, `http://127.0.0.1:${(kinesis.address() as AddressInfo).port}`);
  const headers = { 'x-amz-target': 'Kinesis_20131202.X' };
  const response = await fetch(gateway.endpoint, { method: 'POST', headers, body: 'body' });
  t.is(response.status, 418);
  t.is(response.headers.get('x-amzn-requestid'), 'kept');
  t.is(await response.text(), 'Kinesis_20131202.X body');
});

test('a port in use is said, with what to do', async (t) => {
  const { gateway, logs } = await open(t);
  const port = Number(new URL(gateway.endpoint).port);
  const error = await t.throwsAsync(openGateway({ port, kinesis: gateway.endpoint, logs }), {
    instanceOf: CommandError,
  });
  t.is(error?.message, `Port ${port} is in use; choose another one with --port`);
});
