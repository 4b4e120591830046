/**
 * The part of Kinesis that the program requires, at almost no cost: responses are built before the first request. Each shard
 * begins where the one before it ends; the records of the file repeat. The format of the responses is that of AWS; its rate limits do not apply. Arguments: file of the
 * records, number of shards, records for each shard, and `closed` if the shards are to be empty until the parent sends a
 * message. Sends its port when it listens.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { recordLimit } from '../../src/kinesis/plan-limit.js';
import { readRecords } from './record-file.js';

const [path, shardCount, recordCount, state] = process.argv.slice(2);
let isOpen = state !== 'closed';
const shards = Array.from({ length: Number(shardCount) }, (_, index) => `shardId-${String(index).padStart(12, '0')}`);

/** Size of a response. AWS returns up to 10 MB, but the read limit of a shard then makes a reader wait for seconds. */
const pageBytes = 1024 * 1024;
/** The number that the program requests. */
const pageRecords = recordLimit(Number(shardCount));
const arrivalSeconds = Math.floor(Date.now() / 1000) - 3600;
const pagesOfShard = toPagesOfShards(readRecords(path as string), Number(recordCount));

const stream = {
  StreamName: 'bench',
  StreamARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/bench',
  StreamStatus: 'ACTIVE',
  RetentionPeriodHours: 24,
  StreamCreationTimestamp: arrivalSeconds - 3600,
  EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
  OpenShardCount: shards.length,
};

type Json = Readonly<Record<string, unknown>>;

const operations: Readonly<Record<string, (input: Json) => readonly Uint8Array[]>> = {
  DescribeStreamSummary: () => [toBytes({ StreamDescriptionSummary: stream })],
  ListShards: () => [toBytes({ Shards: shards.map(toShard) })],
  GetShardIterator: ({ ShardId, ShardIteratorType }) => {
    const shardId = String(ShardId);
    const page = ShardIteratorType === 'TRIM_HORIZON' ? 0 : pagesOf(shardId).length;
    return [toBytes({ ShardIterator: toIterator(shardId, page) })];
  },
  GetRecords: ({ ShardIterator }) => {
    const { shardId, page } = parseIterator(String(ShardIterator));
    const pages = pagesOf(shardId);
    if (!isOpen) return [toBytes({ MillisBehindLatest: 0, NextShardIterator: ShardIterator, Records: [] })];
    const records = pages[page];
    const next = toIterator(shardId, Math.min(page + 1, pages.length));
    const lagMs = Math.max(0, pages.length - page - 1) * 1000;
    const head = Buffer.from(`{"MillisBehindLatest":${lagMs},"NextShardIterator":"${next}","Records":[`);
    return [head, records ?? Buffer.alloc(0), Buffer.from(']}')];
  },
};

const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
  const input = JSON.parse((await buffer(request)).toString()) as Json;
  const operation = operations[String(request.headers['x-amz-target']).split('.')[1] ?? ''];
  if (!operation) {
    response.writeHead(400).end('{"__type":"UnknownOperationException"}');
    return;
  }
  const parts = operation(input);
  response.writeHead(200, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': parts.reduce((sum, { length }) => sum + length, 0),
    'x-amzn-requestid': '00000000-0000-0000-0000-000000000000',
  });
  for (const part of parts) response.write(part);
  response.end();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', () => {
  isOpen = true;
});
process.on('disconnect', () => process.exit());

function pagesOf(shardId: string): readonly Uint8Array[] {
  return pagesOfShard.get(shardId) ?? [];
}

/** Shards that begin with the same record of the file share their pages. */
function toPagesOfShards(records: readonly Uint8Array[], count: number): ReadonlyMap<string, readonly Uint8Array[]> {
  const made = new Map<number, readonly Uint8Array[]>();
  return new Map(
    shards.map((shardId, index) => {
      const first = (index * count) % records.length;
      const pages = made.get(first) ?? toPages(records, first, count);
      made.set(first, pages);
      return [shardId, pages];
    }),
  );
}

/** The content of `Records` for each page of a shard. */
function toPages(records: readonly Uint8Array[], first: number, count: number): readonly Uint8Array[] {
  const made: Buffer[] = [];
  let page: string[] = [];
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const data = records[(first + index) % records.length] as Uint8Array;
    if (page.length > 0 && (page.length === pageRecords || bytes + data.length > pageBytes)) {
      made.push(Buffer.from(page.join()));
      page = [];
      bytes = 0;
    }
    page.push(toRecord(data, index));
    bytes += data.length;
  }
  made.push(Buffer.from(page.join()));
  return made;
}

function toRecord(data: Uint8Array, index: number): string {
  return JSON.stringify({
    ApproximateArrivalTimestamp: arrivalSeconds + index / 1000,
    Data: Buffer.from(data).toString('base64'),
    EncryptionType: 'NONE',
    PartitionKey: '5b0a3b1cd8c7d1b0f0c5f7a6d9f2b6e1',
    SequenceNumber: `4961${String(index).padStart(52, '0')}`,
  });
}

function toShard(shardId: string): Json {
  return {
    ShardId: shardId,
    HashKeyRange: { StartingHashKey: '0', EndingHashKey: '340282366920938463463374607431768211455' },
    SequenceNumberRange: { StartingSequenceNumber: `4961${'0'.repeat(52)}` },
  };
}

/** An iterator as long as those of AWS. */
function toIterator(shardId: string, page: number): string {
  return Buffer.from(`${shardId} ${page}`.padEnd(168)).toString('base64');
}

function parseIterator(iterator: string): { readonly shardId: string; readonly page: number } {
  const [shardId = '', page] = Buffer.from(iterator, 'base64').toString().split(' ');
  return { shardId, page: Number(page) };
}

function toBytes(reply: Json): Uint8Array {
  return Buffer.from(JSON.stringify(reply));
}
