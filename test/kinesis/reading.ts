/**
 * A stream reader on the fake, through the real SDK, with its time in the test's hand. What it hands on and reports is
 * kept; records are acknowledged at once unless the test takes that over.
 */
import type { ExecutionContext } from 'ava';
import { AwsClock } from '../../src/aws/aws-clock.js';
import { AwsWatch } from '../../src/aws/watch.js';
import type { Clock } from '../../src/clock.js';
import type { Fault, Recovery, ReportedFault } from '../../src/faults.js';
import type { AdmitResponse, KinesisApi } from '../../src/kinesis/api.js';
import type { FanOut, FanOutApi } from '../../src/kinesis/fan-out-api.js';
import { createSdkApi, type SdkApiOptions } from '../../src/kinesis/sdk-api.js';
import { createSdkFanOutApi } from '../../src/kinesis/sdk-fan-out-api.js';
import { type ShardEvent, StreamReader, type StreamReaderOptions } from '../../src/kinesis/stream-reader.js';
import type { StreamRecord } from '../../src/record.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { HandClock } from '../fakes/hand-clock.js';
import { createRandom } from '../fixtures/random.js';
import { MemoryProgress, type Positions } from './memory-progress.js';

export const streamName = 'flow-logs';
export const firstShard = 'shardId-000000000000';

export interface Service {
  readonly clock: HandClock;
  readonly kinesis: FakeKinesis;
  /** Counts the calls of its result, so that the clock waits for their responses; those that hang by script excepted. */
  readonly watch: (api: KinesisApi) => KinesisApi;
  readonly createApi: (options?: Partial<SdkApiOptions>) => KinesisApi;
  /** For a service with fan-out, whose clock also waits for the events under way. */
  readonly createFanOut: () => FanOut;
}

/** Name of the consumer that a service with fan-out has registered. */
export const consumerName = 'snare';

/** A fake with one stream, on a hand clock that waits for the responses under way; both end with the test. */
export async function startService(
  t: ExecutionContext,
  shards = 1,
  retentionHours = 24,
  hasFanOut = false,
): Promise<Service> {
  let calls = 0;
  const unreceived = new Set<() => boolean>();
  const isBusy = () => calls > kinesis.held || [...unreceived].some((isUnreceived) => isUnreceived());
  const clock: HandClock = new HandClock({ isBusy });
  const kinesis: FakeKinesis = await startFakeKinesis({ clock, hasFanOut });
  const stream = kinesis.createStream(streamName, { shards, retentionHours });
  if (hasFanOut) stream.registerConsumer(consumerName, clock.now());
  t.teardown(() => kinesis.stop());
  const counted = <Input extends unknown[], Output>(call: (...input: Input) => Promise<Output>) => {
    return (...input: Input) => {
      calls++;
      return call(...input).finally(() => calls--);
    };
  };
  const watchFanOut = (api: FanOutApi): FanOutApi => ({
    findConsumer: counted(api.findConsumer),
    subscribe: async (arn, shardId, ...rest) => {
      const events = await counted(api.subscribe)(arn, shardId, ...rest);
      const sent = kinesis.fanOut.subscriptions.findLast((subscription) => subscription.shardId === shardId);
      let received = 0;
      const isUnreceived = () => (sent?.sent ?? 0) > received;
      const next = async () => {
        unreceived.add(isUnreceived);
        return events.next().finally(() => {
          received++;
          unreceived.delete(isUnreceived);
        });
      };
      return { next };
    },
    close: () => api.close(),
  });
  const watch = (api: KinesisApi): KinesisApi => {
    return {
      describeStream: counted(api.describeStream),
      listShards: counted(api.listShards),
      getIterator: counted(api.getIterator),
      getRecords: counted((iterator, signal, admit, limit) => {
        // A response that waits for room comes to its end only when others make it.
        const admitted = async (...bytes: Parameters<AdmitResponse>) => {
          calls--;
          return (admit?.(...bytes) ?? Promise.resolve(Number.POSITIVE_INFINITY)).finally(() => calls++);
        };
        return api.getRecords(iterator, signal, admitted, limit);
      }),
      close: () => api.close(),
    };
  };
  const createApi = (options: Partial<SdkApiOptions> = {}) => {
    const { endpoint, region, credentials } = kinesis;
    return watch(createSdkApi({ stream: streamName, endpoint, region, credentials, ...options }));
  };
  const createFanOut = (): FanOut => {
    const { endpoint, region, credentials } = kinesis;
    const api = createSdkFanOutApi({ stream: streamName, endpoint, region, credentials });
    return { api: watchFanOut(api), consumer: consumerName };
  };
  return { clock, kinesis, watch, createApi, createFanOut };
}

