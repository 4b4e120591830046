/**
 * Enhanced fan-out of the fake: SubscribeToShard over HTTP/2. A subscription looks for new records once a second, sends them as
 * fast as the connection takes them, and an event without records if there are none. It ends after five minutes.
 *
 * A fault of `SubscribeToShard` comes instead of the subscription, one of `SubscribeToShardEvent` instead of an event.
 */
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import type { Clock } from '../../src/clock.js';
import { FakeServiceError } from './fake-kinesis-error.js';
import { parseIterator } from './fake-kinesis-iterator.js';
import type { FakeFault } from './fake-kinesis-script.js';

type Json = Record<string, unknown>;

export interface FakeFanOutOptions {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Makes a request of the fake. */
  readonly run: (operation: string, input: Json) => Json;
  /** The fault that comes next. */
  readonly takeFault: (operation: string, shardId: string) => FakeFault | undefined;
  readonly log: (operation: string, input: Json, outcome: string) => void;
}

/** One subscription that was accepted. */
export interface FakeSubscription {
  readonly shardId: string;
  readonly atMs: number;
  /** Events that were sent, its end included. */
  sent: number;
  isOpen: boolean;
  readonly stream: ServerHttp2Stream;
}

const lifeMs = 5 * 60_000;
const betweenMs = 5_000;
const stepMs = 1_000;
const recordsOfEvent = 500;
const codec = new EventStreamCodec(toUtf8, fromUtf8);

export class FakeFanOut {
  readonly #options: FakeFanOutOptions;
  readonly server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #stop = new AbortController();
  /** All that were ever accepted, in order. */
  readonly subscriptions: FakeSubscription[] = [];
  /** Number of requests that are never answered. */
  held = 0;

