/**
 * The behaviour of Kinesis that the fake and kinesis-local share. The same tests run against both, to show that tests with the
 * fake also apply to another implementation. Everything goes over HTTP through the SDK.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import test, { type ExecutionContext } from 'ava';
import type { KinesisApi, RecordsResponse } from '../../src/kinesis/api.js';
import { createSdkApi } from '../../src/kinesis/sdk-api.js';

export interface ContractService {
  readonly client: KinesisClient;
  readonly endpoint: string;
  readonly region: string;
  /** Resolves when the stream is active. */
  createStream(name: string, shards: number): Promise<unknown>;
}

interface Stream {
  readonly name: string;
  readonly client: KinesisClient;
  readonly api: KinesisApi;
}

const { signal } = new AbortController();
const hashKeys = 2n ** 128n;
const shard = (number: number) => `shardId-${String(number).padStart(12, '0')}`;

/** @param start called once, before the first test */
export function testKinesisContract(start: () => Promise<ContractService>): void {
  let service: ContractService;
  let streams = 0;
  test.before(async () => {
    service = await start();
  });

  const open = async (t: ExecutionContext, shards = 1): Promise<Stream> => {
    const { client, endpoint, region } = service;
    const name = `stream-${streams++}`;
    await service.createStream(name, shards);
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const api = createSdkApi({ stream: name, endpoint, region, credentials });
    t.teardown(() => api.close());
    return { name, client, api };
  };

  test.serial('a stream is described by its ARN and the time of its creation, which stay', async (t) => {
    const { name, api } = await open(t);
    const { arn, createdMs, retentionMs } = await api.describeStream(signal);
    t.true(arn.endsWith(`:stream/${name}`));
    t.is(retentionMs, 24 * 3_600_000);
    t.like(await api.describeStream(signal), { arn, createdMs });
  });

  test.serial('records of a shard come in the order of their puts, with growing sequence numbers', async (t) => {
    const stream = await open(t);
    const puts = [];
    for (let i = 0; i < 10; i++) puts.push(await put(stream, `${i}`));
    const { texts, numbers } = await readAll(stream, shard(0));
    t.deepEqual(texts, [...'0123456789']);
    t.deepEqual(numbers, puts);
    t.deepEqual([...numbers].sort(bySize), numbers);
  });

  test.serial('several records may be put at once', async (t) => {
    const stream = await open(t);
    const Records = ['a', 'b', 'c'].map((text) => ({ PartitionKey: 'key', Data: Buffer.from(text) }));
    const reply = await stream.client.send(new PutRecordsCommand({ StreamName: stream.name, Records }));
    t.is(reply.FailedRecordCount, 0);
    t.deepEqual((await readAll(stream, shard(0))).texts, ['a', 'b', 'c']);
  });

  test.serial(
    'a partition key always leads to the same shard, an explicit hash key to that of its range',
    async (t) => {
      const stream = await open(t, 4);
      const { client, name: StreamName } = stream;
      const send = async (PartitionKey: string, ExplicitHashKey?: bigint) => {
        const Data = Buffer.from('x');
        const explicit = ExplicitHashKey === undefined ? {} : { ExplicitHashKey: String(ExplicitHashKey) };
        return (await client.send(new PutRecordCommand({ StreamName, PartitionKey, Data, ...explicit }))).ShardId;
      };
      // MD5 of the keys: 0cc1…, 92eb…, 4a8a… and e1671797….
      t.deepEqual(
        [await send('a'), await send('b'), await send('c'), await send('e')],
        [shard(0), shard(2), shard(1), shard(3)],
      );
      t.is(await send('a', 0n), shard(0));
      t.is(await send('a', hashKeys - 1n), shard(3));
      // Not at the borders of the ranges, which kinesis-local rounds differently.
      t.is(await send('a', (hashKeys * 5n) / 8n), shard(2));
      t.is(await send('a', (hashKeys * 3n) / 8n), shard(1));
    },
  );

  test.serial('iterators begin where their type says', async (t) => {
    const stream = await open(t);
    const numbers: string[] = [];
    for (const text of ['one', 'two', 'three']) numbers.push(await put(stream, text));
    const StartingSequenceNumber = numbers[1] ?? '';
    const read = (input: Partial<GetShardIteratorCommandInput>) => readFrom(stream, input);
    t.deepEqual(await read({ ShardIteratorType: 'TRIM_HORIZON' }), ['one', 'two', 'three']);
    t.deepEqual(await read({ ShardIteratorType: 'LATEST' }), []);
    t.deepEqual(await read({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber }), ['two', 'three']);
    t.deepEqual(await read({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber }), ['three']);
    t.deepEqual(await read({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(0) }), ['one', 'two', 'three']);
  });

  test.serial('an iterator at a time gives what came at that time or later', async (t) => {
    const stream = await open(t);
    await put(stream, 'one');
    await delay(1100);
    await put(stream, 'two');
    const page = await readPage(stream, shard(0));
    const [first, second] = page.records.map(({ arrivalMs = 0 }) => arrivalMs) as [number, number];
    t.true(second - first >= 1000);
    t.deepEqual(await readFrom(stream, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(second) }), ['two']);
  });

  test.serial('an iterator at the tip gives what is put after it', async (t) => {
    const { name: StreamName, client } = await open(t);
    const request = new GetShardIteratorCommand({ StreamName, ShardId: shard(0), ShardIteratorType: 'LATEST' });
    const { ShardIterator } = await client.send(request);
    const Data = Buffer.from('late');
    await client.send(new PutRecordCommand({ StreamName, PartitionKey: 'key', Data }));
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    t.deepEqual(
      Records.map((record) => Buffer.from(record.Data ?? []).toString()),
      ['late'],
    );
  });

  test.serial('a page has no more records than asked for, and the next one goes on behind it', async (t) => {
    const stream = await open(t);
    for (let i = 0; i < 5; i++) await put(stream, `${i}`);
    const { client, name: StreamName } = stream;
    const request = new GetShardIteratorCommand({ StreamName, ShardId: shard(0), ShardIteratorType: 'TRIM_HORIZON' });
    let { ShardIterator } = await client.send(request);
    const pages: string[] = [];
    for (let i = 0; i < 3; i++) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 2 }));
      pages.push((page.Records ?? []).map((record) => Buffer.from(record.Data ?? []).toString()).join());
      ShardIterator = page.NextShardIterator;
    }
    t.deepEqual(pages, ['0,1', '2,3', '4']);
  });

  test.serial('an open shard always has a next iterator, also without a record', async (t) => {
    const stream = await open(t);
    const page = await readPage(stream, shard(0));
    t.like(page, { records: [], hasChildren: false, millisBehindLatest: 0 });
    t.truthy(page.nextIterator);
  });

  test.serial('a split closes its shard, whose end names the children, and new records go to these', async (t) => {
    const stream = await open(t);
    await put(stream, 'parent');
    await split(stream, shard(0), hashKeys / 2n);
    await put(stream, 'left', 'a');
    await put(stream, 'right', 'b');
    t.deepEqual(await listed(stream), [`${shard(0)} closed`, `${shard(1)} <${shard(0)}`, `${shard(2)} <${shard(0)}`]);
    const parent = await readAll(stream, shard(0));
    t.deepEqual([parent.texts, parent.isEnd], [['parent'], true]);
    t.deepEqual((await readAll(stream, shard(1))).texts, ['left']);
    t.deepEqual((await readAll(stream, shard(2))).texts, ['right']);
  });

  test.serial('a position behind the last record of a closed shard leads to its end', async (t) => {
    const stream = await open(t);
    const sequenceNumber = await put(stream, 'last');
    await split(stream, shard(0), hashKeys / 2n);
    const { texts, isEnd } = await readAll(stream, shard(0), { type: 'after', sequenceNumber });
    t.deepEqual([texts, isEnd], [[], true]);
  });

  test.serial('a merge closes two shards, whose ends both name the child of both', async (t) => {
    const stream = await open(t, 2);
    await put(stream, 'low', 'a');
    await put(stream, 'high', 'b');
    await merge(stream, shard(0), shard(1));
    await put(stream, 'child');
    const child = `${shard(2)} <${shard(0)},${shard(1)}`;
    t.deepEqual(await listed(stream), [`${shard(0)} closed`, `${shard(1)} closed`, child]);
    for (const [id, text] of [
      [shard(0), 'low'],
      [shard(1), 'high'],
    ] as const) {
      const { texts, isEnd } = await readAll(stream, id);
      t.deepEqual([texts, isEnd], [[text], true]);
    }
    t.deepEqual((await readAll(stream, shard(2))).texts, ['child']);
  });

  test.serial('a stream, or a shard, that does not exist is not found', async (t) => {
    const { api } = await open(t);
    const { endpoint, region } = service;
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const missing = createSdkApi({ stream: 'missing', endpoint, region, credentials });
    await t.throwsAsync(missing.describeStream(signal), { code: 'ResourceNotFoundException' });
    await t.throwsAsync(missing.listShards(signal), { code: 'ResourceNotFoundException' });
    const iterator = api.getIterator(shard(7), { type: 'beginning' }, signal);
    await t.throwsAsync(iterator, { code: 'ResourceNotFoundException' });
  });
}

