/**
 * A Kinesis that follows the rules of AWS, over HTTP, so that a test uses the real SDK. The test moves its time, fills and
 * reshards its streams by method calls, and scripts its faults. A reader sees an ordinary service.
 *
 *     const kinesis = await startFakeKinesis({ clock });
 *     const stream = kinesis.createStream('flow-logs', { shards: 2 });
 *     const { shardId } = kinesis.put('flow-logs', 'a text', 'a partition key');
 *     kinesis.split('flow-logs', shardId);
 *     kinesis.fail({ operation: 'GetRecords', shardId, times: 3, error: { code: 'KMSThrottlingException' } });
 *     createSdkApi({ stream: 'flow-logs', endpoint: kinesis.endpoint, ... });
 *     await kinesis.stop();
 *
 * It supports the retention (also of closed shards), the lineage of splits and merges with their ChildShards, pages of
 * ListShards, iterators that expire after five minutes, and both responses to a trimmed position. If `rules.isThrottling` is
 * set, it also applies the rates per shard. The Date of a response and every time in it come from the clock of the fake. It
 * does not check signatures, but rejects the keys in `rules.expiredKeys`.
 */
import type { Clock } from '../../src/clock.js';
import { createRandom } from '../fixtures/random.js';
import { FakeFanOut, positionOf } from './fake-fan-out.js';
import { FakeServiceError } from './fake-kinesis-error.js';
import { parseIterator } from './fake-kinesis-iterator.js';
import { FakeOperations, type FakeRules } from './fake-kinesis-operations.js';
import { type FaultRule, FaultScript } from './fake-kinesis-script.js';
import { type FakeReply, type FakeRequest, FakeServer } from './fake-kinesis-server.js';
import { FakeStream } from './fake-kinesis-stream.js';

export interface FakeKinesisOptions {
  readonly clock: Pick<Clock, 'now'> & Partial<Pick<Clock, 'sleep'>>;
  /** Whether it supports enhanced fan-out. The clock must be able to sleep then. */
  readonly hasFanOut?: boolean;
  readonly seed?: number;
}

/** One request with its outcome, in the order of arrival. */
export interface LoggedRequest {
  readonly operation: string;
  readonly shardId: string | undefined;
  readonly input: Record<string, unknown>;
  readonly atMs: number;
  /** The time in the signature, such as `20260115T120000Z`. */
  readonly signedAt: string;
  /** `ok`, the code of an error, or the name of a scripted fault. */
  readonly outcome: string;
  /** For GetRecords, the size of the returned data. */
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
  readonly #fanOut: FakeFanOut | undefined;

  constructor({ clock, seed = 1, hasFanOut = false }: FakeKinesisOptions) {
    const now = () => clock.now();
    const random = createRandom(seed);
    this.#clock = clock;
    this.#script = new FaultScript(random);
    this.#operations = new FakeOperations({ streams: this.#streams, rules: this.rules, random, now });
    this.#fanOut = hasFanOut ? this.#createFanOut(clock as Pick<Clock, 'now' | 'sleep'>) : undefined;
    this.#server = new FakeServer({
      answer: (request) => this.#answer(request),
      now,
      http2: this.#fanOut,
    });
  }

  get endpoint(): string {
    return this.#server.endpoint;
  }

  /** Number of connections that were ever accepted. */
  get connections(): number {
    return this.peerPorts.length;
  }

  /** The client's port of each connection. */
  get peerPorts(): readonly number[] {
    return this.#server.peerPorts;
  }

  /** Number of requests that currently hang by script. */
  get held(): number {
    return this.#server.held + (this.#fanOut?.held ?? 0);
  }

  /** Its subscriptions; throws if it does not support them. */
  get fanOut(): FakeFanOut {
    if (!this.#fanOut) throw new TypeError('The fake was started without hasFanOut');
    return this.#fanOut;
  }

  /** Creates a stream. Replaces an existing one with this name, as deleting and creating it does. */
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

  /** Puts a record into the shard of the key; see `putTo` to name the shard. */
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

  /** Ends all scripted faults; requests that hang continue to hang. */
  mend(): void {
    this.#script.clear();
  }

  /** The requests for an operation, of one shard or of all. */
  requestsOf(operation: string, shardId?: string): readonly LoggedRequest[] {
    return this.requests.filter((request) => {
      return request.operation === operation && (shardId === undefined || request.shardId === shardId);
    });
  }

  /** Answers the requests that are late by script. With `isHalf`, sends only the first half of the response. */
  answerLate({ isHalf = false } = {}): void {
    this.#server.answerLate({ isHalf });
  }

  /** Sends more bytes of each response that crawls by script. */
  sendMore(bytes: number): void {
    this.#server.sendMore(bytes);
  }

  /** Resets every connection, including those on which a request hangs. */
  cutConnections(): void {
    this.#server.cutConnections();
  }

  /** Refuses connections until `comeBack`, which listens on the same address. */
  async goAway(): Promise<void> {
    await this.#server.stop();
  }

  async comeBack(): Promise<void> {
    await this.#server.start();
  }

  async stop(): Promise<void> {
    this.#fanOut?.close();
    await this.#server.stop();
  }

  #createFanOut(clock: Pick<Clock, 'now' | 'sleep'>): FakeFanOut {
    const run = (operation: string, input: Record<string, unknown>) => {
      const output = this.#operations.run(operation, input) ?? {};
      if (operation !== 'GetRecords') return output;
      const next = String(output.NextShardIterator ?? input.ShardIterator);
      const { stream, shardId } = parseIterator(next);
      return { ...output, at: positionOf(next, this.stream(stream).shard(shardId, clock.now())) };
    };
    const log = (operation: string, input: Record<string, unknown>, outcome: string) => {
      const shardId = String(input.ShardId);
      this.requests.push({ operation, shardId, input, atMs: clock.now(), signedAt: '', outcome, bytes: 0 });
    };
    return new FakeFanOut({ clock, run, takeFault: (...asked) => this.#script.take(...asked), log });
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
    // The operation itself rejects an iterator that cannot be parsed.
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
