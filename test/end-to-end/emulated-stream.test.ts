/** An emulator of another maker: it keeps the contract of the fake, and the whole path from it to a real TCP receiver. */
import {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import test from 'ava';
import { type Emulator, startEmulator } from '../../plugin/commands/emulator/start-kinesis.js';
import { testKinesisContract } from '../fakes/fake-kinesis.contract.js';
import { startReceiver } from '../fakes/receiver.js';
import { makeFolder, runHere, startHere, writeManifest } from './command.js';
import { findMissing, type NumberedRecord, readLines, toRecord } from './flow-logs.js';

const stream = 'flow-logs';

let emulator: Emulator;
test.after.always(() => emulator?.stop());

testKinesisContract(async () => {
  emulator = await startEmulator();
  return emulator;
});

test('run --once reads through a split and a merge: nothing is lost, parents come first', async (t) => {
  await emulator.createStream(stream, 1);
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  let next = 0;
  const putSome = async () => {
    for (const key of keys) {
      await put(emulator, toRecord(key, next, next + 5));
      next += 5;
    }
  };
  await putSome();
  const half = '170141183460469231731687303715884105728';
  const split = { StreamName: stream, ShardToSplit: 'shardId-000000000000', NewStartingHashKey: half };
  await emulator.client.send(new SplitShardCommand(split));
  await untilActive(emulator, 3);
  await putSome();

  const folder = await makeFolder(t);
  const manifest = await writeManifest(folder, toConfig(emulator, receiver.port));
  const running = startHere('run', '--once', '--manifest', manifest);
  const merge = {
    StreamName: stream,
    ShardToMerge: 'shardId-000000000001',
    AdjacentShardToMerge: 'shardId-000000000002',
  };
  // Under way while the program reads.
  await emulator.client.send(new MergeShardsCommand(merge));
  await untilActive(emulator, 4);
  await putSome();
  const first = await running.ended;
  t.is(first.code, 0, first.stderr);
  const second = await runHere('run', '--once', '--manifest', manifest);
  t.is(second.code, 0, second.stderr);

  t.deepEqual(findMissing(receiver.lines, next), []);
  t.is(receiver.lines.length, next);
  // All records of a key are in a line of shards, so a key's numbers come in the order in which they were put.
  for (const key of keys) {
    const numbers = readLines(receiver.lines).flatMap((line) => (line.key === key ? line.number : []));
    t.deepEqual(
      numbers,
      numbers.toSorted((left, right) => left - right),
      key,
    );
  }
});

function toConfig({ endpoint, region }: Emulator, port: number) {
  const output = { type: 'tcp', host: '127.0.0.1', port, rotateMs: 300, confirmHoldMs: 100 };
  return { input: { stream, endpoint, region, startAt: 'earliest', idleDelayMs: 300 }, output };
}

async function put({ client }: Emulator, { partitionKey, data }: NumberedRecord): Promise<void> {
  await client.send(new PutRecordCommand({ StreamName: stream, PartitionKey: partitionKey, Data: data }));
}

async function untilActive(emulator: Emulator, shards: number): Promise<void> {
  for (;;) {
    const { Shards = [] } = await emulator.client.send(new ListShardsCommand({ StreamName: stream }));
    const { StreamDescriptionSummary: summary } = await emulator.client.send(
      new DescribeStreamSummaryCommand({ StreamName: stream }),
    );
    if (Shards.length >= shards && summary?.StreamStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
