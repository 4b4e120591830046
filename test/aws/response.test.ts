/** What answers in place of AWS: pages of proxies, portals and gateways, of any status, size and speed. */
import { once, setMaxListeners } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { toAwsError } from '../../src/aws/error.js';
import { createFlowLogLookUp } from '../../src/cloudwatch/flow-log-lookup.js';
import { createSdkApi as createLogsApi } from '../../src/cloudwatch/sdk-api.js';
import { createSubscriptions } from '../../src/cloudwatch/subscriptions.js';
import { createSdkApi } from '../../src/kinesis/sdk-api.js';
import { createStreamAdmin } from '../../src/kinesis/stream-admin.js';
import { createApi } from '../../src/pipeline/clients.js';
import { inputSchema } from '../../src/settings/input.js';
import { type Stranger, startStranger } from '../fakes/stranger.js';
import { unwatched } from '../fakes/unwatched.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const { signal } = new AbortController();
// Each call listens while it is under way, and here all of them are.
setMaxListeners(0, signal);
const region = 'us-east-1';
const credentials = { accessKeyId: 'fake', secretAccessKey: 'fake' };
const range = { logGroup: 'group', fromMs: 0, toMs: 1000 };
const filter = { name: 'n', pattern: '', destinationArn: 'a', roleArn: 'r', distribution: 'random' } as const;

/** Every operation of AWS that the program uses, each on the same server. */
const operations: Readonly<Record<string, (options: { endpoint: string }) => Promise<unknown>>> = {
  DescribeStreamSummary: (options) => kinesis(options).describeStream(signal),
  ListShards: (options) => kinesis(options).listShards(signal),
  GetShardIterator: (options) => kinesis(options).getIterator('shard', { type: 'beginning' }, signal),
  GetRecords: (options) => kinesis(options).getRecords('iterator', signal),
  'DescribeStreamSummary of setup': (options) => admin(options).describe(signal),
  CreateStream: (options) => admin(options).create(1, signal),
  FilterLogEvents: (options) =>
    createLogsApi({ ...options, region, credentials }).filterEvents(range, 0, undefined, signal),
  DescribeSubscriptionFilters: (options) => subscriptions(options).list('group', signal),
  PutSubscriptionFilter: (options) => subscriptions(options).put('group', filter, signal),
  DescribeFlowLogs: async (options) => {
    const lookUp = await createFlowLogLookUp({ ...options, region, credentials });
    return lookUp?.listFormats(signal);
  },
  AssumeRole: async ({ endpoint }) => {
    process.env.AWS_ENDPOINT_URL_STS = endpoint;
    const assumeRole = { arn: 'arn:aws:iam::123456789012:role/reader' };
    const api = await createApi(
      inputSchema.parse({ stream: 'stream', endpoint: 'http://127.0.0.1:9', region, assumeRole }),
      { watch: unwatched },
    );
    return api.describeStream(signal);
  },
};

const call = (operation: string, { endpoint }: Stranger) =>
  operations[operation]?.({ endpoint }) ?? Promise.reject(new TypeError(operation));

const kinesis = (options: { endpoint: string }) => createSdkApi({ ...options, stream: 'stream', region, credentials });
const admin = (options: { endpoint: string }) =>
  createStreamAdmin({ ...options, stream: 'stream', region, credentials });
const subscriptions = (options: { endpoint: string }) => createSubscriptions({ ...options, region, credentials });

const bodies = [
  '{}',
  '',
  '<html><head><title>Sign in</title></head><body>Welcome &nbsp; to the hotel</body></html>',
  'OK',
  'null',
  '[]',
  '"text"',
  '{"message":"Forbidden"}',
  '{"StreamDescriptionSummary":[],"Shards":{},"Records":{},"events":"","subscriptionFilters":7,"ShardIterator":7}',
  '{"StreamDescriptionSummary":{"StreamARN":7},"Shards":[null],"Records":[null],"events":[null],"subscriptionFilters":[null],"MillisBehindLatest":0}',
  '{"StreamDescriptionSummary":{"StreamARN":"a"},"Shards":[{}],"Records":[{}],"events":[{}],"subscriptionFilters":[{}],"MillisBehindLatest":"0"}',
  '{"StreamDescriptionSummary":{"StreamARN":"a","StreamCreationTimestamp":"x"},"Shards":[],"Records":[],"ShardIterator":""}',
  '{"Records":[{"Data":"AAAA"}],"MillisBehindLatest":0}',
  '{"Records":[{"Data":"<html>"}],"MillisBehindLatest":0}',
  '{"Records":[{"Data":"',
  '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>a</AccessKeyId></Credentials></AssumeRoleResult></AssumeRoleResponse>',
];

/** Rejects as the response of a stranger should be reported. */
async function assertRefused(t: ExecutionContext, refused: Promise<unknown>, status: number, context: string) {
  const error = await t.throwsAsync<Error & { code?: string }>(refused, undefined, context);
  const { code = '', message: shown = '' } = error ?? {};
  t.is(code, `HTTP ${status}`, context);
  t.is(toAwsError(Object.assign(new Error(shown), { code })).kind, 'transient', context);
  t.regex(
    shown,
    /^HTTP \d+: (The AWS credentials of .* could not be obtained: HTTP \d+: )?the response is not from AWS; a proxy, a portal or a gateway on the way sent it/,
    context,
  );
  t.notRegex(shown, /deserialization|hidden field|JSON at|@aws-sdk|unexpected token/i, context);
}

