/** The operations of the fake, from the JSON of a request to the JSON of its response, by the rules of AWS. */
import { FakeServiceError } from './fake-kinesis-error.js';
import { checkAge, type FakeIterator, findPlace, formatIterator, parseIterator } from './fake-kinesis-iterator.js';
import { type FakeConsumer, type FakeRecord, type FakeShard, FakeStream } from './fake-kinesis-stream.js';
import { FakeThrottle } from './fake-kinesis-throttle.js';

export interface FakeRules {
  /** Access keys that have expired. */
  readonly expiredKeys: Set<string>;
  /** Whether the rate limits of AWS apply. They are off by default, so that a test does not wait for them. */
  isThrottling: boolean;
  /** Most shards in a page of ListShards. */
  shardsPerPage: number;
  /** The response for a position past the retention; AWS sources describe both. */
  onTrimmed: 'error' | 'jump';
  /** Whether the end of a shard comes with its last records or in its own response; if undefined, the seed decides. */
  endsWithRecords: boolean | undefined;
  /** Spaces before each level of the response's JSON. AWS writes none; emulators may. */
  indent: number;
}

export interface FakeState {
  readonly streams: Map<string, FakeStream>;
  readonly rules: FakeRules;
  readonly random: () => number;
  readonly now: () => number;
}

type Json = Record<string, unknown>;
export interface PageInput {
  readonly ShardIterator: string;
  readonly Limit?: number;
}

const mostRecords = 10_000;
const mostBytes = 10 * 1024 * 1024;
const pageTokenLifeMs = 300_000;

export class FakeOperations {
  readonly #state: FakeState;
  readonly #throttle = new FakeThrottle();

  constructor(state: FakeState) {
    this.#state = state;
  }

