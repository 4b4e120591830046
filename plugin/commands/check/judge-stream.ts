/** Judges from the description of a stream whether it can be read. */
import type { ConsumerSummary } from '../../../src/kinesis/sdk-fan-out-api.js';
import type { StreamSummary } from '../../../src/kinesis/stream-admin.js';
import { count } from '../count.js';
import type { CheckResult } from './check-result.js';

const hourMs = 3_600_000;

export function judgeStream(stream: string, summary: StreamSummary): CheckResult {
  const { status, mode, openShards, retentionMs, key, consumers } = summary;
  const facts = [
    mode === 'on-demand' ? 'on demand' : 'provisioned',
    count(openShards, 'open shard'),
    `records kept for ${retentionMs / hourMs} h`,
    key === undefined ? 'not encrypted' : `encrypted with "${key}"`,
    consumers === 0
      ? 'no registered consumer'
      : `${count(consumers, 'registered consumer')} in addition to readers that poll`,
  ];
  const details = { ...summary };
  const message = `"${stream}" is ${status}: ${facts.join(', ')}`;
  if (status === 'DELETING') {
    return { name: 'stream', status: 'fail', message, advice: 'create it again with npx kinesis-snare setup', details };
  }
  if (status === 'CREATING') {
    return { name: 'stream', status: 'warn', message, advice: 'wait until it is ACTIVE', details };
  }
  return { name: 'stream', status: 'pass', message, details };
}

/** @param found undefined if the stream does not have the consumer */
export function judgeConsumer(consumer: string, found: ConsumerSummary | undefined): CheckResult {
  const name = 'consumer';
  if (!found) {
    const message = `The stream has no consumer "${consumer}"`;
    return {
      name,
      status: 'fail',
      message,
      advice: 'register it with npx kinesis-snare setup, or correct input.fanOut',
    };
  }
  const message = `Consumer "${consumer}" is ${found.status}. kinesis:SubscribeToShard is not tried: it would take a shard from a program that runs`;
  if (found.status === 'ACTIVE') return { name, status: 'pass', message, details: { ...found } };
  const advice =
    found.status === 'CREATING' ? 'wait until it is ACTIVE' : 'register it again with npx kinesis-snare setup';
  return { name, status: 'warn', message, advice, details: { ...found } };
}
