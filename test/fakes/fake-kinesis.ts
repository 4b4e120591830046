/**
 * A Kinesis that obeys the rules of AWS, over HTTP, so that a test has the real SDK in it. The test moves its time, fills
 * and reshards its streams by method calls, and scripts its faults; whoever reads it sees a service.
 *
 *     const kinesis = await startFakeKinesis({ clock });
 *     const stream = kinesis.createStream('flow-logs', { shards: 2 });
 *     const { shardId } = kinesis.put('flow-logs', 'a text', 'a partition key');
 *     kinesis.split('flow-logs', shardId);
 *     kinesis.fail({ operation: 'GetRecords', shardId, times: 3, error: { code: 'KMSThrottlingException' } });
 *     createSdkApi({ stream: 'flow-logs', endpoint: kinesis.endpoint, ... });
 *     await kinesis.stop();
 *
 * It has the retention (also of closed shards), the lineage of splits and merges with their ChildShards, pages of
 * ListShards, iterators that die after five minutes, both answers to a trimmed position, and, once `rules.isThrottling`
 * is set, the rates per shard. A reply's Date and every time in it come from its clock. It does not check
 * signatures, but refuses the keys that `rules.expiredKeys` names.
 */
import type { Clock } from '../../src/clock.js';
import { createRandom } from '../fixtures/random.js';
import { FakeServiceError } from './fake-kinesis-error.js';
import { parseIterator } from './fake-kinesis-iterator.js';
import { FakeOperations, type FakeRules } from './fake-kinesis-operations.js';
import { type FaultRule, FaultScript } from './fake-kinesis-script.js';
import { type FakeReply, type FakeRequest, FakeServer } from './fake-kinesis-server.js';
import { FakeStream } from './fake-kinesis-stream.js';

export interface FakeKinesisOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly seed?: number;
}

/** One request as it was answered, in the order of arrival. */
export interface LoggedRequest {
  readonly operation: string;
  readonly shardId: string | undefined;
  readonly input: Record<string, unknown>;
  readonly atMs: number;
  /** Time with which it was signed, such as `20260115T120000Z`. */
  readonly signedAt: string;
  /** `ok`, the code of an error, or the name of a scripted fault. */
  readonly outcome: string;
  /** Of GetRecords, what was given. */
  readonly bytes: number;
}