/** @returns the sequence number */
async function put({ client, name: StreamName }: Stream, text: string, PartitionKey = 'key'): Promise<string> {
  const reply = await client.send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(text) }));
  return reply.SequenceNumber ?? '';
}

async function split(stream: Stream, ShardToSplit: string, hashKey: bigint): Promise<void> {
  const { client, name: StreamName } = stream;
  const NewStartingHashKey = String(hashKey);
  await client.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey }));
  await untilActive(stream);
}

async function merge(stream: Stream, ShardToMerge: string, AdjacentShardToMerge: string): Promise<void> {
  const { client, name: StreamName } = stream;
  await client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
  await untilActive(stream);
}

async function untilActive({ client, name: StreamName }: Stream): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary: stream } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    if (stream?.StreamStatus === 'ACTIVE') return;
    await delay(50);
  }
}

/** A summary of every shard: its id, whether it is closed, its parents. */
async function listed({ api }: Stream): Promise<readonly string[]> {
  const shards = await api.listShards(signal);
  return shards
    .map(({ shardId, isClosed, parentIds }) => {
      const parents = parentIds.length > 0 ? ` <${[...parentIds].sort()}` : '';
      return `${shardId}${isClosed ? ' closed' : ''}${parents}`;
    })
    .sort();
}

