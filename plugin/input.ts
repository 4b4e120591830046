/** The way in for a host app without Winston: a loop over the records of the stream. */
import { systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { OpenRecord, RecordSink } from '../src/pipeline/open-record.js';
import { Pipeline } from '../src/pipeline/pipeline.js';
import type { ProcessedRecord } from '../src/pipeline/process-record.js';
import { PluginEmitter } from '../src/report/events.js';
import type { PluginEvents } from '../src/report/plugin-events.js';
import { Counters } from '../src/report/stats.js';
import type { SettingsOverrides } from '../src/settings/overrides.js';
import type { SnareRow } from '../src/snare-row.js';
import { orAtAbort } from '../src/waiters.js';
import { PluginFailedError, PluginStartError } from './errors.js';
import { loadSettings } from './manifest/manifest.js';

/** The least that the end of a loop gives the checkpoint. */
const minClosingMs = 1000;

/** One Kinesis record with the rows that came of it. */
export interface InputRecord {
  /** Id of the shard; of a gap that is healed, the name of the log group. */
  readonly shardId: string;
  /** Sequence number of the record in its shard. */
  readonly sequenceNumber: string;
  /** A row for each of its flow logs and other messages, in their order; empty where it has none. */
  readonly rows: readonly SnareRow[];
  /** Acks the record; the checkpoint may pass it once all before it in the shard are acked too. More calls do nothing. */
  ack(): void;
  /**
   * The record cannot be used: writes it to the dead-letter file, then acks it. In place of `ack`.
   *
   * Rejects with a `DeadLetterError` if it could not be written; then the record is not acknowledged, and the call may be
   * repeated.
   *
   * @param reason a fixed word for the dead letter, for filters
   */
  fail(reason: string): Promise<void>;
}

/**
 * `for await (const { rows, ack } of input)`. Reading begins with the loop and stops when it is left. The next record comes
 * when the loop asks for it, so a slow loop slows the reading and nothing piles up. `await using` leaves the loop at the end of
 * the block.
 *
 * The loop throws what `Plugin.start` rejects with, and a `PluginFailedError` when to continue would lose or mix up records.
 */
export class FlowLogInput implements AsyncIterable<InputRecord> {
  readonly #manifest: string | object;
  readonly #overrides: SettingsOverrides;
  readonly #events = new PluginEmitter();
  readonly #stop = new AbortController();
  readonly #loops: AsyncGenerator<InputRecord, void, undefined>[] = [];

  /**
   * Settings are read when the loop begins; wrong ones make it throw a `ConfigurationError`.
   *
   * @param manifest path of a manifest, or its content: `{ id: 'kinesis-snare', config: {...} }`
   * @param overrides settings that take precedence over the manifest's
   */
  constructor(manifest: string | object, overrides: SettingsOverrides = {}) {
    this.#manifest = manifest;
    this.#overrides = overrides;
  }

  /**
   * Calls the listener for each event of that name; see `PluginEvents`.
   *
   * @throws TypeError for an event that there is not
   */
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.on(name, listener as never);
    return this;
  }

  /** Takes off a listener that `on` has put on. */
  off<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.off(name, listener as never);
    return this;
  }

  /** Ends the loop after the record that it is at. A loop that begins later ends at once. */
  stop(): void {
    this.#stop.abort();
  }

  /** Stops, and resolves once the loop is left: the checkpoint is written and its lock released. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.all(this.#loops.map((loop) => loop.return()));
  }

  /** Begins to read. Leaving the loop, or `return`, stops, and writes the checkpoint. */
  [Symbol.asyncIterator](): AsyncGenerator<InputRecord, void, undefined> {
    const loop = this.#read();
    this.#loops.push(loop);
    return loop;
  }

  async *#read(): AsyncGenerator<InputRecord, void, undefined> {
    const { settings } = loadSettings(this.#manifest, this.#overrides);
    if (!settings.input) throw new PluginStartError('There is nothing to read: set input');
    const records = new Handover<InputRecord>();
    const pipeline = new Pipeline({
      settings,
      input: settings.input,
      counters: new Counters(),
      events: this.#events,
      signal: this.#stop.signal,
    });
    const close = () => records.close();
    let failure: string | undefined;
    const fail = ({ message }: { readonly message: string }) => {
      failure = message;
      close();
    };
    this.#events.on('failed', fail);
    this.#stop.signal.addEventListener('abort', close);
    if (this.#stop.signal.aborted) close();
    try {
      const sink: RecordSink = { take: ({ rows }, record) => records.put(toInputRecord(rows, record)) };
      await orAtAbort(pipeline.start(sink), this.#stop.signal, false);
      for (let record = await records.take(); record; record = await records.take()) yield record;
      if (failure !== undefined) throw new PluginFailedError(failure);
    } finally {
      close();
      this.#stop.signal.removeEventListener('abort', close);
      this.#events.off('failed', fail);
      // What hangs then is left behind; it is read again at the next start.
      using deadline = startDeadline(systemClock, Math.max(minClosingMs, settings.drainTimeoutMs));
      await orAtAbort(pipeline.stopReading(), deadline.signal, undefined);
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

/** One value at a time from those who put to the one who takes; a put resolves when its value was taken, or at the close. */
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

  /** Ends every wait to put; those values are not taken. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
    for (const { taken } of this.#puts.splice(0)) taken();
  }
}
