/**
 * Everything between a stream and whoever takes its rows: reads, decodes, parses, sets aside what cannot be used, keeps
 * the progress. It does not know whether rows go to a logger, to an output or to a loop of the host.
 */
import { Checkpointer } from '../src/checkpoint/checkpointer.js';
import { systemClock } from '../src/clock.js';
import { describeError, type Fault } from '../src/faults.js';
import type { FormatList } from '../src/flow-log/format-list.js';
import { type ShardEvent, StreamReader } from '../src/kinesis/stream-reader.js';
import type { StreamIdentity, StreamProgress } from '../src/progress.js';
import type { StreamRecord } from '../src/record.js';
import { Aside } from './aside.js';
import { type DeadLetter, DeadLetterError, toLetter } from './dead-letter.js';
import type { PluginEmitter } from './events.js';
import { openCheckpoint } from './open-checkpoint.js';
import { type ProcessedRecord, type ProcessOptions, processRecord } from './process-record.js';
import { createApi, createFormats, toStartAt } from './reading.js';
import type { InputSettings, Settings } from './settings.js';
import { StallWatch } from './stall-watch.js';
import { type Counters, count, type ShardStats, toShardStats } from './stats.js';

export interface CollectorOptions {
  readonly settings: Settings;
  readonly input: InputSettings;
  readonly counters: Counters;
  readonly events: PluginEmitter;
  /**
   * Takes a processed record, whose dead letters are on disk. Resolves when the next one may come. Acknowledges the record
   * when its rows are settled.
   */
  readonly take: (record: StreamRecord, processed: ProcessedRecord) => Promise<void>;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #clock = systemClock;
  readonly #aside: Aside;
  readonly #stalls: StallWatch;
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;
  #restarting: Promise<void> | undefined;
  #reader: StreamReader | undefined;
  #checkpointer: Checkpointer | undefined;
  readonly #attempts = new WeakMap<StreamRecord, number>();
  /** Records are expanded one at a time, whatever the number of shards, to bound the memory. */
  #expanding: Promise<unknown> = Promise.resolve();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#stalls = new StallWatch(options.input.stallLimitMs);
    const { counters, events, settings } = options;
    this.#aside = new Aside({
      ...settings.deadLetter,
      clock: this.#clock,
      onFault: (fault) => this.reportFault(fault),
      onPut: ({ shardId, sequenceNumber, reason }) => {
        count(counters.deadLetters, reason);
        events.emit('dead-letter', { shardId, sequenceNumber, reason });
      },
    });
  }

  /** Resolves with true when a start at the tip was stored just now, so that nothing is there to be read. */
  async start(): Promise<boolean> {
    const { input, events } = this.#options;
    const formats = createFormats(input.formats);
    for (const message of formats.ambiguous) events.emit('advice', { message });
    this.#watching = this.#watch();
    return this.#startReading(formats);
  }

  async #startReading(formats: FormatList): Promise<boolean> {
    const { input, settings, events } = this.#options;
    const process = {
      caps: input,
      formats,
      unparsed: settings.unparsed,
      clock: this.#clock,
      counters: this.#options.counters,
      events,
    };
    this.#reader = new StreamReader({
      api: await createApi(input),
      stream: input.stream,
      startAt: toStartAt(input.startAt),
      openProgress: (stream) => this.#openProgress(stream),
      handOn: async (record) => {
        // Outside the queue of those that expand, so that the other shards go on.
        await this.#aside.whenFree(record.shardId);
        await this.#expandNext(() => this.#handOn(record, process));
      },
      maxReadBytes: settings.maxReadBytes,
      maxIdleMs: input.idleDelayMs,
      shardSyncMs: input.shardSyncMs,
      clock: this.#clock,
      random: Math.random,
      onShard: (event) => this.#reportShard(event),
      onFault: (fault) => {
        this.reportFault(fault);
        if (fault.code === 'stream-recreated') this.#onStreamRecreated(fault.message, formats);
      },
      onRecovery: (what) => events.emit('recovered', what),
    });
    return this.#reader.start();
  }

  /** Stops reading. Acknowledgements still count until `close`. */
  async stopReading(): Promise<void> {
    this.#aside.letGo();
    this.#stop.abort();
    await this.#restarting;
    await this.#reader?.stop();
    await this.#watching;
  }

  /** Writes the last positions and lets the checkpoint go. Resolves with false when they could not be written. */
  async close(): Promise<boolean> {
    const isWritten = (await this.#checkpointer?.close()) ?? true;
    await this.#aside.close();
    return isWritten;
  }

  /** Whether all that was in the stream when this run began is handed on; see `StreamReader`. */
  async isCaughtUp(): Promise<boolean> {
    return (await this.#reader?.isCaughtUp()) ?? false;
  }

  /** Records read and not yet acknowledged, or acknowledged behind one that is not. */
  get pending(): number {
    return this.#checkpointer?.pending ?? 0;
  }

  get shards(): Readonly<Record<string, ShardStats>> {
    const nowMs = this.#clock.now();
    const shards = [...(this.#reader?.status ?? [])];
    return Object.fromEntries(
      shards.map(([shardId, status]) => [shardId, toShardStats(status, nowMs, this.#stalls.isStalled(shardId))]),
    );
  }

  reportFault(fault: Fault): void {
    const { counters, events } = this.#options;
    count(counters.faults, fault.code);
    events.emit('fault', fault);
  }

  /** See `Aside.put`. */
  setAside(letters: readonly DeadLetter[]): Promise<void> {
    return this.#aside.put(letters);
  }

  /** See `Aside.putUntilDone`. */
  setAsideFor(letter: DeadLetter, signal: AbortSignal): Promise<boolean> {
    return this.#aside.putUntilDone(letter, signal);
  }

  /** A record that fails again and again fails for a reason of its own: it is set aside, so that the shard goes on. */
  async #handOn(record: StreamRecord, options: ProcessOptions): Promise<void> {
    try {
      await this.#take(record, await processRecord(record, options));
    } catch (error) {
      const attempts = (this.#attempts.get(record) ?? 0) + 1;
      this.#attempts.set(record, attempts);
      if (error instanceof DeadLetterError || attempts < this.#options.input.maxAttempts) throw error;
      const { shardId, sequenceNumber, data } = record;
      const detail = `${attempts} attempts failed, the last one with: ${describeError(error)}`;
      await this.#aside.put([toLetter({ shardId, sequenceNumber, reason: 'poison', detail, data })]);
      this.#ack(record);
    }
  }

  async #take(record: StreamRecord, processed: ProcessedRecord): Promise<void> {
    const { take } = this.#options;
    // The checkpoint may pass the record only once what cannot be used is on disk.
    await this.#aside.put(processed.deadLetters);
    await take({ ...record, ack: () => this.#ack(record) }, processed);
  }

  #ack(record: StreamRecord): void {
    this.#options.counters.acknowledged++;
    record.ack();
  }

  #expandNext(expand: () => Promise<void>): Promise<void> {
    const expanded = this.#expanding.then(expand);
    this.#expanding = expanded.catch(() => {});
    return expanded;
  }

  async #openProgress(stream: StreamIdentity): Promise<StreamProgress> {
    const { input, events } = this.#options;
    const reportFault = (fault: Fault) => this.reportFault(fault);
    const { store, stored } = await openCheckpoint(input, stream, this.#clock, reportFault);
    this.#checkpointer = new Checkpointer({
      store,
      stored,
      intervalMs: input.checkpointIntervalMs,
      clock: this.#clock,
      random: Math.random,
      onFault: reportFault,
      onRecovery: (what) => events.emit('recovered', what),
    });
    return this.#checkpointer;
  }

  #reportShard(event: ShardEvent): void {
    const { events } = this.#options;
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
    const { counters, events, input } = this.#options;
    counters.dataLosses++;
    const message = `Shard "${shardId}": ${what}; raise the retention of the stream above the longest outage`;
    events.emit('data-loss', { shardId, fromMs, toMs, message });
    if (input.onDataLoss === 'fail') events.emit('failed', { message: `${message}. input.onDataLoss is "fail"` });
  }

  /** Progress of the old stream means nothing for the new one: either a person decides, or the settings have. */
  #onStreamRecreated(message: string, formats: FormatList): void {
    const { input, events } = this.#options;
    if (input.onStreamRecreated === 'fail') {
      events.emit('failed', { message });
      return;
    }
    this.#restarting ??= this.#restart(formats).finally(() => {
      this.#restarting = undefined;
    });
  }

  async #restart(formats: FormatList): Promise<void> {
    await this.#reader?.stop();
    await this.#checkpointer?.close();
    if (this.#stop.signal.aborted) return;
    try {
      await this.#startReading(formats);
    } catch (error) {
      this.#options.events.emit('failed', { message: describeError(error) });
    }
  }

  async #watch(): Promise<void> {
    const { input, events } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#clock.sleep(Math.min(10_000, input.stallLimitMs / 4), signal);
      for (const { shardId, what, ageMs } of this.#stalls.look(this.#reader?.status ?? new Map(), this.#clock.now())) {
        const missing = what === 'reading' ? 'no reply of Kinesis' : 'no acknowledgement, though some are due,';
        const message = `Shard "${shardId}" stands still: ${missing} for ${Math.round(ageMs / 1000)} s`;
        events.emit('stalled', { shardId, what, message });
      }
    }
  }
}
