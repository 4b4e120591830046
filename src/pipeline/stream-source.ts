/**
 * A Kinesis stream with its checkpoint as the source of a pipeline. If the settings say so, it starts again when the stream was
 * created again, and fetches what AWS dropped unread; both are reported in any case.
 */

import { Checkpointer } from '../checkpoint/checkpointer.js';
import { openRunNote, type RunNote } from '../checkpoint/run-note.js';
import type { CheckpointStore } from '../checkpoint/store.js';
import type { ShardClaims } from '../claims.js';
import { CheckpointError } from '../errors.js';
import { describeError, type Fault } from '../faults.js';
import type { KinesisApi } from '../kinesis/api.js';
import { type ShardEvent, type StartAt, StreamReader } from '../kinesis/stream-reader.js';
import type { LeaseCounts } from '../lease/plan-leases.js';
import type { MemoryUse } from '../output-stats.js';
import type { StreamIdentity, StreamProgress } from '../progress.js';
import type { ShardStatus } from '../shard-status.js';
import { createApi, createFanOut } from './clients.js';
import type { Fleet } from './fleet/fleet.js';
import type { LeaseSettings } from './fleet/open-lease-table.js';
import { describeLoss } from './gaps/describe-loss.js';
import type { GapHealer } from './gaps/gap-healer.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { Source, SourceWiring } from './source.js';

export class StreamSource implements Source {
  readonly #wiring: SourceWiring;
  readonly #stop = new AbortController();
  #restarting: Promise<void> | undefined;
  #reader: StreamReader | undefined;
  #checkpointer: Checkpointer | undefined;
  /** Opens the checkpoint and takes its lock. A stop during a start waits for it, to release the lock. */
  #opening: Promise<StreamProgress> | undefined;
  #healer: GapHealer | undefined;
  #runNote: RunNote | undefined;
  /** Where the checkpoint is a table of leases. */
  #fleet: Fleet | undefined;

  constructor(wiring: SourceWiring) {
    this.#wiring = wiring;
  }

