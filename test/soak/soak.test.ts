/**
 * A random run of the plugin in a host app, by a seed: puts, splits and merges, faults of Kinesis and of the receiver, stops
 * and starts, against a model. `SOAK_MS` is its length, two minutes when left out; `FUZZ_SEED` repeats a run's choices.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import winston from 'winston';
import { loadPlugin } from '../../plugin/load-plugin.js';
import type { Plugin } from '../../plugin/plugin.js';
import { readCheckpointFile } from '../../src/checkpoint/checkpoint-file.js';
import { makeFolder } from '../end-to-end/command.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { type Receiver, startReceiver } from '../fakes/receiver.js';
import { createRandom, seed } from '../fixtures/random.js';
import { ancestorsOf, Ledger } from './ledger.js';
import { Trouble } from './trouble.js';

const soakMs = Number(process.env.SOAK_MS ?? 120_000);
const stream = 'flow-logs';
/**
 * Each generation of shards waits until the one before is confirmed, some seconds: with a reshard in less than that, a run
 * of minutes leaves hundreds of generations behind, which nobody has time to see to their end.
 */
const reshardPauseMs = 1500;
/** The longer the run, the more generations of shards are still to be read, one after the other. */
const settleMs = 60_000 + 2 * soakMs;

test('a random run with faults on both sides keeps every promise of delivery', async (t) => {
  t.timeout(soakMs + 2 * settleMs);
  process.env.AWS_ACCESS_KEY_ID = 'fake';
  process.env.AWS_SECRET_ACCESS_KEY = 'fake';
  const run = await startRun(t);
  const { ledger, trouble } = run;
  const told = () => `FUZZ_SEED=${seed}\n${trouble.history.slice(-60).join('\n')}`;

  for (const endMs = performance.now() + soakMs; performance.now() < endMs; ) {
    await run.step();
    await run.check();
    if (ledger.broken.length > 0) break;
  }
  await run.finish();
  t.deepEqual(ledger.broken, [], told());
  t.deepEqual(ledger.missing, [], told());
  t.log(
    `${ledger.count} flow logs, 0 lost, ${ledger.twice} lines came more than once, ${run.starts} starts,`,
    `${run.shards} shards, ${run.connections} connections, ${trouble.history.length} events`,
  );
});

async function startRun(t: ExecutionContext): Promise<Run> {
  const kinesis = await startFakeKinesis({ clock: Date, seed });
  t.teardown(() => kinesis.stop());
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  kinesis.createStream(stream, { shards: 2 });
  const run = new Run(kinesis, receiver, await makeFolder(t));
  // AVA waits for ever for a process that a failed test left at work.
  t.teardown(() => run.letGo());
  return run;
}

class Run {
  readonly ledger: Ledger;
  readonly trouble: Trouble;
  starts = 0;
  readonly #kinesis: FakeKinesis;
  readonly #receiver: Receiver;
  readonly #path: string;
  readonly #deadLetterPath: string;
  #plugin: Plugin | undefined;
  #reshardedMs = 0;

  constructor(kinesis: FakeKinesis, receiver: Receiver, folder: string) {
    this.#kinesis = kinesis;
    this.#receiver = receiver;
    this.#path = join(folder, 'checkpoint.json');
    this.#deadLetterPath = join(folder, 'dead-letter.ndjson');
    this.ledger = new Ledger(kinesis, stream);
    this.trouble = new Trouble(kinesis, receiver, createRandom(seed));
  }

  get shards(): number {
    return this.#kinesis.stream(stream).shards.length;
  }

  get connections(): number {
    return this.#receiver.connections.length;
  }

