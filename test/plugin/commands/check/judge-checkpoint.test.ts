import test from 'ava';
import { judgeCheckpoint } from '../../../../plugin/commands/check/judge-checkpoint.js';
import type { ShardCheckpoint } from '../../../../src/checkpoint/store.js';

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 0, 15, 12);
const stream = { arn: 'arn:aws:kinesis:us-east-1:1:stream/x', createdMs: 5, retentionMs: 24 * hourMs };
const after = { type: 'after', sequenceNumber: '1' } as const;

function judge(shards: Readonly<Record<string, Partial<ShardCheckpoint>>>, identity = { ...stream }) {
  const entries = Object.entries(shards).map(
    ([shardId, shard]) => [shardId, { position: after, updatedMs: nowMs - hourMs, ...shard }] as const,
  );
  const content = { stream: identity, shards: new Map(entries) };
  const found = { path: 'c.json', content, isRecovered: false, isLocked: false };
  return judgeCheckpoint(found, { stream, startAt: 'latest', nowMs });
}

test('a checkpoint is judged by how far behind its slowest shard is', (t) => {
  const at = (hours: number) => ({ arrivalMs: nowMs - hours * hourMs });
  t.is(judge({ a: at(1) }).status, 'pass');
  t.is(judge({ a: at(1), b: at(20) }).status, 'warn');
  t.is(judge({ a: at(1), b: at(25) }).status, 'fail');
  t.regex(
    judge({ a: at(1), b: at(25) }).message,
    /shard "b" is the furthest behind, by 25 h\. Records are kept for a shorter time/,
  );
  t.is(judge({ a: { ...at(25), caughtUpMs: nowMs - hourMs } }).status, 'pass', 'it was idle at its tip');
  t.is(judge({ a: { position: { type: 'time', atMs: nowMs - 30 * hourMs } } }).status, 'fail');
  t.is(judge({ a: { position: { type: 'end' }, ...at(100) } }).status, 'pass', 'nothing more comes');
});

test('the age of a checkpoint and the lag of its slowest shard are shown, also where all is well', (t) => {
  const { status, message, details } = judge({
    a: { arrivalMs: nowMs - 3 * hourMs, caughtUpMs: nowMs - 60_000 },
    b: { arrivalMs: nowMs - 5 * 60_000 },
    c: { position: { type: 'end' }, arrivalMs: nowMs - 9 * hourMs },
  });
  t.is(status, 'pass');
  t.is(message, '3 shards in "c.json", written 1 h ago; shard "b" is the furthest behind, by 5 min');
  t.like(details, { ageMs: hourMs, lagMs: 5 * 60_000 });
  t.notRegex(judge({ a: { position: { type: 'beginning' } } }).message, /behind/, 'nothing of it is read');
});

test('a checkpoint of another stream, and of an earlier one of the name, fails', (t) => {
  t.regex(judge({}, { ...stream, arn: 'arn:other' }).message, /belongs to stream "arn:other"/);
  t.regex(judge({}, { ...stream, createdMs: 4 }).message, /deleted and created again/);
});

test('no checkpoint yet, a recovered one and one in use are reported', (t) => {
  const context = { stream, startAt: 'earliest', nowMs };
  const none = { path: 'c.json', content: undefined, isRecovered: false, isLocked: true };
  const first = judgeCheckpoint(none, context);
  t.is(first.status, 'pass');
  t.regex(first.message, /starts at "earliest"; a running process uses it/);
  const content = { stream, shards: new Map([['a', { position: after, arrivalMs: nowMs, updatedMs: nowMs }]]) };
  t.is(judgeCheckpoint({ ...none, content, isRecovered: true }, context).status, 'warn');
});
