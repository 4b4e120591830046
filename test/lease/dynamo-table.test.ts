import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { AwsError } from '../../src/aws/error.js';
import { systemClock } from '../../src/clock.js';
import { CheckpointError } from '../../src/errors.js';
import { createDynamoTable, type DynamoTable } from '../../src/lease/dynamo-table.js';
import { type Item, toItem, toLease } from '../../src/lease/item.js';
import { type Dynalite, startDynalite } from '../fakes/dynalite.js';
import { checkConformance } from './table.contract.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);
let dynalite: Dynalite;

test.before(async () => {
  dynalite = await startDynalite();
});

test.after.always(() => dynalite.stop());

async function tableOf(name: string): Promise<DynamoTable> {
  const table = await createDynamoTable({
    name,
    client: dynalite.client,
    requestTimeoutMs: 10_000,
    clock: systemClock,
  });
  if (!table) throw new Error('the package is missing');
  return table;
}

/** Rows that real daemons of KCL wrote, by the name of their table. */
function readRows(file: string): ReadonlyMap<string, readonly Item[]> {
  const tables = new Map<string, Item[]>();
  let rows: Item[] = [];
  for (const line of readFileSync(`test/fixtures/kcl/${file}`, 'utf8').split('\n')) {
    if (line.startsWith('# ')) {
      rows = [];
      tables.set(line.slice(2), rows);
    } else if (line !== '') rows.push(JSON.parse(line));
  }
  return tables;
}

test('every conditional write does what the rules say, on the row that they say', async (t) => {
  const { made, refused } = await checkConformance(dynalite.client, 100);
  const kinds = ['ask', 'create', 'force', 'link', 'release', 'renew', 'restore', 'save', 'take'];
  t.deepEqual(Object.keys(made).sort(), [...kinds, 'remove'].sort());
  t.deepEqual(Object.keys(refused).sort(), [...kinds, 'remove'].sort());
});

test('the table is created once, however many workers open it', async (t) => {
  const tables = await Promise.all([1, 2, 3].map(() => tableOf('opened')));
  await Promise.all(tables.map((table) => table.open(signal)));
  t.like(await tables[0]?.describe(signal), { status: 'ACTIVE', hasKclIndex: false });
  t.deepEqual(await tables[1]?.list(signal), []);
});

test('a table that is not there is undefined to describe and an error to list', async (t) => {
  const table = await tableOf('missing');
  t.is(await table.describe(signal), undefined);
  const error = await t.throwsAsync(() => table.list(signal), { instanceOf: AwsError });
  t.is(error?.kind, 'not-found');
});