for (const operation of Object.keys(operations)) {
  test.serial(`a response to ${operation} that is not from AWS is refused, with its status`, async (t) => {
    const stranger = await startStranger(t);
    for (const status of [200, 403, 503]) {
      // The SDK itself repeats requests to EC2 and STS after these.
      for (const body of status === 503 ? bodies.slice(0, 4) : bodies) {
        stranger.response = { status, body };
        await assertRefused(t, call(operation, stranger), status, `${status} ${body}`);
      }
    }
    stranger.response = { status: 302, body: '', headers: { location: 'http://portal.example/' } };
    await assertRefused(t, call(operation, stranger), 302, 'a redirect');
  });
}

test('an empty list, and one of an operation that gives nothing back, are believed', async (t) => {
  const stranger = await startStranger(t);
  const cases: readonly [string, string][] = [
    ['GetRecords', '{"Records":[],"MillisBehindLatest":0}'],
    ['FilterLogEvents', '{"events":[]}'],
    ['DescribeSubscriptionFilters', '{"subscriptionFilters":[]}'],
    ['CreateStream', ''],
    ['PutSubscriptionFilter', ''],
    ['DescribeFlowLogs', '<DescribeFlowLogsResponse><flowLogSet/></DescribeFlowLogsResponse>'],
  ];
  for (const [operation, body] of cases) {
    stranger.response = { status: 200, body, headers: { 'x-amzn-requestid': '1' } };
    await t.notThrowsAsync(call(operation, stranger), operation);
  }
});

for (const [operation, body] of [
  ['ListShards', '{"Shards":[{"ShardId":"s","SequenceNumberRange":{}}],"NextToken":"again"}'],
  ['DescribeSubscriptionFilters', '{"subscriptionFilters":[],"nextToken":"again"}'],
  [
    'DescribeFlowLogs',
    '<DescribeFlowLogsResponse><flowLogSet/><nextToken>again</nextToken></DescribeFlowLogsResponse>',
  ],
] as const) {
  test(`a page token of ${operation} that repeats is an error that names it`, async (t) => {
    const stranger = await startStranger(t);
    stranger.response = { status: 200, body };
    const message = new RegExp(`${operation} names the page "again" repeatedly`);
    await t.throwsAsync(call(operation, stranger), { message });
    t.is(stranger.requests, 2);
  });
}

const mib = 1024 * 1024;
const limitsOf: Readonly<Record<string, number>> = {
  GetRecords: 32,
  FilterLogEvents: 32,
  DescribeFlowLogs: 32,
  ListShards: 8,
};

for (const operation of Object.keys(operations)) {
  test.serial(`a response to ${operation} without an end is given up at its limit`, async (t) => {
    const stranger = await startStranger(t);
    const part = Buffer.alloc(mib, 'A');
    const closed: Promise<unknown>[] = [];
    stranger.write = (response) => {
      closed.push(once(response, 'close'));
      response.write('{"Records":[{"Data":"');
      const go = () => {
        while (!response.destroyed && response.write(part));
        if (!response.destroyed) response.once('drain', go);
      };
      go();
    };
    const error = await t.throwsAsync<Error & { code?: string }>(call(operation, stranger));
    t.is(error?.code, 'ResponseTooLarge');
    const limit = limitsOf[operation] ?? 1;
    t.regex(error?.message ?? '', new RegExp(`is larger than ${limit} MiB, which AWS never sends`));
    await Promise.all(closed);
    // The rest was in the buffers of sockets.
    t.true(stranger.sentBytes < (limit + 12) * mib, `${stranger.sentBytes} bytes`);
  });
}

test('a response that announces more than its limit is given up before it is read', async (t) => {
  const stranger = await startStranger(t);
  stranger.write = (response) => {
    response.writeHead(200, { 'content-length': 147_000_000 });
    response.write('{"Records":[');
  };
  for (const operation of ['GetRecords', 'FilterLogEvents'])
    await t.throwsAsync(call(operation, stranger), { message: /is larger than 32 MiB/ }, operation);
});

test('a response in chunks has its records cut out too, and none of its bytes is lost', async (t) => {
  const stranger = await startStranger(t);
  const records = Array.from({ length: 40 }, (_, index) => Buffer.alloc(50_000 * (index % 3) + index, `${index}`));
  const body = JSON.stringify({
    MillisBehindLatest: 0,
    Records: records.map((record, index) => ({ SequenceNumber: `${index}`, Data: record.toString('base64') })),
  });
  stranger.write = (response) => {
    response.write(body.slice(0, 77_777));
    response.end(body.slice(77_777));
  };
  const page = await kinesis(stranger).getRecords('iterator', signal);
  t.is(page.records.length, 40);
  for (const [index, { data }] of page.records.entries()) t.true(Buffer.compare(data, records[index] as Buffer) === 0);
});
