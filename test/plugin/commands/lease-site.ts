/** What the commands need for a fleet: a stream, a DynamoDB that can refuse, a manifest, and rows of workers. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { ExecutionContext } from 'ava';
import { type Item, toItem, toLease } from '../../../src/lease/item.js';
import type { Lease } from '../../../src/lease/lease.js';
import { makeFolder, writeManifest } from '../../end-to-end/command.js';
import { startDynalite } from '../../fakes/dynalite.js';
import { startFakeCloudWatchLogs } from '../../fakes/fake-cloudwatch-logs.js';
import { startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { startRefusingTable } from '../../fakes/refusing-table.js';

// The fakes take any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
export const table = 'leases';
export const startMs = Date.now();

export async function openLeaseSite(t: ExecutionContext) {
  const [kinesis, logs, dynalite, folder] = await Promise.all([
    startFakeKinesis({ clock: Date }),
    startFakeCloudWatchLogs({ clock: Date }),
    startDynalite(),
    makeFolder(t),
  ]);
  const gate = await startRefusingTable(dynalite.endpoint);
  const client = new DynamoDBClient(dynalite.client);
  t.teardown(async () => {
    client.destroy();
    await gate.stop();
    await Promise.all([kinesis.stop(), logs.stop(), dynalite.stop()]);
  });
  const { arn, createdMs } = kinesis.createStream(stream, { shards: 4 });
  const { endpoint, region } = kinesis;
  const checkpoint = { type: 'dynamodb', table, endpoint: gate.endpoint, leaseMs: 3000 };
  const input = { stream, region, endpoint, logsEndpoint: logs.endpoint, checkpoint };
  const own = { stream: arn, createdMs, startMs };
  const [first = '', second = '', third = '', fourth = ''] = kinesis
    .stream(stream)
    .shards.map((shard) => shard.shardId);
  const put = (lease: Partial<Lease> & Pick<Lease, 'shardId'>, more: Item = {}) => {
    const row = { checkpoint: 'AT_TIMESTAMP', parentIds: [], childIds: [], own, ...lease };
    return client.send(new PutItemCommand({ TableName: table, Item: { ...toItem(row), ...more } }));
  };
  return {
    gate,
    own,
    kinesis,
    client,
    manifest: await writeManifest(folder, { input }),
    shardIds: [first, second, third, fourth] as const,
    put,
    async createTable(key = 'leaseKey'): Promise<void> {
      const request = {
        TableName: table,
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' as const }],
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' as const }],
        BillingMode: 'PAY_PER_REQUEST' as const,
      };
      await client.send(new CreateTableCommand(request));
    },
    /** Two workers of this program, one of KCL, and one shard without a reader. */
    async putReaders(): Promise<void> {
      await put({ shardId: first, owner: 'one~00000001', checkpoint: '4961' });
      await put({ shardId: second, owner: 'two~00000002', donor: 'one~00000001' });
      await put({ shardId: third, owner: 'w3' });
      await put({ shardId: fourth });
    },
    async rows(): Promise<readonly Lease[]> {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
      return Items.flatMap((item) => toLease(item) ?? []);
    },
  };
}