test('a table with another key is refused', async (t) => {
  const raw = new DynamoDBClient(dynalite.client);
  const id = 'order';
  const request = {
    TableName: 'orders',
    KeySchema: [{ AttributeName: id, KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName: id, AttributeType: 'N' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
  };
  await raw.send(new CreateTableCommand(request));
  const table = await tableOf('orders');
  const error = await t.throwsAsync(() => table.open(signal), { instanceOf: CheckpointError });
  t.is(error?.kind, 'unreadable');
  t.regex(error?.message ?? '', /expected the key leaseKey \(HASH, S\), got order \(HASH, N\)/);
});

test('pages of a large table are all read', async (t) => {
  const table = await tableOf('large');
  await table.open(signal);
  const raw = new DynamoDBClient(dynalite.client);
  const filler = 'x'.repeat(300_000);
  for (let index = 0; index < 8; index++) {
    const item = toItem({ shardId: `shard-${index}`, checkpoint: '1', parentIds: [], childIds: [], own: {} });
    await raw.send(new PutItemCommand({ TableName: 'large', Item: { ...item, filler: { S: filler } } }));
  }
  t.is((await table.list(signal)).length, 8);
});

test('rows of KCL 2.5.4 and 3.1.3 are read as they are, and rows that are no leases are left out', (t) => {
  const mixed = [...readRows('kcl-2.5.4-with-native-rows.ndjson').values()].flat().map(toLease);
  t.true(mixed.every((lease) => lease !== undefined));
  t.like(
    mixed.find((lease) => lease?.shardId === 'shardId-000000000008'),
    {
      owner: 'w2',
      counter: 197,
      checkpoint: '49680681220037979464032098777734045528352228285173727362',
      parentIds: ['shardId-000000000005', 'shardId-000000000004'],
      own: {},
    },
  );
  const ended = mixed.find((lease) => lease?.shardId === 'shardId-000000000000');
  t.like(ended, { checkpoint: 'SHARD_END', switches: 1, own: { startMs: 0 } });
  for (const [table, items] of readRows('kcl-3.1.3-tables.ndjson')) {
    const isLeases = !/-(CoordinatorState|WorkerMetricStats)$/.test(table);
    t.true(
      items.map(toLease).every((lease) => (lease !== undefined) === isLeases),
      table,
    );
  }
  t.is(toLease({ leaseKey: { S: 'leader' }, entityType: { S: 'LEADER' } }), undefined);
});

test('a row keeps what KCL wrote on it through all of our writes', async (t) => {
  const table = await tableOf('kept');
  await table.open(signal);
  const raw = new DynamoDBClient(dynalite.client);
  const [item] = readRows('kcl-3.1.3-tables.ndjson').get('app3k') ?? [];
  const alien = { ...item, checkpoint: { S: '49680680687518484868319348794547433778744215836225962002' } };
  await raw.send(new PutItemCommand({ TableName: 'kept', Item: alien as Item }));
  const [seen] = await table.list(signal);
  if (!seen) throw new Error('no row');
  const me = 'one~00000001';
  const { shardId } = seen;
  const taken = await table.change('take', shardId, { me, seen }, signal);
  const counter = taken.row?.counter ?? 0;
  const checkpoint = `${seen.checkpoint}1`;
  await table.change('save', shardId, { me, counter, checkpoint, own: { startMs: 1 } }, signal);
  t.like(await table.list(signal), [{ owner: me, checkpoint, childIds: seen.childIds }]);
  const { Items = [] } = await raw.send(new ScanCommand({ TableName: 'kept' }));
  t.like(Items[0], { throughputKBps: { N: '0' }, startingHashKey: { S: '0' } });
});

test('KCL 3 is found by its version, by its hand-overs and by its other rows', async (t) => {
  const raw = new DynamoDBClient(dynalite.client);
  const create = (TableName: string, key: string) =>
    raw.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        AttributeDefinitions: [
          { AttributeName: key, AttributeType: 'S' },
          ...(key === 'leaseKey' ? [{ AttributeName: 'leaseOwner', AttributeType: 'S' } as const] : []),
        ],
        ...(key === 'leaseKey' && {
          GlobalSecondaryIndexes: [
            {
              IndexName: 'LeaseOwnerToLeaseKeyIndex',
              KeySchema: [
                { AttributeName: 'leaseOwner', KeyType: 'HASH' },
                { AttributeName: 'leaseKey', KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'KEYS_ONLY' },
            },
          ],
        }),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  const table = await tableOf('kcl3');
  await create('kcl3', 'leaseKey');
  t.is(await table.findKcl3(signal), undefined, 'its index alone');
  await create('kcl3-CoordinatorState', 'key');
  t.is(await table.findKcl3(signal), undefined, 'its table alone');
  const setVersion = (version: string) =>
    raw.send(
      new PutItemCommand({
        TableName: 'kcl3-CoordinatorState',
        Item: { key: { S: 'Migration3.0' }, cv: { S: version } },
      }),
    );
  await setVersion('CLIENT_VERSION_2X');
  t.is(await table.findKcl3(signal), undefined);
  await setVersion('CLIENT_VERSION_3X');
  t.is(await table.findKcl3(signal), 'the version CLIENT_VERSION_3X');
  await setVersion('CLIENT_VERSION_2X');
  const lease = toItem({ shardId: 's', checkpoint: '1', parentIds: [], childIds: [], own: {} });
  const handOver = { ...lease, leaseOwner: { S: 'w2' }, checkpointOwner: { S: 'w1' } };
  await raw.send(new PutItemCommand({ TableName: 'kcl3', Item: handOver }));
  t.is(await table.findKcl3(signal), 'a hand-over of worker "w1"');
  await raw.send(
    new PutItemCommand({ TableName: 'kcl3', Item: { leaseKey: { S: 'l' }, entityType: { S: 'LEADER' } } }),
  );
  t.is(await table.findKcl3(signal), 'rows of the type "LEADER"');
});
