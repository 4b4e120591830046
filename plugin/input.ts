/** The way in for a host app without Winston: a loop over the records of the stream. */
import { systemClock } from '../src/clock.js';
import { startDeadline } from '../src/deadline.js';
import type { OpenRecord, RecordSink } from '../src/pipeline/open-record.js';
import { Collector } from '../src/pipeline/pipeline.js';
import type { ProcessedRecord } from '../src/pipeline/process-record.js';
import { PluginEmitter, type PluginEvents } from '../src/report/events.js';
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
  /** Of a gap that is healed, the name of the log group. */
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly rows: readonly SnareRow[];
  /** The record is done with; the checkpoint may pass it once all before it in the shard are done with too. */
  ack(): void;
  /** The record cannot be used: sets it aside in the dead-letter file, then acknowledges it. */
  fail(reason: string): Promise<void>;
}

/**
 * `for await (const { rows, ack } of input)`. Reading begins with the loop and stops when it is left. The next record comes
 * when the loop asks for it, so a slow loop slows the reading and nothing piles up. The loop throws what ends a start, and
 * when going on would lose or mix up records.
 */
export class FlowLogInput implements AsyncIterable<InputRecord> {
  readonly #manifest: string | object;
  readonly #overrides: SettingsOverrides;
  readonly #events = new PluginEmitter();
  readonly #stop = new AbortController();

  /** Arguments as for `register`. Settings are read when the loop begins. */
  constructor(manifest: string | object, overrides: SettingsOverrides = {}) {
    this.#manifest = manifest;
    this.#overrides = overrides;
  }

  /** Listens to an event of `PluginEvents`. */
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    this.#events.on(name, listener as never);
    return this;
  }

  /** Ends the loop after the record that it is at. */
  stop(): void {
    this.#stop.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<InputRecord, void, undefined> {
    const { settings } = loadSettings(this.#manifest, this.#overrides);
    if (!settings.input) throw new PluginStartError('There is nothing to read: set input');
    const records = new Handover<InputRecord>();
    const collector = new Collector({
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
      await orAtAbort(collector.start(sink), this.#stop.signal, false);
      for (let record = await records.take(); record; record = await records.take()) yield record;
      if (failure !== undefined) throw new PluginFailedError(failure);
    } finally {
      close();
      this.#stop.signal.removeEventListener('abort', close);
      this.#events.off('failed', fail);
      // What hangs then is left behind; it is read again at the next start.
      using deadline = startDeadline(systemClock, Math.max(minClosingMs, settings.drainTimeoutMs));
      await orAtAbort(collector.stopReading(), deadline.signal, undefined);
      await orAtAbort(collector.close(), deadline.signal, false);
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

  /** Lets those go who still wait to put; their values are not taken. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
    for (const { taken } of this.#puts.splice(0)) taken();
  }
}
