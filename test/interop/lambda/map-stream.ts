/** An event source mapping of all shards of an emulated stream: one batch of a shard at a time, parents before children. */
import { setTimeout as delay } from 'node:timers/promises';
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import type { Emulator } from '../../../plugin/commands/emulator/start-kinesis.js';
import type { KinesisBatchEvent } from '../../../plugin/lambda/kinesis-event.js';
import { deliverBatch, type Invocation } from '../../fakes/event-source-mapping.js';

export interface Mapping {
  readonly stream: string;
  readonly invoke: (event: KinesisBatchEvent) => Promise<unknown>;
  readonly onInvocation: (invocation: Invocation) => void;
  readonly signal: AbortSignal;
}

const windowMs = 500;
const retryMs = 500;

/** Ends when the signal aborts; rejects when the emulator fails. */
export async function mapStream({ client }: Emulator, mapping: Mapping): Promise<void> {
  const { stream, signal } = mapping;
  const reading = new Map<string, Promise<void>>();
  const ended = new Set<string>();
  while (!signal.aborted) {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
    for (const shard of Shards) {
      const { ShardId = '' } = shard;
      if (reading.has(ShardId) || !parentsOf(shard).every((parent) => ended.has(parent))) continue;
      reading.set(
        ShardId,
        mapShard(client, ShardId, mapping).then(() => {
          ended.add(ShardId);
        }),
      );
    }
    await Promise.race([delay(windowMs), ...[...reading].filter(([id]) => !ended.has(id)).map(([, read]) => read)]);
  }
  await Promise.all(reading.values());
}

function parentsOf({ ParentShardId, AdjacentParentShardId }: Shard): readonly string[] {
  return [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined);
}

async function mapShard(
  client: Emulator['client'],
  shardId: string,
  { stream, invoke, onInvocation, signal }: Mapping,
): Promise<void> {
  const from = { StreamName: stream, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand(from));
  while (iterator !== undefined && !signal.aborted) {
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: 500 }),
    );
    const batch = Records.map(({ SequenceNumber = '', Data = new Uint8Array() }) => ({
      sequenceNumber: SequenceNumber,
      data: Data,
    }));
    await deliverBatch(shardId, batch, invoke, async (invocation) => {
      if (signal.aborted) throw new Error('The mapping has ended');
      onInvocation(invocation);
      if (invocation.done === 0) await delay(retryMs);
    });
    iterator = NextShardIterator ?? undefined;
    await delay(windowMs);
  }
}
