import test from 'ava';
import {
  accountOf,
  logGroupOf,
  parseArn,
  regionOf,
  toLogGroupName,
  toStreamName,
  toTarget,
} from '../../src/aws/arn.js';

const stream = 'arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/flow-logs';
const logGroup = 'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vpc/flow-logs';
const role = 'arn:aws:iam::123456789012:role/reader';

test('an ARN has its parts, and its resource may have colons', (t) => {
  t.deepEqual(parseArn(`${logGroup}:*`), {
    partition: 'aws',
    service: 'logs',
    region: 'eu-west-1',
    account: '123456789012',
    resource: 'log-group:/aws/vpc/flow-logs:*',
  });
  for (const text of ['', 'flow-logs', 'arn:', 'arn:aws', 'barn:aws:kinesis:x:y:z'])
    t.is(parseArn(text), undefined, text);
});

test('a stream and a log group have the same name by their names and by their ARNs', (t) => {
  for (const text of [stream, 'flow-logs']) t.is(toStreamName(text), 'flow-logs');
  for (const text of [logGroup, `${logGroup}:*`, '/aws/vpc/flow-logs'])
    t.is(toLogGroupName(text), '/aws/vpc/flow-logs');
  t.deepEqual(
    [logGroupOf(logGroup), logGroupOf('/aws/vpc/flow-logs'), logGroupOf(stream)],
    ['/aws/vpc/flow-logs', undefined, undefined],
  );
  t.deepEqual([toTarget(stream), toTarget('flow-logs')], [{ StreamARN: stream }, { StreamName: 'flow-logs' }]);
});

test('an account has twelve digits, and a name has neither an account nor a region', (t) => {
  t.deepEqual([stream, role, 'arn:aws:kinesis:x:other:stream/a', 'flow-logs', undefined].map(accountOf), [
    '123456789012',
    '123456789012',
    undefined,
    undefined,
    undefined,
  ]);
  t.deepEqual([stream, 'flow-logs'].map(regionOf), ['us-gov-west-1', undefined]);
});