export interface PutResult {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

export async function startFakeKinesis(options: FakeKinesisOptions): Promise<FakeKinesis> {
  const kinesis = new FakeKinesis(options);
  await kinesis.comeBack();
  return kinesis;
}

export class FakeKinesis {
  readonly region = 'us-east-1';
  readonly credentials = { accessKeyId: 'fake', secretAccessKey: 'fake' };
  readonly rules: FakeRules = {
    expiredKeys: new Set(),
    isThrottling: false,
    shardsPerPage: 1000,
    onTrimmed: 'jump',
    endsWithRecords: undefined,
    indent: 0,
  };
  readonly requests: LoggedRequest[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #streams = new Map<string, FakeStream>();
  readonly #script: FaultScript;
  readonly #operations: FakeOperations;
  readonly #server: FakeServer;

  constructor({ clock, seed = 1 }: FakeKinesisOptions) {
    const now = () => clock.now();
    const random = createRandom(seed);
    this.#clock = clock;
    this.#script = new FaultScript(random);
    this.#operations = new FakeOperations({ streams: this.#streams, rules: this.rules, random, now });
    this.#server = new FakeServer({ answer: (request) => this.#answer(request), now });
  }

  get endpoint(): string {
    return this.#server.endpoint;
  }

  /** Connections that were ever accepted. */
  get connections(): number {
    return this.peerPorts.length;
  }

  /** The port of the other side of each of them. */
  get peerPorts(): readonly number[] {
    return this.#server.peerPorts;
  }

  /** Requests that hang by script at this moment. */
  get held(): number {
    return this.#server.held;
  }

  /** A stream of this name that exists is replaced, as by a deletion and another creation. */
  createStream(name: string, { shards = 1, retentionHours = 24 } = {}): FakeStream {
    const retentionMs = retentionHours * 3_600_000;
    const stream = new FakeStream({ name, shards, retentionMs, createdMs: this.#clock.now() });
    this.#streams.set(name, stream);
    return stream;
  }

  deleteStream(name: string): void {
    this.#streams.delete(name);
  }

  stream(name: string): FakeStream {
    const stream = this.#streams.get(name);
    if (!stream) throw new TypeError(`The fake has no stream "${name}"`);
    return stream;
  }

  /** To the shard of the key; see `putTo` for a shard by name. */
  put(name: string, data: string | Uint8Array, partitionKey: string): PutResult {
    return this.stream(name).put(Buffer.from(data), partitionKey, this.#clock.now());
  }

  putTo(name: string, shardId: string, data: string | Uint8Array): PutResult {
    const stream = this.stream(name);
    const shard = stream.shards.find((candidate) => candidate.shardId === shardId);
    if (!shard || shard.closed) throw new TypeError(`The fake has no open shard "${shardId}"`);
    return stream.put(Buffer.from(data), shardId, this.#clock.now(), shard.startHash);
  }

  split(name: string, shardId: string): readonly [string, string] {
    return this.stream(name).split(shardId, this.#clock.now());
  }

  merge(name: string, shardId: string, adjacentId: string): string {
    return this.stream(name).merge(shardId, adjacentId, this.#clock.now());
  }

  fail(rule: FaultRule): void {
    this.#script.add(rule);
  }

  /** Ends all scripted faults; requests that hang go on hanging. */
  mend(): void {
    this.#script.clear();
  }

  /** Requests of an operation, of one shard or of all. */
  requestsOf(operation: string, shardId?: string): readonly LoggedRequest[] {
    return this.requests.filter((request) => {
      return request.operation === operation && (shardId === undefined || request.shardId === shardId);
    });
  }

  /** Answers the requests that are late by script, or begins to: the second half is never sent. */
  answerLate({ isHalf = false } = {}): void {
    this.#server.answerLate({ isHalf });
  }

  /** Sends so many bytes more of each response that crawls by script. */
  sendMore(bytes: number): void {
    this.#server.sendMore(bytes);
  }

  /** Resets every connection, also those on which a request hangs. */
  cutConnections(): void {
    this.#server.cutConnections();
  }

  /** Refuses connections until `comeBack`, which listens at the same address. */
  async goAway(): Promise<void> {
    await this.#server.stop();
  }

  async comeBack(): Promise<void> {
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  #answer({ operation, input, signedAt, accessKeyId }: FakeRequest): FakeReply {
    const shardId = shardIdOf(input);
    const log = (outcome: string, bytes = 0) => {
      this.requests.push({ operation, shardId, input, atMs: this.#clock.now(), signedAt, outcome, bytes });
    };
    const fault = this.#script.take(operation, shardId);
    try {
      if (this.rules.expiredKeys.has(accessKeyId)) throw new FakeServiceError('ExpiredTokenException');
      if (typeof fault === 'object' && 'code' in fault) {
        throw new FakeServiceError(fault.code, fault.message, fault.status);
      }
      if (typeof fault === 'object') {
        log('stranger');
        return { status: fault.status ?? 200, body: fault.body, type: 'text/html' };
      }
      if (fault === 'reset' || fault === 'hang' || fault === 'late' || fault === 'stall') {
        log(fault);
        return fault;
      }
      if (fault === 'not-json') {
        log(fault);
        return { status: 502, body: '<html>Bad gateway</html>', type: 'text/html' };
      }
      const output = this.#run(operation, input, fault);
      const records = (output.Records ?? []) as { readonly Data?: string }[];
      log(fault ?? 'ok', operation === 'GetRecords' ? sumBytes(records) : 0);
      const body = JSON.stringify(output, undefined, this.rules.indent);
      return { status: 200, body, isCrawling: fault === 'crawl' };
    } catch (error) {
      const { code, message, status } = toServiceError(error);
      log(code);
      return { status, body: JSON.stringify({ __type: code, message }) };
    }
  }

  #run(operation: string, input: Record<string, unknown>, fault: string | undefined): Record<string, unknown> {
    if (fault === 'null-iterator') return { Records: [], MillisBehindLatest: 0 };
    if (fault === 'empty') {
      return { Records: [], MillisBehindLatest: 60_000, NextShardIterator: input.ShardIterator };
    }
    const output = this.#operations.run(operation, input);
    if (!output) throw new FakeServiceError('UnknownOperationException');
    if (fault !== 'records-without-iterator') return output;
    const { NextShardIterator: _next, ChildShards: _children, ...rest } = output;
    return rest;
  }
}

function shardIdOf(input: Record<string, unknown>): string | undefined {
  const { ShardId, ShardIterator } = input as { ShardId?: string; ShardIterator?: string };
  if (ShardId !== undefined || ShardIterator === undefined) return ShardId;
  try {
    return parseIterator(ShardIterator).shardId;
  } catch {
    // The operation itself answers an iterator that cannot be read.
    return undefined;
  }
}

function sumBytes(records: readonly { readonly Data?: string }[]): number {
  return records.reduce((sum, { Data = '' }) => sum + Buffer.byteLength(Data, 'base64'), 0);
}

function toServiceError(error: unknown): FakeServiceError {
  if (error instanceof FakeServiceError) return error;
  return new FakeServiceError('InternalFailure', String(error), 500);
}