export interface ReadingOptions extends Partial<StreamReaderOptions> {
  /** Of an earlier run; left out, a first start. */
  readonly positions?: Positions;
  /** Of an earlier run, by shard: until when all was read and acknowledged. */
  readonly ackedUntilMs?: ReadonlyMap<string, number>;
  /** Left out, every record is acknowledged as it comes. */
  readonly isAcking?: boolean;
}

export interface Reading {
  readonly reader: StreamReader;
  readonly positions: Positions;
  readonly progress: MemoryProgress;
  readonly taken: readonly StreamRecord[];
  readonly faults: readonly Fault[];
  readonly recoveries: readonly { readonly stage: string; readonly shardId?: string }[];
  readonly events: readonly ShardEvent[];
  /** Result of the start. */
  readonly started: Promise<boolean>;
  /** The texts of the records taken, of one shard or of all. */
  texts(shardId?: string): readonly string[];
}

/** Begins to read; the reader is stopped with the test. */
export function startReading(t: ExecutionContext, service: Service, options: ReadingOptions = {}): Reading {
  const { positions = new Map(), ackedUntilMs, isAcking = true, ...rest } = options;
  const taken: StreamRecord[] = [];
  const faults: Fault[] = [];
  const recoveries: { stage: string; shardId?: string }[] = [];
  const events: ShardEvent[] = [];
  const progress = new MemoryProgress(positions, ackedUntilMs);
  const { handOn = async () => {} } = options;
  const reader = new StreamReader({
    api: rest.api ?? service.createApi(),
    stream: streamName,
    startAt: { type: 'earliest' },
    openProgress: async () => progress,
    maxReadBytes: 40 * 1024 * 1024,
    maxIdleMs: 1000,
    shardSyncMs: 60_000,
    clock: service.clock,
    random: createRandom(7),
    onShard: (event) => events.push(event),
    onFault: ({ operation: _, ...fault }: ReportedFault) => faults.push(fault),
    onRecovery: ({ operation: _, ...what }: Recovery) => recoveries.push(what),
    ...rest,
    handOn: async (record) => {
      await handOn(record);
      taken.push(record);
      if (isAcking) record.ack();
    },
  });
  const started = reader.start();
  started.catch(() => {});
  t.teardown(() => reader.stop());
  const texts = (shardId?: string) => {
    return taken
      .filter((r) => shardId === undefined || r.shardId === shardId)
      .map((r) => Buffer.from(r.data).toString());
  };
  return { reader, positions, progress, taken, faults, recoveries, events, started, texts };
}

/** AWS' clock, and a client that feeds it, on a machine whose own clock is off by `local.aheadMs`. */
export function onWrongClock({ clock, createApi }: Service, local: { readonly aheadMs: number }) {
  const localClock: Clock = {
    now: () => clock.now() + local.aheadMs,
    monotonic: () => clock.monotonic(),
    offsetMinutes: () => 0,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const awsClock = new AwsClock(localClock);
  return { clock: awsClock, api: createApi({ watch: new AwsWatch(awsClock, () => {}) }) };
}

/** Puts numbered texts into one shard, by default the first, and returns them. */
export function putNumbered({ kinesis }: Service, count: number, from = 0, shardId = firstShard): readonly string[] {
  const texts = Array.from({ length: count }, (_, i) => `record ${from + i}`);
  for (const text of texts) kinesis.putTo(streamName, shardId, text);
  return texts;
}

/** A promise that the test resolves. */
export function createGate(): { readonly promise: Promise<void>; readonly release: () => void } {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}
