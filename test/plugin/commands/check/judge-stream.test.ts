import test from 'ava';
import { judgeConsumer, judgeStream } from '../../../../plugin/commands/check/judge-stream.js';
import type { StreamSummary } from '../../../../src/kinesis/stream-admin.js';

const summary: StreamSummary = {
  arn: 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs',
  createdMs: 0,
  status: 'ACTIVE',
  mode: 'on-demand',
  openShards: 1,
  retentionMs: 24 * 3_600_000,
  key: undefined,
  consumers: 0,
};

test('a stream is judged by its status, and its facts are reported', (t) => {
  const statuses = ['ACTIVE', 'UPDATING', 'CREATING', 'DELETING'].map(
    (status) => judgeStream('flow-logs', { ...summary, status }).status,
  );
  t.deepEqual(statuses, ['pass', 'pass', 'warn', 'fail']);
  t.is(
    judgeStream('flow-logs', summary).message,
    '"flow-logs" is ACTIVE: on demand, 1 open shard, records kept for 24 h, not encrypted, no registered consumer',
  );
  const { message } = judgeStream('x', {
    ...summary,
    mode: 'provisioned',
    openShards: 2,
    key: 'alias/own',
    consumers: 2,
  });
  t.regex(message, /provisioned, 2 open shards, .*encrypted with "alias\/own", 2 registered consumers/);
});

test('a consumer is judged by its status; one that is missing fails, with what to do', (t) => {
  const judge = (status: string) => judgeConsumer('snare', { arn: `${summary.arn}/consumer/snare:1`, status }).status;
  t.deepEqual(['ACTIVE', 'CREATING', 'DELETING'].map(judge), ['pass', 'warn', 'warn']);
  t.like(judgeConsumer('snare', undefined), {
    status: 'fail',
    message: 'The stream has no consumer "snare"',
    advice: 'register it with npx kinesis-snare setup, or correct input.fanOut',
  });
});
