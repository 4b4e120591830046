/**
 * A seeded run of everything at once: faults, splits, merges, late acknowledgements, records that are refused, and stops
 * and starts. A model knows what was put; nothing may be missing, out of order, or before its time.
 */
import test, { type ExecutionContext } from 'ava';
import type { FaultRule } from '../fakes/fake-kinesis-script.js';
import { createRandom, seed } from '../fixtures/random.js';
import type { Positions } from './memory-progress.js';
import { type Reading, type Service, startReading, startService, streamName } from './reading.js';

const faults: readonly FaultRule['error'][] = [
  'reset',
  'not-json',
  { body: '{}' },
  'null-iterator',
  'records-without-iterator',
  'empty',
  { code: 'ExpiredIteratorException' },
  { code: 'ProvisionedThroughputExceededException' },
  { code: 'KMSThrottlingException' },
  { code: 'AccessDeniedException' },
  { code: 'InternalFailure', status: 500 },
];
const faultsOfFanOut: readonly FaultRule['error'][] = [
  'reset',
  'hang',
  'null-iterator',
  'records-without-iterator',
  { code: 'ResourceInUseException' },
  { code: 'KMSThrottlingException' },
  { code: 'AccessDeniedException' },
  { code: 'InternalFailureException' },
];
const keys = Array.from({ length: 12 }, (_, i) => `key ${i}`);
const steps = 120;

class Model {
  readonly #random: () => number;
  readonly #service: Service;
  readonly #hasFanOut: boolean;
  /** Texts by key, in the order of their puts. */
  readonly put = new Map<string, string[]>(keys.map((key) => [key, []]));
  /** Texts whose acknowledgement was called. */
  readonly acked = new Set<string>();

  constructor(service: Service, random: () => number, hasFanOut: boolean) {
    this.#service = service;
    this.#hasFanOut = hasFanOut;
    this.#random = random;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new TypeError('Nothing to pick from');
    return item;
  }

