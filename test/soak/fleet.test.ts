/**
 * Processes of a fleet as a user starts them, on a fake Kinesis, with DynamoDB emulated: SIGKILL and SIGTERM under load while
 * shards split and merge, a SIGSTOP of 25 s, and a table that is away for 20 s, at the default lease.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Command, makeFolder, start, writeManifest } from '../end-to-end/command.js';
import { toRecord } from '../end-to-end/flow-logs.js';
import { startDynalite } from '../fakes/dynalite.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { type Receiver, startReceiver } from '../fakes/receiver.js';
import { type Road, startRoad } from '../fakes/road.js';
import { Arrivals } from './arrivals.js';

const leaseMs = 10_000;
const stream = 'flow-logs';
const perRecord = 5;

class ProcessFleet {
  readonly kinesis: FakeKinesis;
  readonly receiver: Receiver;
  readonly arrivals: Arrivals;
  readonly table: Road;
  readonly #t: ExecutionContext;
  readonly #folder: string;
  readonly #commands: Command[] = [];
  #put = 0;
  #feeding: NodeJS.Timeout | undefined;

  constructor(t: ExecutionContext, folder: string, parts: { kinesis: FakeKinesis; receiver: Receiver; table: Road }) {
    this.#t = t;
    this.#folder = folder;
    this.kinesis = parts.kinesis;
    this.receiver = parts.receiver;
    this.arrivals = new Arrivals(parts.receiver);
    this.table = parts.table;
  }

  async join(name: string): Promise<Command> {
    const folder = join(this.#folder, name);
    await mkdir(folder);
    const { kinesis, receiver, table } = this;
    const manifest = await writeManifest(folder, {
      input: {
        stream,
        endpoint: kinesis.endpoint,
        region: kinesis.region,
        startAt: 'earliest',
        idleDelayMs: 200,
        checkpoint: { type: 'dynamodb', table: 'leases', endpoint: table.endpoint, leaseMs, workerId: name },
      },
      output: { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 500, system: name },
    });
    const command = start(this.#t, folder, ['run', '--manifest', manifest]);
    this.#commands.push(command);
    return command;
  }

  /** Puts records at a steady rate until `stop`. */
  feed(): void {
    this.#feeding = setInterval(() => {
      for (let key = 0; key < 12; key++) this.#putOne(String(key));
    }, 250);
  }

  stop(): number {
    clearInterval(this.#feeding);
    return this.#put;
  }

  #putOne(key: string): void {
    const { partitionKey, data } = toRecord(key, this.#put, this.#put + perRecord);
    this.kinesis.put(stream, data, partitionKey);
    this.#put += perRecord;
  }

  /** Resolves with the milliseconds until everything that was put by now has arrived. */
  async untilArrived(limitMs: number): Promise<number> {
    const startMs = performance.now();
    const count = this.#put;
    for (let missing = 1; missing > 0; missing = this.arrivals.missing(count)) {
      if (performance.now() - startMs > limitMs) throw new Error(`${missing} flow logs did not come\n${this.#reports}`);
      await sleep(100);
    }
    return performance.now() - startMs;
  }

  /** What the processes said last. */
  get #reports(): string {
    return this.#commands.map(({ stderr }) => stderr().slice(-2000)).join('\n\n');
  }

  /** Every shard has a reader: what is put a moment from now arrives. Resolves with the milliseconds until then. */
  async untilReadAgain(): Promise<number> {
    await sleep(500);
    return 500 + (await this.untilArrived(60_000));
  }

  split(): void {
    const shard = this.kinesis.stream(stream).shards.find(({ closed }) => !closed);
    if (shard) this.kinesis.split(stream, shard.shardId);
  }

  merge(): void {
    const open = this.kinesis.stream(stream).shards.filter(({ closed }) => !closed);
    const [one, other] = open.slice(-2);
    if (one && other) this.kinesis.merge(stream, one.shardId, other.shardId);
  }
}

test('a fleet of three processes: SIGKILL, SIGTERM, splits and merges lose nothing', async (t) => {
  t.timeout(600_000);
  const kinesis = await startFakeKinesis({ clock: Date });
  const receiver = await startReceiver();
  const dynalite = await startDynalite();
  const table = await startRoad(dynalite.endpoint);
  const fleet = new ProcessFleet(t, await makeFolder(t), { kinesis, receiver, table });
  t.teardown(async () => {
    fleet.stop();
    await kinesis.stop();
    await receiver.close();
    table.close();
    await dynalite.stop();
  });
  kinesis.createStream(stream, { shards: 6 });
  const one = await fleet.join('one');
  const two = await fleet.join('two');
  const three = await fleet.join('three');
  fleet.feed();
  await fleet.untilArrived(60_000);
  await sleep(leaseMs * 2);
  // No fault so far, three starts included.
  t.is(fleet.arrivals.duplicates, 0);
  fleet.split();
  await fleet.untilArrived(60_000);
  two.child.kill('SIGKILL');
  const crash = await fleet.untilReadAgain();
  fleet.merge();
  await fleet.untilArrived(60_000);
  await fleet.join('four');
  await sleep(leaseMs);
  await makeMoreTrouble(fleet, three);
  const before = fleet.arrivals.duplicates;
  one.child.kill('SIGTERM');
  const { code } = await one.ended;
  t.is(code, 0);
  const clean = await fleet.untilReadAgain();
  t.is(fleet.arrivals.duplicates, before);
  const count = fleet.stop();
  await fleet.untilArrived(60_000);
  t.is(fleet.arrivals.missing(count), 0);
  t.is(fleet.arrivals.sentDisorder, 0);
  t.log(
    `${count} flow logs, ${fleet.arrivals.duplicates} twice, ${fleet.arrivals.disorder} read out of order, after a crash ${Math.round(crash)} ms, after a stop ${Math.round(clean)} ms`,
  );
});

async function makeMoreTrouble(fleet: ProcessFleet, { child }: Command): Promise<void> {
  child.kill('SIGSTOP');
  await sleep(25_000);
  child.kill('SIGCONT');
  await fleet.untilArrived(60_000);
  await sleep(leaseMs);
  fleet.table.isBlocked = true;
  fleet.split();
  await sleep(20_000);
  fleet.table.isBlocked = false;
  await fleet.untilArrived(60_000);
  await sleep(leaseMs);
}
