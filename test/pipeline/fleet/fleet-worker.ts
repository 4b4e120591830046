/** A process of a fleet without its output: a stream source on a fake Kinesis and on DynamoDB, which acks after a while. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSettings } from '../../../plugin/manifest/manifest.js';
import { StreamSource } from '../../../src/pipeline/stream-source.js';
import type { StreamRecord } from '../../../src/record.js';
import { PluginEmitter } from '../../../src/report/events.js';
import { Counters } from '../../../src/report/stats.js';
import type { FakeKinesis } from '../../fakes/fake-kinesis.js';
import { unwatched } from '../../fakes/unwatched.js';

/** Short, but longer than a busy machine keeps this process from running. */
const leaseMs = 4000;

export interface FleetWorkerOptions {
  readonly kinesis: FakeKinesis;
  /** Address of DynamoDB. */
  readonly endpoint: string;
  readonly folder: string;
  readonly name: string;
  readonly table?: string;
  readonly startAt?: string;
  readonly workerId?: string;
  readonly onStreamRecreated?: 'fail' | 'reset';
  readonly ackMs?: number;
}

export interface Delivery {
  readonly worker: string;
  readonly shardId: string;
  readonly text: string;
  readonly atMs: number;
}

export class FleetWorker {
  readonly name: string;
  readonly source: StreamSource;
  readonly deliveries: Delivery[];
  readonly faults: { readonly code: string; readonly message: string }[] = [];
  readonly released: { readonly shardId: string; readonly why: string }[] = [];
  readonly failed: string[] = [];
  readonly #ackMs: number;
  /** Records that were handed on and not acked. */
  #open = 0;

  constructor(deliveries: Delivery[], options: FleetWorkerOptions) {
    const { kinesis, endpoint, folder, name, table = 'leases', startAt = 'earliest', workerId = name } = options;
    this.name = name;
    this.deliveries = deliveries;
    this.#ackMs = options.ackMs ?? 100;
    const { settings } = loadSettings({
      id: 'kinesis-snare',
      config: {
        input: {
          stream: 'flow-logs',
          endpoint: kinesis.endpoint,
          region: kinesis.region,
          startAt,
          idleDelayMs: 200,
          onStreamRecreated: options.onStreamRecreated ?? 'fail',
          checkpoint: { type: 'dynamodb', table, endpoint, path: join(folder, name), leaseMs, workerId },
        },
      },
    });
    const { input } = settings;
    if (!input) throw new TypeError('there is no input');
    const events = new PluginEmitter();
    events.on('shard-released', (event) => this.released.push(event));
    events.on('failed', ({ message }) => this.failed.push(message));
    this.source = new StreamSource({
      settings,
      input,
      counters: new Counters(),
      events,
      clock: unwatched.clock,
      watch: unwatched,
      handOn: (record) => this.#take(record),
      onStream: () => {},
      onFault: (fault) => this.faults.push(fault),
      onRecovery: () => {},
    });
  }

  /** Number of shards that it reads. */
  get own(): number {
    return this.source.leases?.own ?? 0;
  }

  /** As a clean stop: everything that was read is acked. */
  async stop(): Promise<void> {
    await this.source.stop();
    while (this.#open > 0) await sleep(20);
    await this.source.close();
  }

  async #take(record: StreamRecord): Promise<void> {
    const { shardId, data } = record;
    const text = Buffer.from(data).toString();
    this.deliveries.push({ worker: this.name, shardId, text, atMs: performance.now() });
    this.#open++;
    setTimeout(() => {
      this.#open--;
      record.ack();
    }, this.#ackMs);
  }
}