  constructor(options: FakeFanOutOptions) {
    this.#options = options;
    this.server = createServer();
    this.server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => {});
    });
    this.server.on('stream', (stream, headers) => void this.#serve(stream, headers));
  }

  get open(): readonly FakeSubscription[] {
    return this.subscriptions.filter(({ isOpen }) => isOpen);
  }

  readonly cut = (): void => {
    for (const subscription of this.open) subscription.sent++;
    for (const session of this.#sessions) session.destroy();
  };

  close(): void {
    this.#stop.abort();
    this.cut();
  }

  async #serve(stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>): Promise<void> {
    const { log, takeFault, clock } = this.#options;
    stream.on('error', () => {});
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    const input = JSON.parse((await buffer(stream)).toString() || '{}') as Json & { readonly ShardId: string };
    const { ShardId: shardId } = input;
    try {
      const fault = takeFault(operation, shardId);
      if (fault === 'reset') {
        log(operation, input, fault);
        stream.session?.destroy();
        return;
      }
      if (fault === 'hang') {
        log(operation, input, fault);
        this.held++;
        stream.on('close', () => this.held--);
        return;
      }
      if (typeof fault === 'object' && 'code' in fault) throw new FakeServiceError(fault.code, fault.message);
      const iterator = this.#accept(input, operation);
      const taken = this.open.filter((other) => other.shardId === shardId);
      const subscription: FakeSubscription = { shardId, atMs: clock.now(), sent: 0, isOpen: true, stream };
      stream.on('close', () => {
        subscription.isOpen = false;
      });
      this.subscriptions.push(subscription);
      log(operation, input, 'ok');
      stream.respond({
        ':status': 200,
        'content-type': 'application/vnd.amazon.eventstream',
        'x-amzn-requestid': 'fan-out',
        date: new Date(clock.now()).toUTCString(),
      });
      stream.write(toEvent('initial-response', {}));
      for (const older of taken) this.#refuse(older, 'ResourceInUseException');
      await this.#send(subscription, iterator);
    } catch (error) {
      if (!(error instanceof FakeServiceError)) throw error;
      log(operation, input, error.code);
      const status = error.status;
      stream.respond({
        ':status': status,
        'content-type': 'application/x-amz-json-1.1',
        'x-amzn-requestid': 'refused',
      });
      stream.end(JSON.stringify({ __type: error.code, message: error.message }));
    }
  }

  #accept(input: Json & { readonly ShardId: string }, operation: string): string {
    const { run, clock } = this.#options;
    if (operation !== 'SubscribeToShard') throw new FakeServiceError('UnknownOperationException');
    const { ConsumerARN, ShardId, StartingPosition } = input;
    const { Type, SequenceNumber, Timestamp } = StartingPosition as Json;
    const StreamARN = String(ConsumerARN).split('/consumer/')[0];
    run('DescribeStreamConsumer', { ConsumerARN });
    const last = this.subscriptions.findLast(({ shardId }) => shardId === ShardId);
    if (last && clock.now() - last.atMs < betweenMs) throw new FakeServiceError('ResourceInUseException');
    return String(
      run('GetShardIterator', {
        StreamARN,
        ShardId,
        ShardIteratorType: Type,
        StartingSequenceNumber: SequenceNumber,
        Timestamp,
      }).ShardIterator,
    );
  }

  async #send(subscription: FakeSubscription, first: string): Promise<void> {
    const { clock, run, takeFault } = this.#options;
    const { stream, shardId, atMs } = subscription;
    for (let iterator: string = first; subscription.isOpen; ) {
      const fault = takeFault('SubscribeToShardEvent', shardId);
      if (fault === 'reset') {
        subscription.sent++;
        stream.session?.destroy();
        return;
      }
      if (fault === 'hang') return;
      if (fault === 'null-iterator' || clock.now() - atMs >= lifeMs) {
        subscription.sent++;
        stream.end();
        return;
      }
      if (typeof fault === 'object' && 'code' in fault) {
        this.#refuse(subscription, fault.code);
        return;
      }
      const output = this.#read(run, iterator, subscription);
      if (!output) return;
      const { Records, MillisBehindLatest, NextShardIterator, ChildShards, at } = output;
      const isEnd = NextShardIterator === undefined || fault === 'records-without-iterator';
      subscription.sent++;
      const children = fault === 'records-without-iterator' ? undefined : ChildShards;
      const continuation = isEnd ? undefined : at;
      const event = { Records, MillisBehindLatest, ContinuationSequenceNumber: continuation, ChildShards: children };
      const isTaken = stream.write(toEvent('SubscribeToShardEvent', event));
      if (isEnd) {
        subscription.sent++;
        stream.end();
        return;
      }
      iterator = NextShardIterator;
      if (!isTaken) await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => {});
      if (Records.length === 0) await clock.sleep(stepMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
    }
  }

  #read(run: FakeFanOutOptions['run'], iterator: string, subscription: FakeSubscription) {
    try {
      const output = run('GetRecords', { ShardIterator: iterator, Limit: recordsOfEvent });
      return output as {
        readonly Records: readonly Json[];
        readonly MillisBehindLatest: number;
        readonly NextShardIterator?: string;
        readonly ChildShards?: unknown;
        readonly at: string;
      };
    } catch (error) {
      if (!(error instanceof FakeServiceError)) throw error;
      this.#refuse(subscription, error.code);
      return undefined;
    }
  }

  #refuse(subscription: FakeSubscription, code: string): void {
    const headers = { ':message-type': text('exception'), ':exception-type': text(code), ':content-type': text(json) };
    subscription.sent++;
    subscription.isOpen = false;
    subscription.stream.end(codec.encode({ headers, body: fromUtf8(JSON.stringify({ message: code })) }));
  }
}

const json = 'application/json';

function text(value: string): { readonly type: 'string'; readonly value: string } {
  return { type: 'string', value };
}

function toEvent(type: string, body: Json): Uint8Array {
  const headers = { ':message-type': text('event'), ':event-type': text(type), ':content-type': text(json) };
  return codec.encode({ headers, body: fromUtf8(JSON.stringify(body)) });
}

/** The sequence number behind which a subscription continues. */
export function positionOf(
  iterator: string,
  shard: { readonly records: readonly { readonly sequenceNumber: string }[]; readonly startingSequenceNumber: string },
): string {
  return shard.records[parseIterator(iterator).next - 1]?.sequenceNumber ?? shard.startingSequenceNumber;
}