  /** Something happens to the stream. */
  step(): void {
    const { kinesis } = this.#service;
    for (let i = Math.floor(this.#random() * 6); i > 0; i--) {
      const key = this.pick(keys);
      const texts = this.put.get(key) ?? [];
      const text = `${key}/${texts.length}`;
      kinesis.put(streamName, text, key);
      texts.push(text);
    }
    const open = kinesis.stream(streamName).shards.filter(({ closed }) => !closed);
    if (this.#random() < 0.04 && open.length < 6) kinesis.split(streamName, this.pick(open).shardId);
    else if (this.#random() < 0.04) this.#merge();
    if (this.#random() >= 0.3) return;
    const times = Math.ceil(this.#random() * 4);
    if (this.#hasFanOut) {
      const operation = this.pick(['SubscribeToShard', 'SubscribeToShardEvent', 'SubscribeToShardEvent']);
      kinesis.fail({ operation, times, error: this.pick(faultsOfFanOut) });
    } else {
      const operation = this.pick(['GetRecords', 'GetRecords', 'GetShardIterator', 'ListShards']);
      // Only a read may answer these.
      const error = this.pick(operation === 'GetRecords' ? faults : faults.filter((fault) => !isOfReads(fault)));
      kinesis.fail({ operation, times, error });
    }
  }

  #merge(): void {
    const { kinesis } = this.#service;
    const open = kinesis.stream(streamName).shards.filter(({ closed }) => !closed);
    const sorted = [...open].sort((a, b) => (a.startHash < b.startHash ? -1 : 1));
    const index = Math.floor(this.#random() * (sorted.length - 1));
    const [low, high] = [sorted[index], sorted[index + 1]];
    if (low && high) kinesis.merge(streamName, low.shardId, high.shardId);
  }
}

function isOfReads(fault: FaultRule['error']): boolean {
  if (typeof fault === 'string') return fault !== 'reset' && fault !== 'not-json';
  return 'code' in fault && fault.code.startsWith('Expired');
}

function keyOf(text: string): string {
  return text.split('/')[0] ?? '';
}

/** Every run gives each key's records in order, without a gap, from one that was not acknowledged before it. */
function checkRun(t: ExecutionContext, { put }: Model, ackedBefore: ReadonlySet<string>, { texts }: Reading): void {
  const next = new Map<string, number>();
  for (const text of texts()) {
    const key = keyOf(text);
    const own = put.get(key) ?? [];
    const index = own.indexOf(text);
    const expected = next.get(key);
    if (expected !== undefined) t.is(index, expected, `${text} does not follow the one before it`);
    else for (const skipped of own.slice(0, index)) t.true(ackedBefore.has(skipped), `${skipped} was skipped`);
    next.set(key, index + 1);
  }
}

/** Parents end before children begin, over all runs. */
function checkLineage(t: ExecutionContext, { kinesis }: Service, runs: readonly Reading[]): void {
  const lines = runs.flatMap(({ events }) => events.map(({ type, shardId }) => `${type} ${shardId}`));
  for (const { shardId, parentIds } of kinesis.stream(streamName).shards) {
    const started = lines.indexOf(`started ${shardId}`);
    t.true(started >= 0, `${shardId} was never read`);
    for (const parentId of parentIds) {
      const ended = lines.indexOf(`ended ${parentId}`);
      t.true(ended >= 0 && ended < started, `${shardId} began before ${parentId} ended`);
    }
  }
}

for (const hasFanOut of [false, true])
  test(`${hasFanOut ? 'by enhanced fan-out' : 'by reads'} nothing is lost, and every key keeps its order, whatever happens (FUZZ_SEED=${seed})`, async (t) => {
    const service = await startService(t, 2, 24, hasFanOut);
    const { clock, kinesis } = service;
    kinesis.rules.isThrottling = !hasFanOut;
    const random = createRandom(seed);
    const model = new Model(service, random, hasFanOut);
    const positions: Positions = new Map();
    const runs: Reading[] = [];
    let ackedBefore = new Set<string>();
    const unacked = new Map<string, () => void>();
    const ackSome = (share: number) => {
      for (const [text, ack] of unacked) {
        if (random() >= share) continue;
        unacked.delete(text);
        model.acked.add(text);
        ack();
      }
    };
    const begin = () => {
      unacked.clear();
      ackedBefore = new Set(model.acked);
      const reading = startReading(t, service, {
        ...(hasFanOut && { fanOut: service.createFanOut() }),
        positions,
        isAcking: false,
        random,
        shardSyncMs: 5_000,
        handOn: async (record) => {
          if (random() < 0.03) throw new Error('not now');
          unacked.set(Buffer.from(record.data).toString(), () => record.ack());
        },
      });
      runs.push(reading);
      return reading;
    };
    const end = async (reading: Reading) => {
      await reading.reader.stop();
      checkRun(t, model, ackedBefore, reading);
    };

    let reading = begin();
    await clock.settle();
    for (let i = 0; i < steps; i++) {
      model.step();
      await clock.advance(Math.floor(random() * 2000));
      ackSome(0.6);
      if (random() < 0.04 || i === steps / 2) {
        await end(reading);
        // A start does not wait for rights to come back; these faults are for running readers.
        kinesis.mend();
        reading = begin();
        await clock.settle();
      }
    }
    kinesis.mend();
    const all = [...model.put.values()].flat();
    for (let i = 0; i < 200 && !all.every((text) => model.acked.has(text)); i++) {
      await clock.advance(5000);
      ackSome(1);
    }
    await clock.advance(60_000);
    t.deepEqual(
      all.filter((text) => !model.acked.has(text)),
      [],
    );
    t.true(await reading.reader.isCaughtUp());
    await end(reading);
    checkLineage(t, service, runs);
    t.true(all.length > 200 && runs.length > 1, 'The run did too little to mean anything');
  });
