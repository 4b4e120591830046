import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import test, { type ExecutionContext } from 'ava';
import { CheckpointError, StartError } from '../../../src/errors.js';
import { makeFolder } from '../../end-to-end/command.js';
import { type Dynalite, startDynalite } from '../../fakes/dynalite.js';
import { type FakeKinesis, startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { startRefusingTable } from '../../fakes/refusing-table.js';
import { startRoad } from '../../fakes/road.js';
import { type Delivery, FleetWorker, type FleetWorkerOptions } from './fleet-worker.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

let dynalite: Dynalite;

test.before(async () => {
  dynalite = await startDynalite();
});

test.after.always(() => dynalite.stop());

class Fleet {
  readonly deliveries: Delivery[] = [];
  readonly kinesis: FakeKinesis;
  readonly workers: FleetWorker[] = [];
  readonly table = `leases-${randomUUID()}`;
  readonly #folder: string;
  #put = 0;
  /** Number of deliveries that were looked at, and their texts. */
  #seen = 0;
  readonly #texts = new Set<string>();

  constructor(kinesis: FakeKinesis, folder: string) {
    this.kinesis = kinesis;
    this.#folder = folder;
  }

  /** Where the table is, unless the worker has an address of its own. */
  readonly client = new DynamoDBClient(dynalite.client);

  async join(name: string, options: Partial<FleetWorkerOptions> = {}): Promise<FleetWorker> {
    const { endpoint } = dynalite;
    const { kinesis, table } = this;
    const worker = new FleetWorker(this.deliveries, {
      kinesis,
      endpoint,
      folder: this.#folder,
      name,
      table,
      ...options,
    });
    this.workers.push(worker);
    await worker.source.start();
    return worker;
  }

  put(count: number): void {
    for (let index = 0; index < count; index++) {
      const number = this.#put++;
      this.kinesis.put('flow-logs', `${number % 20}:${number}`, `key-${number % 20}`);
    }
  }

  async until(isTrue: () => boolean, what: string, limitMs = 25_000): Promise<void> {
    const endMs = performance.now() + limitMs;
    while (!isTrue()) {
      if (performance.now() > endMs) throw new Error(`${what} did not come`);
      await sleep(20);
    }
  }

  get missing(): number {
    return this.#put - this.#countTexts();
  }

  get duplicates(): number {
    return this.deliveries.length - this.#countTexts();
  }

  /** Looks at each delivery once: this is asked for again and again. */
  #countTexts(): number {
    for (const { text } of this.deliveries.slice(this.#seen)) this.#texts.add(text);
    this.#seen = this.deliveries.length;
    return this.#texts.size;
  }

  /** First deliveries of a partition key that came after a later one. */
  get disorder(): number {
    const seen = new Set<string>();
    const last = new Map<string, number>();
    let wrong = 0;
    for (const { text } of this.deliveries) {
      if (seen.has(text)) continue;
      seen.add(text);
      const [key = '', number] = text.split(':');
      if (Number(number) < (last.get(key) ?? -1)) wrong++;
      last.set(key, Number(number));
    }
    return wrong;
  }
}

async function startFleet(t: ExecutionContext, shards: number): Promise<Fleet> {
  const kinesis = await startFakeKinesis({ clock: Date });
  kinesis.createStream('flow-logs', { shards });
  const fleet = new Fleet(kinesis, await makeFolder(t));
  t.teardown(async () => {
    await Promise.all(fleet.workers.map((worker) => worker.stop()));
    await kinesis.stop();
  });
  return fleet;
}

test.serial(
  'workers share the shards evenly, hand over cleanly, and follow a split: nothing lost, nothing twice, in order',
  async (t) => {
    const fleet = await startFleet(t, 4);
    fleet.put(200);
    const one = await fleet.join('one');
    await fleet.until(() => fleet.missing === 0, 'every record');
    t.is(one.own, 4);
    const two = await fleet.join('two');
    fleet.put(200);
    await fleet.until(() => one.own === 2 && two.own === 2, 'an even share');
    t.true(one.released.every(({ why }) => why === 'released'));
    const [shard] = Object.keys(Object.fromEntries(one.source.status));
    fleet.kinesis.split('flow-logs', shard ?? '');
    fleet.put(200);
    await fleet.until(() => one.own + two.own === 5 && fleet.missing === 0, 'the children');
    const stoppedMs = performance.now();
    await one.stop();
    fleet.put(200);
    await fleet.until(() => fleet.missing === 0, 'the records after a stop');
    await fleet.until(() => two.own === 5, 'all leases');
    const firsts = fleet.deliveries.filter(({ atMs, worker }) => atMs > stoppedMs && worker === 'two');
    t.true(firsts.length > 0);
    await two.stop();
    t.is(fleet.duplicates, 0);
    t.is(fleet.disorder, 0);
    t.deepEqual([...one.faults, ...two.faults], []);
  },
);

test.serial(
  'a worker that cannot reach the table stops before others may read its shards, and takes its share when it can again',
  async (t) => {
    const fleet = await startFleet(t, 4);
    const road = await startRoad(dynalite.endpoint);
    t.teardown(() => road.close());
    const one = await fleet.join('one', { endpoint: road.endpoint });
    const two = await fleet.join('two');
    await fleet.until(() => one.own === 2 && two.own === 2, 'an even share');
    const feed = setInterval(() => fleet.put(10), 200);
    t.teardown(() => clearInterval(feed));
    await sleep(500);
    road.isBlocked = true;
    const cutMs = performance.now();
    await fleet.until(() => two.own === 4, 'a take-over');
    await sleep(1000);
    const ofOne = fleet.deliveries.filter(({ worker }) => worker === 'one').at(-1)?.atMs ?? 0;
    const taken = new Set(fleet.deliveries.filter(({ worker }) => worker === 'one').map(({ shardId }) => shardId));
    const ofTwo = fleet.deliveries.find(
      ({ worker, shardId, atMs }) => worker === 'two' && taken.has(shardId) && atMs > cutMs,
    );
    t.true(ofOne < (ofTwo?.atMs ?? 0));
    t.true(one.faults.some(({ code }) => code === 'lease-table'));
    road.isBlocked = false;
    await fleet.until(() => one.own === 2 && two.own === 2, 'an even share again');
    t.true(one.released.some(({ why }) => why === 'taken'));
    clearInterval(feed);
    await fleet.until(() => fleet.missing === 0, 'every record');
    t.is(fleet.disorder, 0);
  },
);

test.serial(
  'a shard that ends while the table is away is no failure of its reader, and its children are read afterwards',
  async (t) => {
    const fleet = await startFleet(t, 1);
    const road = await startRoad(dynalite.endpoint);
    t.teardown(() => road.close());
    const one = await fleet.join('one', { endpoint: road.endpoint });
    fleet.put(20);
    await fleet.until(() => fleet.missing === 0, 'the records of the parent');
    road.isBlocked = true;
    fleet.kinesis.split('flow-logs', Object.keys(Object.fromEntries(one.source.status))[0] ?? '');
    fleet.put(20);
    const isEnding = () => [...one.source.status.values()].some(({ state }) => state === 'draining');
    await fleet.until(() => isEnding() && one.faults.length > 0, 'the end of the parent');
    await sleep(1000);
    road.isBlocked = false;
    await fleet.until(() => fleet.missing === 0, 'the records of the children');
    t.deepEqual(new Set(one.faults.map(({ code }) => code)), new Set(['lease-table']));
    t.is(fleet.duplicates, 0);
  },
);

test.serial(
  'a table that is deleted while workers run is created again with what they know, and nothing is lost',
  async (t) => {
    const fleet = await startFleet(t, 3);
    const one = await fleet.join('one');
    const two = await fleet.join('two');
    await fleet.until(() => one.own + two.own === 3 && two.own > 0, 'a share');
    fleet.put(100);
    await fleet.until(() => fleet.missing === 0, 'the records before');
    await sleep(1500);
    await fleet.client.send(new DeleteTableCommand({ TableName: fleet.table }));
    fleet.put(100);
    const codes = () => [...one.faults, ...two.faults].map(({ code }) => code);
    await fleet.until(() => codes().includes('lease-deleted'), 'a restored lease');
    t.true(codes().includes('lease-table-deleted'));
    fleet.put(100);
    await fleet.until(() => fleet.missing === 0 && one.own + two.own === 3, 'the records after');
    const three = await fleet.join('three');
    await fleet.until(() => three.own === 1, 'a third share');
    t.is(fleet.disorder, 0);
    // On a busy machine, a worker may be late for its lease, and the next one reads again what was not saved. A table that
    // began again would give the 200 records before.
    t.true(fleet.duplicates < 200, `${fleet.duplicates} duplicates`);
  },
);

test.serial('two processes with one worker id are two workers', async (t) => {
  const fleet = await startFleet(t, 2);
  const one = await fleet.join('one', { workerId: 'same' });
  const two = await fleet.join('two', { workerId: 'same' });
  fleet.put(100);
  await fleet.until(() => one.own === 1 && two.own === 1 && fleet.missing === 0, 'a share each');
  t.is(fleet.duplicates, 0);
});

test.serial(
  'a start at latest is stored once for the fleet: who joins later skips nothing and replays nothing',
  async (t) => {
    const fleet = await startFleet(t, 2);
    fleet.kinesis.put('flow-logs', 'old', 'key');
    await sleep(1100);
    const one = await fleet.join('one', { startAt: 'latest' });
    await one.stop();
    fleet.put(20);
    await fleet.join('two', { startAt: 'latest' });
    await fleet.until(() => fleet.missing === 0, 'what came between');
    t.false(fleet.deliveries.some(({ text }) => text === 'old'));
  },
);

test.serial('a start is refused, with one sentence, for a table of another stream', async (t) => {
  const fleet = await startFleet(t, 1);
  const one = await fleet.join('one');
  await one.stop();
  const { Items: [item = {}] = [] } = await fleet.client.send(new ScanCommand({ TableName: fleet.table }));
  const snare = { M: { ...item.snare?.M, stream: { S: 'arn:aws:kinesis:us-east-1:000000000000:stream/other' } } };
  await fleet.client.send(new PutItemCommand({ TableName: fleet.table, Item: { ...item, snare } }));
  const error = await t.throwsAsync(() => fleet.join('two'), { instanceOf: CheckpointError });
  t.is(error?.code, 'checkpoint-other-stream');
});

test.serial(
  'a stream that was created again is refused, or its leases are removed if the settings say so',
  async (t) => {
    const fleet = await startFleet(t, 1);
    const one = await fleet.join('one');
    fleet.put(10);
    await fleet.until(() => fleet.missing === 0, 'the first stream');
    await one.stop();
    fleet.kinesis.createStream('flow-logs', { shards: 2 });
    const error = await t.throwsAsync(() => fleet.join('two'), { instanceOf: CheckpointError });
    t.is(error?.code, 'checkpoint-stream-recreated');
    const three = await fleet.join('three', { onStreamRecreated: 'reset' });
    fleet.put(20);
    await fleet.until(() => fleet.missing === 0 && three.own === 2, 'the second stream');
    t.deepEqual(
      three.faults.map(({ code }) => code),
      ['stream-reset'],
    );
  },
);

test.serial(
  'a start is refused where the local path is in use, and waits for a table that cannot be reached',
  async (t) => {
    const fleet = await startFleet(t, 1);
    await fleet.join('one');
    const error = await t.throwsAsync(() => fleet.join('one'), { instanceOf: CheckpointError });
    t.is(error?.code, 'checkpoint-locked');
    const road = await startRoad(dynalite.endpoint);
    t.teardown(() => road.close());
    road.isBlocked = true;
    const joined = fleet.join('two', { endpoint: road.endpoint });
    await fleet.until(() => (fleet.workers.at(-1)?.faults.length ?? 0) > 0, 'a fault');
    road.isBlocked = false;
    t.is((await joined).failed.length, 0);
  },
);

test.serial('a missing permission ends the start, says what to allow, and leaves the table as it is', async (t) => {
  const fleet = await startFleet(t, 1);
  const gate = await startRefusingTable(dynalite.endpoint);
  t.teardown(() => gate.stop());
  const join = (name: string) => fleet.join(name, { endpoint: gate.endpoint });
  const refusal = async (operation: string) => {
    gate.refused.add(operation);
    const error = await t.throwsAsync(() => join(operation), { instanceOf: StartError }, operation);
    gate.refused.clear();
    t.is(error?.code, 'access-refused');
    t.regex(error?.message ?? '', /allow dynamodb:DescribeTable, .*dynamodb:UpdateItem/);
  };
  await refusal('DescribeTable');
  await refusal('CreateTable');
  fleet.put(10);
  const one = await join('one');
  await fleet.until(() => fleet.missing === 0, 'the records');
  await one.stop();
  const rows = () => fleet.client.send(new ScanCommand({ TableName: fleet.table })).then(({ Items }) => Items);
  const before = await rows();
  for (const operation of ['Scan', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem']) await refusal(operation);
  t.deepEqual(await rows(), before);
});

test.serial('a permission that is taken away while a worker runs costs time and nothing else', async (t) => {
  const fleet = await startFleet(t, 2);
  const gate = await startRefusingTable(dynalite.endpoint);
  t.teardown(() => gate.stop());
  const one = await fleet.join('one', { endpoint: gate.endpoint });
  fleet.put(20);
  await fleet.until(() => fleet.missing === 0, 'the records before');
  gate.refused.add('UpdateItem');
  // Longer than until the leases are fenced.
  await sleep(4500);
  fleet.put(20);
  await sleep(1000);
  t.is(fleet.missing, 20);
  gate.refused.clear();
  await fleet.until(() => fleet.missing === 0, 'the records after');
  t.is(fleet.duplicates, 0);
  t.is(fleet.disorder, 0);
  t.deepEqual([...new Set(one.faults.map(({ code }) => code))].sort(), ['lease-table', 'not-written']);
});

test.serial('a start is refused, with one sentence, for a table with another key', async (t) => {
  const fleet = await startFleet(t, 1);
  const key = { AttributeName: 'order', AttributeType: 'S' as const };
  await fleet.client.send(
    new CreateTableCommand({
      TableName: fleet.table,
      KeySchema: [{ AttributeName: key.AttributeName, KeyType: 'HASH' }],
      AttributeDefinitions: [key],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const error = await t.throwsAsync(() => fleet.join('one'), { instanceOf: CheckpointError });
  t.is(error?.code, 'checkpoint-unreadable');
  t.regex(error?.message ?? '', /expected the key leaseKey \(HASH, S\), got order \(HASH, S\)/);
});

test.serial('live workers of KCL 3 are refused, and dead ones are taken over', async (t) => {
  const fleet = await startFleet(t, 2);
  const one = await fleet.join('one');
  await one.stop();
  const { Items = [] } = await fleet.client.send(new ScanCommand({ TableName: fleet.table }));
  let counter = 100;
  const renew = async () => {
    for (const item of Items) {
      const Item = { ...item, leaseOwner: { S: 'w2' }, leaseCounter: { N: String(counter++) } };
      await fleet.client.send(new PutItemCommand({ TableName: fleet.table, Item }));
    }
  };
  const handOver = { leaseKey: { S: 'leader' }, entityType: { S: 'LEADER' } };
  await fleet.client.send(new PutItemCommand({ TableName: fleet.table, Item: handOver }));
  await renew();
  const alive = setInterval(() => void renew(), 500);
  t.teardown(() => clearInterval(alive));
  const error = await t.throwsAsync(() => fleet.join('two'), { instanceOf: CheckpointError });
  t.is(error?.code, 'checkpoint-locked');
  t.regex(error?.message ?? '', /worker "w2" is alive/);
  clearInterval(alive);
  await sleep(200);
  const three = await fleet.join('three');
  await fleet.until(() => three.own === 2, 'the leases of the dead');
});
