/** Puts numbered flow logs into an emulated stream at a steady rate, and says which of them did not arrive. */
import { setTimeout as delay } from 'node:timers/promises';
import { ListShardsCommand, PutRecordCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import type { Emulator } from '../../plugin/commands/emulator/start-kinesis.js';
import { toRecord } from '../end-to-end/flow-logs.js';

export interface LoadOptions {
  readonly stream: string;
  readonly records: number;
  /** Flow logs in a record. */
  readonly perRecord: number;
  readonly recordsPerSecond: number;
}

/** Resolves with the number of flow logs, from 0, when all are put. */
export async function putNumbered(
  { client }: Emulator,
  { stream, records, perRecord, recordsPerSecond }: LoadOptions,
): Promise<number> {
  for (let record = 0; record < records; record++) {
    const { partitionKey, data } = toRecord(String(record % 8), record * perRecord, (record + 1) * perRecord);
    await client.send(new PutRecordCommand({ StreamName: stream, PartitionKey: partitionKey, Data: data }));
    await delay(1000 / recordsPerSecond);
  }
  return records * perRecord;
}

/** Splits the shard with this index in halves. */
export async function splitShard({ client }: Emulator, stream: string, index: number): Promise<void> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
  const { ShardId, HashKeyRange } = Shards[index] ?? {};
  const middle = (BigInt(HashKeyRange?.StartingHashKey ?? 0) + BigInt(HashKeyRange?.EndingHashKey ?? 0)) / 2n;
  await client.send(
    new SplitShardCommand({ StreamName: stream, ShardToSplit: ShardId, NewStartingHashKey: String(middle) }),
  );
}

export interface Arrived {
  readonly missing: number;
  readonly duplicates: number;
}

/** @param lines in the format `snare` */
export function judge(lines: readonly string[], count: number): Arrived {
  const numbers = lines
    .filter((line) => line.split('\t')[1] === 'AWSVPCFlowLog')
    .map((line) => Number((JSON.parse(line.split('\t')[3] ?? '') as { BYTES: string }).BYTES));
  const seen = new Set(numbers);
  let missing = 0;
  for (let number = 0; number < count; number++) if (!seen.has(number)) missing++;
  return { missing, duplicates: numbers.length - seen.size };
}