  async start(): Promise<boolean> {
    const { input, settings, clock, watch, handOn, onRecovery } = this.#wiring;
    const api = await createApi(input, { watch, signal: this.#stop.signal });
    const fanOut = await createFanOut(input, { watch, signal: this.#stop.signal });
    if (this.#stop.signal.aborted) {
      api.close();
      fanOut?.api.close();
      return false;
    }
    this.#reader = new StreamReader({
      api,
      stream: input.stream,
      startAt: toStartAt(input.startAt),
      openProgress: (stream) => {
        this.#opening = this.#openProgress(stream, api);
        return this.#opening;
      },
      fanOut,
      claims: input.checkpoint.type === 'dynamodb' ? this.#claims : undefined,
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
    const isNothingToRead = await this.#reader.start();
    if (!this.#stop.signal.aborted) this.#fleet?.start(this.#reader);
    this.#healer?.start();
    return isNothingToRead;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#fleet?.settle();
    await this.#restarting;
    await Promise.all([this.#reader?.stop(), this.#healer?.stop()]);
  }

  /** Closes the gaps first: the checkpoint may not pass a gap that is not on disk. */
  async close(): Promise<boolean> {
    // The caller of `start` gets the error.
    await this.#opening?.catch(() => {});
    await this.#closeRunNote();
    const areGapsWritten = (await this.#healer?.close()) ?? true;
    const isWritten = (await this.#checkpointer?.close()) ?? true;
    await this.#fleet?.close();
    return isWritten && areGapsWritten;
  }

  /** See `StreamReader`; gaps that can be healed must be healed too. */
  async isCaughtUp(): Promise<boolean> {
    return ((await this.#reader?.isCaughtUp()) ?? false) && (this.#healer?.isIdle ?? true);
  }

  get pending(): number {
    return (this.#checkpointer?.pending ?? 0) + (this.#healer?.pending ?? 0);
  }

  get runNote(): RunNote | undefined {
    return this.#runNote;
  }

  get memory(): MemoryUse | undefined {
    return this.#reader?.memory;
  }

  get status(): ReadonlyMap<string, Readonly<ShardStatus>> {
    return this.#reader?.status ?? new Map();
  }

  /** The counts of the leases; undefined without a fleet. */
  get leases(): LeaseCounts | undefined {
    return this.#fleet?.counts;
  }

  readonly #claims: ShardClaims = {
    has: (shardId) => this.#fleet?.has(shardId) ?? false,
    isElsewhere: (shardId) => this.#fleet?.isElsewhere(shardId) ?? false,
    whenHeld: (shardId, signal) => this.#fleet?.whenHeld(shardId, signal),
  };

  async #openProgress(stream: StreamIdentity, api: Pick<KinesisApi, 'listShards'>): Promise<StreamProgress> {
    const { input, clock, onStream, onFault, onRecovery } = this.#wiring;
    onStream(stream);
    if (input.checkpoint.type === 'dynamodb') return this.#openFleet(input.checkpoint, stream, api);
    const local = { ...input, checkpoint: input.checkpoint };
    const { store, stored } = await openCheckpoint(local, stream, { clock, onFault, onRecovery });
    try {
      if (input.healGaps) this.#healer ??= await openHealer(this.#wiring);
    } catch (error) {
      await store.close();
      throw error;
    }
    await this.#openRunNote();
    this.#checkpointer = new Checkpointer({
      store: this.#healer ? behindGaps(store, this.#healer) : store,
      stored,
      intervalMs: input.checkpointIntervalMs,
      clock,
      random: Math.random,
      onFault,
      onRecovery,
    });
    return this.#checkpointer;
  }

  async #openFleet(
    settings: LeaseSettings,
    stream: StreamIdentity,
    { listShards }: Pick<KinesisApi, 'listShards'>,
  ): Promise<StreamProgress> {
    if (this.#wiring.input.healGaps) this.#healer ??= await openHealer(this.#wiring);
    const { Fleet } = await import('./fleet/fleet.js');
    this.#fleet = await Fleet.open({
      wiring: this.#wiring,
      settings,
      stream,
      listShards,
      wrapStore: (store) => (this.#healer ? behindGaps(store, this.#healer) : store),
      signal: this.#stop.signal,
    });
    await this.#openRunNote();
    this.#checkpointer = this.#fleet.checkpointer;
    return this.#fleet.progress;
  }

  /** Without the note, a record that ends the process is not detected; everything else works. */
  async #openRunNote(): Promise<void> {
    const { checkpoint } = this.#wiring.input;
    if (checkpoint.type === 'memory') return;
    this.#runNote = await openRunNote(checkpoint.path).catch((error: unknown) => {
      const message = `The note beside the checkpoint "${checkpoint.path}" could not be written, so a record that ends the process would not be found: ${describeError(error)}`;
      this.#wiring.onFault({ stage: 'checkpoint', code: 'run-note-not-written', message, cause: error });
      return undefined;
    });
  }

  /** Call while the lock is held. */
  async #closeRunNote(): Promise<void> {
    const isDone = (this.#checkpointer?.pending ?? 0) === 0;
    await this.#runNote?.close(isDone).catch(() => {});
    this.#runNote = undefined;
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
        this.#reportLoss(event, 'AWS no longer has the shard, which was not read to its end');
        break;
      case 'trimmed':
        this.#reportLoss(event, 'AWS has dropped records that were not all read');
        break;
    }
  }

  #reportLoss(loss: Extract<ShardEvent, { type: 'lost' | 'trimmed' }>, what: string): void {
    const { counters, events, input } = this.#wiring;
    const { shardId, fromMs, toMs } = loss;
    counters.dataLosses++;
    if (this.#healer && fromMs !== undefined) this.#healer.heal({ shardId, fromMs, toMs });
    const message = describeLoss(loss, what, input);
    events.emit('data-loss', { shardId, fromMs, toMs, message });
    if (input.onDataLoss === 'fail') events.emit('failed', { message: `${message}. input.onDataLoss is "fail"` });
  }

  /** Progress of the old stream is invalid for the new one, so a person or the settings have to decide. */
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
    await this.#closeRunNote();
    this.#fleet?.settle();
    await this.#checkpointer?.close();
    await this.#fleet?.close();
    this.#fleet = undefined;
    if (this.#stop.signal.aborted) return;
    try {
      await this.start();
    } catch (error) {
      this.#wiring.events.emit('failed', { message: describeError(error) });
    }
  }
}

function toStartAt(startAt: SourceWiring['input']['startAt']): StartAt {
  if (startAt === 'latest' || startAt === 'earliest') return { type: startAt };
  return { type: 'time', atMs: Date.parse(startAt) };
}

/** Loaded only if needed. */
async function openHealer(wiring: SourceWiring): Promise<GapHealer> {
  const { GapHealer } = await import('./gaps/gap-healer.js');
  return GapHealer.open(wiring);
}

/** If a checkpoint were written before the gaps that it passes, a crash could lose them. */
function behindGaps(store: CheckpointStore, healer: GapHealer): CheckpointStore {
  const check = async () => {
    if (await healer.whenStored()) return;
    throw new CheckpointError('not-written', 'The checkpoint is not moved past a gap that could not be written');
  };
  return {
    ...store,
    save: (shards, counts) => check().then(() => store.save(shards, counts)),
    remove: (shardIds) => check().then(() => store.remove(shardIds)),
  };
}
