import test, { type ExecutionContext } from 'ava';
import { createFlowLogLookUp } from '../../src/cloudwatch/flow-log-lookup.js';
import { startFakeEc2 } from '../fakes/fake-ec2.js';

const group = '/aws/vpc/flow-logs';
const arn = `arn:aws:logs:us-east-1:123456789012:log-group:${group}`;
const { signal } = new AbortController();

async function setUp(t: ExecutionContext) {
  const ec2 = await startFakeEc2();
  t.teardown(() => ec2.stop());
  const credentials = { accessKeyId: 'fake', secretAccessKey: 'fake' };
  const lookUp = await createFlowLogLookUp({ region: 'us-east-1', credentials, endpoint: ec2.endpoint });
  if (!lookUp) throw new Error('The package is installed for tests');
  t.teardown(() => lookUp.close());
  return { ec2, lookUp };
}

test('the formats of all flow logs are listed by group, over pages, each once', async (t) => {
  const { ec2, lookUp } = await setUp(t);
  ec2.perPage = 2;
  for (const format of ['${version}', '${srcaddr}', '${version}', '${action}'])
    ec2.flowLogs.push({ format, logGroup: group });
  ec2.flowLogs.push({ format: '${end}', logGroup: `${group}-others` });
  const formats = new Map([
    [group, ['${version}', '${srcaddr}', '${action}']],
    [`${group}-others`, ['${end}']],
  ]);
  t.deepEqual(await lookUp.listFormats(signal), { formats });
  t.is(ec2.requests.length, 3, 'one for each page, whatever the number of groups');
});

test('flow logs that name their group by its ARN are found too', async (t) => {
  const { ec2, lookUp } = await setUp(t);
  ec2.flowLogs.push({ format: '${version}', destination: arn }, { format: '${end}', destination: `${arn}:*` });
  ec2.flowLogs.push(
    { format: '${start}', destination: `${arn}-others` },
    { format: '${bytes}', destination: 'arn:aws:s3:::b' },
  );
  const formats = new Map([
    [group, ['${version}', '${end}']],
    [`${group}-others`, ['${start}']],
  ]);
  t.deepEqual(await lookUp.listFormats(signal), { formats });
});

test('a refusal is a sentence with the permission; a fault that passes rejects, as do credentials that have ended', async (t) => {
  const { ec2, lookUp } = await setUp(t);
  ec2.refusal = 'UnauthorizedOperation';
  const found = await lookUp.listFormats(signal);
  t.true('refused' in found && found.refused.includes('ec2:DescribeFlowLogs'));
  for (const code of ['RequestLimitExceeded', 'AuthFailure']) {
    ec2.refusal = code;
    await t.throwsAsync(lookUp.listFormats(signal), { code });
  }
});