async function readPage({ api }: Stream, shardId: string): Promise<RecordsResponse> {
  return api.getRecords(await api.getIterator(shardId, { type: 'beginning' }, signal), signal);
}

async function readAll(
  { api }: Stream,
  shardId: string,
  start: Parameters<KinesisApi['getIterator']>[1] = { type: 'beginning' },
): Promise<{ readonly texts: readonly string[]; readonly numbers: readonly string[]; readonly isEnd: boolean }> {
  const texts: string[] = [];
  const numbers: string[] = [];
  let iterator: string | undefined = await api.getIterator(shardId, start, signal);
  for (let emptyPages = 0; emptyPages < 2; ) {
    const page: RecordsResponse = await api.getRecords(iterator, signal);
    texts.push(...page.records.map(({ data }) => Buffer.from(data).toString()));
    numbers.push(...page.records.map(({ sequenceNumber }) => sequenceNumber));
    if (page.nextIterator === undefined) return { texts, numbers, isEnd: page.hasChildren };
    iterator = page.nextIterator;
    if (page.records.length === 0) emptyPages++;
  }
  return { texts, numbers, isEnd: false };
}

async function readFrom(
  { client, name: StreamName }: Stream,
  input: Partial<GetShardIteratorCommandInput>,
): Promise<readonly string[]> {
  const request = { StreamName, ShardId: shard(0), ...input } as GetShardIteratorCommandInput;
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(request));
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map((record) => Buffer.from(record.Data ?? []).toString());
}

function bySize(a: string, b: string): number {
  return BigInt(a) < BigInt(b) ? -1 : 1;
}