  /** Undefined for an operation that the fake does not support. */
  run(operation: string, input: Json): Json | undefined {
    switch (operation) {
      case 'DescribeStreamSummary':
        return this.#describe(input);
      case 'ListShards':
        return this.#listShards(input);
      case 'GetShardIterator':
        return this.#getIterator(input);
      case 'GetRecords':
        return this.getRecords(input as never);
      case 'PutRecord':
        return this.#put(input);
      case 'PutRecords':
        return { FailedRecordCount: 0, Records: (input.Records as Json[]).map((r) => this.#put({ ...input, ...r })) };
      case 'RegisterStreamConsumer':
        return { Consumer: toConsumer(this.#stream(input).registerConsumer(String(input.ConsumerName), this.#now)) };
      case 'DescribeStreamConsumer':
        return { ConsumerDescription: this.#describeConsumer(input) };
      case 'CreateStream':
        return this.#create(input);
      case 'SplitShard':
        this.#stream(input).split(String(input.ShardToSplit), this.#now, BigInt(String(input.NewStartingHashKey)));
        return {};
      case 'MergeShards':
        this.#stream(input).merge(String(input.ShardToMerge), String(input.AdjacentShardToMerge), this.#now);
        return {};
      default:
        return undefined;
    }
  }

  getRecords({ ShardIterator, Limit = mostRecords }: PageInput): Json & { Records: Json[] } {
    if (Limit < 1 || Limit > mostRecords) throw new FakeServiceError('InvalidArgumentException', `Limit ${Limit}`);
    const iterator = parseIterator(ShardIterator);
    checkAge(iterator, this.#now);
    const stream = this.#streamOf(iterator);
    const shard = stream.shard(iterator.shardId, this.#now);
    if (this.#state.rules.isThrottling) this.#throttle.take('GetRecords', shard.shardId, this.#now);
    const from = Math.max(iterator.next, shard.trimmed);
    const records = cut(shard.records.slice(from, from + Limit));
    const next = from + records.length;
    this.#throttle.charge(shard.shardId, sumBytes(records), this.#now);
    return {
      Records: records.map(toJson),
      MillisBehindLatest: this.#now - (shard.records[next]?.arrivalMs ?? this.#now),
      ...this.#next(stream, shard, iterator, next, records.length),
    };
  }

  #next(stream: FakeStream, { records, closed }: FakeShard, iterator: FakeIterator, next: number, read: number): Json {
    const endsWithRecords = this.#state.rules.endsWithRecords ?? this.#state.random() < 0.5;
    if (!closed || next < records.length || (read > 0 && !endsWithRecords)) {
      return { NextShardIterator: formatIterator({ ...iterator, next, issuedMs: this.#now }) };
    }
    const children = stream.shards.filter(({ shardId }) => closed.childIds.includes(shardId));
    return {
      ChildShards: children.map((child) => ({
        ShardId: child.shardId,
        ParentShards: child.parentIds,
        HashKeyRange: toRange(child),
      })),
    };
  }

  #create({ StreamName: name, ShardCount: shards = 4 }: Json): Json {
    const options = { name: String(name), shards: Number(shards), retentionMs: 24 * 3_600_000, createdMs: this.#now };
    if (this.#state.streams.has(options.name)) throw new FakeServiceError('ResourceInUseException');
    this.#state.streams.set(options.name, new FakeStream(options));
    return {};
  }

  #describe(input: Json): Json {
    const stream = this.#stream(input);
    return {
      StreamDescriptionSummary: {
        StreamName: stream.name,
        StreamARN: stream.arn,
        StreamStatus: 'ACTIVE',
        RetentionPeriodHours: stream.retentionMs / 3_600_000,
        StreamCreationTimestamp: stream.createdMs / 1000,
        EnhancedMonitoring: [],
        OpenShardCount: stream.shards.filter(({ closed }) => !closed).length,
      },
    };
  }

  #listShards(input: Json): Json {
    const token = input.NextToken as string | undefined;
    if (token && (input.StreamName || input.StreamARN)) {
      throw new FakeServiceError('InvalidArgumentException', 'NextToken and StreamName cannot be provided together.');
    }
    const page = token ? parsePageToken(token) : { name: this.#stream(input).name, next: 0, issuedMs: this.#now };
    if (this.#now - page.issuedMs > pageTokenLifeMs) throw new FakeServiceError('ExpiredNextTokenException');
    const shards = this.#stream({ StreamName: page.name }).listedShards(this.#now);
    const count = Math.min(Number(input.MaxResults ?? 1000), this.#state.rules.shardsPerPage);
    const next = page.next + count;
    return {
      Shards: shards.slice(page.next, next).map(toShardJson),
      ...(next < shards.length && { NextToken: formatPageToken({ ...page, next, issuedMs: this.#now }) }),
    };
  }

  #getIterator(input: Json): Json {
    const stream = this.#stream(input);
    const shard = stream.shard(String(input.ShardId), this.#now);
    if (this.#state.rules.isThrottling) this.#throttle.take('GetShardIterator', shard.shardId, this.#now);
    const next = findPlace(stream, shard, input as never, this.#now, this.#state.rules.onTrimmed);
    const { name, createdMs } = stream;
    const iterator = { stream: name, createdMs, shardId: shard.shardId, next, issuedMs: this.#now };
    return { ShardIterator: formatIterator(iterator) };
  }

  #describeConsumer(input: Json): Json {
    const { ConsumerARN, ConsumerName, StreamARN = String(ConsumerARN).split('/consumer/')[0] } = input;
    const stream = this.#stream({ StreamARN });
    const consumer = stream.consumers.find(({ name, arn }) => name === ConsumerName || arn === ConsumerARN);
    if (consumer) return { ...toConsumer(consumer), StreamARN: stream.arn };
    const message = `Consumer ${ConsumerName ?? ConsumerARN} under stream ${stream.name} not found.`;
    throw new FakeServiceError('ResourceNotFoundException', message);
  }

  #put(input: Json): Json {
    const explicit = input.ExplicitHashKey;
    const data = Buffer.from(String(input.Data), 'base64');
    const hash = explicit === undefined ? undefined : BigInt(String(explicit));
    const record = this.#stream(input).put(data, String(input.PartitionKey), this.#now, hash);
    return { ShardId: record.shardId, SequenceNumber: record.sequenceNumber };
  }

  #stream({ StreamName, StreamARN }: Json): FakeStream {
    const name = StreamName === undefined ? String(StreamARN).split('/')[1] : String(StreamName);
    const stream = this.#state.streams.get(name ?? '');
    if (stream) return stream;
    const message = `Stream ${name} under account 123456789012 not found.`;
    throw new FakeServiceError('ResourceNotFoundException', message);
  }

  #streamOf({ stream: name, createdMs }: FakeIterator): FakeStream {
    const stream = this.#stream({ StreamName: name });
    if (stream.createdMs !== createdMs) {
      throw new FakeServiceError('ResourceNotFoundException', `Stream ${name} is not the one of the iterator.`);
    }
    return stream;
  }

  get #now(): number {
    return this.#state.now();
  }
}

/** As many records as fit into a response, but at least one: a single record may be as large as a response. */
function cut(records: readonly FakeRecord[]): readonly FakeRecord[] {
  let bytes = 0;
  const end = records.findIndex(({ data }, index) => {
    bytes += data.byteLength;
    return index > 0 && bytes > mostBytes;
  });
  return end < 0 ? records : records.slice(0, end);
}

function sumBytes(records: readonly FakeRecord[]): number {
  return records.reduce((sum, { data }) => sum + data.byteLength, 0);
}

function toJson({ sequenceNumber, partitionKey, data, arrivalMs }: FakeRecord): Json {
  return {
    SequenceNumber: sequenceNumber,
    PartitionKey: partitionKey,
    Data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    ApproximateArrivalTimestamp: arrivalMs / 1000,
  };
}

function toConsumer({ name, arn, createdMs, status }: FakeConsumer): Json {
  return {
    ConsumerName: name,
    ConsumerARN: arn,
    ConsumerStatus: status,
    ConsumerCreationTimestamp: createdMs / 1000,
  };
}

function toShardJson(shard: FakeShard): Json {
  const [parent, adjacent] = shard.parentIds;
  return {
    ShardId: shard.shardId,
    ...(parent && { ParentShardId: parent }),
    ...(adjacent && { AdjacentParentShardId: adjacent }),
    HashKeyRange: toRange(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: shard.startingSequenceNumber,
      ...(shard.closed && { EndingSequenceNumber: shard.closed.sequenceNumber }),
    },
  };
}

function toRange({ startHash, endHash }: FakeShard): Json {
  return { StartingHashKey: String(startHash), EndingHashKey: String(endHash) };
}

interface PageToken {
  readonly name: string;
  readonly next: number;
  readonly issuedMs: number;
}

function formatPageToken(token: PageToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64');
}

function parsePageToken(text: string): PageToken {
  return JSON.parse(Buffer.from(text, 'base64').toString());
}
