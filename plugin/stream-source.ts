/**
 * A Kinesis stream with its checkpoint as the source of a collector. It begins anew where the settings want that for a
 * stream that was created again, and tells what AWS has dropped unread.
 */
import { Checkpointer } from '../src/checkpoint/checkpointer.js';
import { describeError, type Fault } from '../src/faults.js';
import { type ShardEvent, type ShardStatus, StreamReader } from '../src/kinesis/stream-reader.js';
import type { StreamIdentity, StreamProgress } from '../src/progress.js';
import { openCheckpoint } from './open-checkpoint.js';
import { createApi, toStartAt } from './reading.js';
import type { Source, SourceWiring } from './source.js';

export class StreamSource implements Source {
  readonly #wiring: SourceWiring;
  readonly #stop = new AbortController();
  #restarting: Promise<void> | undefined;
  #reader: StreamReader | undefined;
  #checkpointer: Checkpointer | undefined;

  constructor(wiring: SourceWiring) {
    this.#wiring = wiring;
  }

  async start(): Promise<boolean> {
    const { input, settings, clock, handOn, onRecovery } = this.#wiring;
    this.#reader = new StreamReader({
      api: await createApi(input),
      stream: input.stream,
      startAt: toStartAt(input.startAt),
      openProgress: (stream) => this.#openProgress(stream),
      handOn,
      maxReadBytes: settings.maxReadBytes,
      maxIdleMs: input.idleDelayMs,
      shardSyncMs: input.shardSyncMs,
      clock,
      random: Math.random,
      onShard: (event) => this.#reportShard(event),
      onFault: (fault) => this.#reportFault(fault),
      onRecovery,
    });
    return this.#reader.start();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#restarting;
    await this.#reader?.stop();
  }

  async close(): Promise<boolean> {
    return (await this.#checkpointer?.close()) ?? true;
  }

  /** See `StreamReader`. */
  async isCaughtUp(): Promise<boolean> {
    return (await this.#reader?.isCaughtUp()) ?? false;
  }

  get pending(): number {
    return this.#checkpointer?.pending ?? 0;
  }

  get status(): ReadonlyMap<string, Readonly<ShardStatus>> {
    return this.#reader?.status ?? new Map();
  }

  async #openProgress(stream: StreamIdentity): Promise<StreamProgress> {
    const { input, clock, onFault, onRecovery } = this.#wiring;
    const { store, stored } = await openCheckpoint(input, stream, clock, onFault);
    this.#checkpointer = new Checkpointer({
      store,
      stored,
      intervalMs: input.checkpointIntervalMs,
      clock,
      random: Math.random,
      onFault,
      onRecovery,
    });
    return this.#checkpointer;
  }

  #reportFault(fault: Fault): void {
    this.#wiring.onFault(fault);
    if (fault.code === 'stream-recreated') this.#onStreamRecreated(fault.message);
  }

  #reportShard(event: ShardEvent): void {
    const { events } = this.#wiring;
    const { shardId } = event;
    switch (event.type) {
      case 'started':
        events.emit('shard-started', { shardId, position: event.position });
        break;
      case 'ended':
        events.emit('shard-ended', { shardId });
        break;
      case 'lost':
        this.#reportLoss(shardId, undefined, undefined, 'AWS no longer has the shard, which was not read to its end');
        break;
      case 'trimmed': {
        const [from, to] = [event.fromMs, event.toMs].map((ms) => new Date(ms).toISOString());
        const what = `AWS has dropped what it took between ${from} and ${to}, and not all of it was read`;
        this.#reportLoss(shardId, event.fromMs, event.toMs, what);
        break;
      }
    }
  }

  #reportLoss(shardId: string, fromMs: number | undefined, toMs: number | undefined, what: string): void {
    const { counters, events, input } = this.#wiring;
    counters.dataLosses++;
    const message = `Shard "${shardId}": ${what}; raise the retention of the stream above the longest outage`;
    events.emit('data-loss', { shardId, fromMs, toMs, message });
    if (input.onDataLoss === 'fail') events.emit('failed', { message: `${message}. input.onDataLoss is "fail"` });
  }

  /** Progress of the old stream means nothing for the new one: either a person decides, or the settings have. */
  #onStreamRecreated(message: string): void {
    const { input, events } = this.#wiring;
    if (input.onStreamRecreated === 'fail') {
      events.emit('failed', { message });
      return;
    }
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
  }

  async #restart(): Promise<void> {
    await this.#reader?.stop();
    await this.#checkpointer?.close();
    if (this.#stop.signal.aborted) return;
    try {
      await this.start();
    } catch (error) {
      this.#wiring.events.emit('failed', { message: describeError(error) });
    }
  }
}