  /** One thing that happens in the world of the plugin. */
  async step(): Promise<void> {
    const { trouble } = this;
    const kind = trouble.below(100);
    if (!this.#plugin) await this.#start();
    else if (kind < 1) await this.#stop();
    else if (kind < 7) this.#reshard();
    else if (kind < 20) await trouble.troubleKinesis();
    else if (kind < 32) await trouble.troubleReceiver();
    else if (kind < 38) trouble.mendReceiver();
    else this.ledger.put(trouble.pick(this.#openShards).shardId, 1 + trouble.below(60));
    await sleep(trouble.below(30));
  }

  async check(): Promise<void> {
    const { content, recoveredFrom } = await readCheckpointFile(this.#path);
    if (recoveredFrom) this.ledger.broken.push(`The checkpoint file was torn: ${recoveredFrom}`);
    if (content) this.ledger.checkCheckpoint(content.shards, this.#receiver.lines);
  }

  /** Without faults all arrives and is confirmed; a stop is then clean, and another run has nothing to send. */
  async finish(): Promise<void> {
    const { ledger } = this;
    this.trouble.end();
    // With time enough to stop cleanly, also on a slow machine.
    await this.#stop();
    await this.#start(20_000);
    const signal = AbortSignal.timeout(settleMs);
    while (!ledger.isComplete && !signal.aborted) {
      await sleep(50);
      ledger.lookAt(this.#receiver.lines);
    }
    const isCaughtUp = await this.#plugin?.whenCaughtUp(signal);
    if (!isCaughtUp) ledger.broken.push(`It did not catch up: ${JSON.stringify(this.#plugin?.stats())}`);
    if (!(await this.#plugin?.stop())) ledger.broken.push('The last stop was not clean');
    await this.check();
    const { twice } = ledger;
    await this.#start();
    await this.#plugin?.whenCaughtUp(signal);
    await this.#plugin?.stop();
    await this.check();
    await ledger.checkOwnLedger(this.#path);
    if (ledger.twice > twice) ledger.broken.push(`${ledger.twice - twice} lines came again after a clean stop`);
  }

  async letGo(): Promise<void> {
    await this.#plugin?.stop();
  }

  async #start(drainTimeoutMs = this.trouble.pick([0, 300, 1000])): Promise<void> {
    const delivery = this.trouble.pick(['logger', 'direct']);
    this.trouble.note(`start, delivery ${delivery}, drain ${drainTimeoutMs} ms`);
    this.starts++;
    const logger = winston.createLogger();
    const config = { ...this.#toConfig(), delivery, drainTimeoutMs };
    const plugin = await loadPlugin(logger, { id: 'kinesis-snare', config });
    plugin.on('shard-started', ({ shardId }) => this.#checkParents(shardId));
    plugin.on('data-loss', ({ message }) => this.ledger.broken.push(message));
    plugin.on('dead-letter', ({ reason }) => this.ledger.broken.push(`A dead letter: ${reason}`));
    this.#plugin = plugin;
    // Waits for as long as a fault lasts, and other things go on meanwhile.
    plugin.start().catch((error) => this.ledger.broken.push(`The start failed: ${error}`));
  }

  async #stop(): Promise<void> {
    const plugin = this.#plugin;
    this.#plugin = undefined;
    const isClean = await plugin?.stop();
    this.trouble.note(isClean ? 'stop' : 'stop with lines left');
  }

  /** Before a shard begins, the end of its ancestors is on disk. */
  #checkParents(shardId: string): void {
    const { shards } = JSON.parse(readFileSync(this.#path, 'utf8')) as {
      shards: Record<string, { position: { type: string } }>;
    };
    for (const ancestor of ancestorsOf(shardId, this.#kinesis.stream(stream).shards)) {
      const position = shards[ancestor]?.position.type;
      if (position !== 'end') this.ledger.broken.push(`${shardId} began with its ancestor ${ancestor} at ${position}`);
    }
  }

  #reshard(): void {
    const nowMs = performance.now();
    if (nowMs - this.#reshardedMs < reshardPauseMs) return;
    this.#reshardedMs = nowMs;
    const open = this.#openShards.toSorted((left, right) => (left.startHash < right.startHash ? -1 : 1));
    const at = this.trouble.below(open.length);
    const [shard, neighbour] = open.slice(at);
    if (!shard) return;
    if (open.length < 4) {
      this.trouble.note(`split of ${shard.shardId}`);
      this.#kinesis.split(stream, shard.shardId);
    } else if (neighbour) {
      this.trouble.note(`merge of ${shard.shardId} and ${neighbour.shardId}`);
      this.#kinesis.merge(stream, shard.shardId, neighbour.shardId);
    }
  }

  get #openShards() {
    return this.#kinesis.stream(stream).shards.filter(({ closed }) => !closed);
  }

  #toConfig() {
    const { endpoint, region } = this.#kinesis;
    const { host, port } = this.#receiver;
    const checkpoint = { type: 'file', path: this.#path };
    const pace = { idleDelayMs: 200, shardSyncMs: 1000, checkpointIntervalMs: this.trouble.pick([0, 200]) };
    const input = { stream, endpoint, region, startAt: 'earliest', checkpoint, ...pace };
    const limits = { maxBufferedRecords: 400, confirmTimeoutMs: 500, connectTimeoutMs: 1000, reconnectMaxMs: 200 };
    const output = { type: 'tcp', host, port, rotateMs: 100, confirmHoldMs: 50, hostLogs: false, ...limits };
    return { input, output, deadLetter: { path: this.#deadLetterPath } };
  }
}
