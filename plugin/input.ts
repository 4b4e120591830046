/** The API for a host app without Winston: a loop over the records of the stream. */
import { systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { OpenRecord, RecordSink } from '../src/pipeline/open-record.js';
import { Pipeline } from '../src/pipeline/pipeline.js';
import type { ProcessedRecord } from '../src/pipeline/process-record.js';
import { PluginEmitter } from '../src/report/events.js';
import type { PluginEvents } from '../src/report/plugin-events.js';
import type { RunState } from '../src/report/snapshot.js';
import { Counters } from '../src/report/stats.js';
import type { SettingsOverrides } from '../src/settings/overrides.js';
import type { SnareRow } from '../src/snare-row.js';
import { orAtAbort } from '../src/waiters.js';
import { PluginFailedError, PluginStartError } from './errors.js';
import { loadSettings } from './manifest/manifest.js';
import { monitorLoop } from './monitor/monitor-loop.js';

/** The shortest time that the end of a loop allows for writing the checkpoint. */
const minClosingMs = 1000;

/** One Kinesis record with the rows made from it. */
export interface InputRecord {
  /** Id of the shard. For a record from a healed gap: the name of the log group. */
  readonly shardId: string;
  /** Sequence number of the record in its shard. */
  readonly sequenceNumber: string;
  /** One row for each flow log and each other message, in order. Empty if the record has none. */
  readonly rows: readonly SnareRow[];
  /**
   * Acks the record. The checkpoint can pass it once all earlier records of the shard are acked too. Further calls do nothing.
   */
  ack(): void;
  /**
   * Writes a record that cannot be used to the dead-letter file, then acks it. Call it instead of `ack`.
   *
   * Rejects with a `DeadLetterError` if the write fails. The record is then not acked, and the call may be repeated.
   *
   * @param reason a fixed word for the dead letter, for filters
   */
  fail(reason: string): Promise<void>;
}

/**
 * `for await (const { rows, ack } of input)`. Reading begins with the loop and stops when the loop ends. The loop asks for each
 * record, so a slow loop slows down the reading and nothing piles up. `await using` ends the loop at the end of the block.
 *
 * The loop throws what `Plugin.start` rejects with. It throws a `PluginFailedError` when continuing would lose or mix up
 * records.
 */
export class FlowLogInput implements AsyncIterable<InputRecord> {
  readonly #manifest: string | object;
  readonly #overrides: SettingsOverrides;
  readonly #events = new PluginEmitter();
  readonly #stop = new AbortController();
  readonly #loops: AsyncGenerator<InputRecord, void, undefined>[] = [];

  /**
   * The settings are read when the loop begins, which throws a `ConfigurationError` if they are invalid.
   *
   * @param manifest path of a manifest, or its content: `{ id: 'kinesis-snare', config: {...} }`
   * @param overrides settings that take precedence over the manifest
   */
  constructor(manifest: string | object, overrides: SettingsOverrides = {}) {
    this.#manifest = manifest;
    this.#overrides = overrides;
  }

  /**
   * Calls the listener for each event of that name; see `PluginEvents`.
   *
   * @throws TypeError for an unknown event
   */
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.on(name, listener as never);
    return this;
  }

  /** Removes a listener that `on` added. */
  off<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.off(name, listener as never);
    return this;
  }

  /** Ends the loop after the current record. A loop that begins later ends at once. */
  stop(): void {
    this.#stop.abort();
  }

  /** Stops, and resolves when the loop has ended, the checkpoint is written and its lock is released. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.all(this.#loops.map((loop) => loop.return()));
  }

  /** Starts reading. Leaving the loop, or calling `return`, stops reading and writes the checkpoint. */
  [Symbol.asyncIterator](): AsyncGenerator<InputRecord, void, undefined> {
    const loop = this.#read();
    this.#loops.push(loop);
    return loop;
  }

  async *#read(): AsyncGenerator<InputRecord, void, undefined> {
    const { settings } = loadSettings(this.#manifest, this.#overrides);
    const { input } = settings;
    if (!input) throw new PluginStartError('There is nothing to read: set input');
    const records = new Handover<InputRecord>();
    const counters = new Counters();
    const events = this.#events;
    const pipeline = new Pipeline({ settings, input, counters, events, signal: this.#stop.signal });
    let state: RunState = 'starting';
    const monitor = monitorLoop({ settings, input, counters, events, pipeline, state: () => state });
    const close = () => records.close();
    let failure: string | undefined;
    const fail = ({ message }: { readonly message: string }) => {
      failure = message;
      state = 'failed';
      close();
    };
    this.#events.on('failed', fail);
    this.#stop.signal.addEventListener('abort', close);
    if (this.#stop.signal.aborted) close();
    try {
      const sink: RecordSink = { take: ({ rows }, record) => records.put(toInputRecord(rows, record)) };
      await monitor.start();
      await orAtAbort(pipeline.start(sink), this.#stop.signal, false);
      await monitor.openTotals();
      state = 'running';
      for (let record = await records.take(); record; record = await records.take()) yield record;
      if (failure !== undefined) throw new PluginFailedError(failure);
    } finally {
      state = failure === undefined ? 'stopping' : 'failed';
      close();
      this.#stop.signal.removeEventListener('abort', close);
      this.#events.off('failed', fail);
      // The close does not wait longer for records that hang; the next start reads them again.
      using deadline = startDeadline(systemClock, Math.max(minClosingMs, settings.drainTimeoutMs));
      await orAtAbort(pipeline.stopReading(), deadline.signal, undefined);
      await orAtAbort(monitor.close(), deadline.signal, undefined);
      await orAtAbort(pipeline.close(), deadline.signal, false);
    }
  }
}

function toInputRecord(rows: ProcessedRecord['rows'], open: OpenRecord): InputRecord {
  const { shardId, sequenceNumber } = open.record;
  return {
    shardId,
    sequenceNumber,
    rows: Array.from(rows, ({ row }) => row),
    ack: () => open.close(),
    fail: (reason) => open.reject(reason, 'The host app reported that it cannot use the record'),
  };
}

/**
 * Passes one value at a time from several producers to one consumer. `put` resolves when its value was taken, or at the close.
 */
class Handover<Value> {
  readonly #puts: { readonly value: Value; readonly taken: () => void }[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  async put(value: Value): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((taken) => {
      this.#puts.push({ value, taken });
      this.#wake?.();
    });
  }

  /** Undefined once closed. */
  async take(): Promise<Value | undefined> {
    for (;;) {
      const put = this.#puts.shift();
      put?.taken();
      if (put || this.#isClosed) return put?.value;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends every pending `put`; those values are not taken. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
    for (const { taken } of this.#puts.splice(0)) taken();
  }
}
