/**
 * Takes one record of a source: processes it, puts what cannot be used on disk, and passes the rest to the sink. A record that
 * fails repeatedly has a fault of its own: it becomes a dead letter, so that its shard continues.
 */
import type { RunNote } from '../checkpoint/run-note.js';
import { DeadLetterError } from '../errors.js';
import { describeError, type ReportFault } from '../faults.js';
import type { StreamRecord } from '../record.js';
import { PluginEmitter } from '../report/events.js';
import { Counters } from '../report/stats.js';
import type { DeadLetterQueue } from './dead-letter-queue.js';
import { noteRecord } from './note-record.js';
import { OpenRecord, type RecordOwner, type RecordSink } from './open-record.js';
import { type ProcessOptions, processRecord } from './process-record.js';
import { toWholeLetter } from './record-owner.js';
import type { Sending, SentEvents } from './sent-events.js';
import type { UnreadableLetters } from './unreadable-letters.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

export interface RecordReceiverOptions {
  readonly sink: RecordSink;
  readonly process: ProcessOptions;
  readonly owner: RecordOwner;
  readonly deadLetters: DeadLetterQueue;
  /** With `unreadable: "generic"`. */
  readonly unreadable: UnreadableLetters | undefined;
  /** Only if two sources may return the same event. */
  readonly sent: SentEvents | undefined;
  /** See `Source`. */
  readonly runNote: () => RunNote | undefined;
  /** Attempts before a record is a dead letter. */
  readonly maxAttempts: number;
  readonly onFault: ReportFault;
  /** Aborts when reading stops. */
  readonly signal: AbortSignal;
}

export class RecordReceiver {
  readonly #options: RecordReceiverOptions;
  readonly #attempts = new WeakMap<StreamRecord, number>();
  /**
   * Resolves when the record that is being expanded is taken; undefined if there is none. Records are expanded one at a time,
   * whatever the number of shards, to limit memory.
   */
  #expanding: Promise<void> | undefined;
  /**
   * The turn of the event loop for which all shards wait. With a turn for each, every shard would expand a record before the
   * sockets have theirs.
   */
  #yielding: Promise<void> | undefined;

  constructor(options: RecordReceiverOptions) {
    this.#options = options;
  }

  /**
   * Call it for the records of a shard one after the other. Rejects if the record is to be handed on again. Returns undefined if
   * it is taken at once, as most are: for a small record, a promise for each step would cost as much as its lines.
   */
  receive(record: StreamRecord): Promise<void> | undefined {
    const wait = this.#options.deadLetters.whenFree(record.shardId) ?? this.#whenTurn(record);
    return wait ? this.#receiveLater(record, wait) : this.#expand(record);
  }

  async #receiveLater(record: StreamRecord, wait: Promise<unknown>): Promise<void> {
    await wait;
    // Not a queue: in one, a shard that could continue at once would wait behind all others for each of its records.
    for (let turn = this.#whenTurn(record); turn; turn = this.#whenTurn(record)) await turn;
    await this.#expand(record);
  }

  /** Undefined if the record may be expanded now. */
  #whenTurn({ data }: StreamRecord): Promise<void> | undefined {
    return this.#expanding ?? this.#yielding ?? this.#yield(data.byteLength);
  }

  #yield(bytes: number): Promise<void> | undefined {
    this.#yielding = yieldToEventLoop(bytes)?.then(() => {
      this.#yielding = undefined;
    });
    return this.#yielding;
  }

  #expand(record: StreamRecord): Promise<void> | undefined {
    let taking: Promise<void> | undefined;
    try {
      taking = this.#pass(record);
    } catch (error) {
      taking = Promise.reject(error);
    }
    if (!taking) return undefined;
    const taken = taking.catch((error: unknown) => this.#rejectPoison(record, error));
    const end = () => {
      this.#expanding = undefined;
    };
    this.#expanding = taken.then(end, end);
    return taken;
  }

  #pass(record: StreamRecord): Promise<void> | undefined {
    const { sent, sink, owner } = this.#options;
    const runNote = this.#options.runNote();
    if (runNote?.isSuspect(record)) {
      this.#options.process.counters.records++;
      return this.#reject(record, 'crashed', 'The program ended repeatedly while this record was under way');
    }
    const preparing = sent?.prepare(record);
    const process = () => processRecord(record, this.#toProcessing(record, sent?.begin()));
    if (preparing) return preparing.then(() => this.#passLater(record, process, runNote));
    if (runNote?.isCareful(record.shardId)) return this.#passLater(record, process, runNote);
    const processed = process();
    if (processed instanceof Promise || processed.deadLetters.length > 0) {
      return this.#passLater(record, () => processed);
    }
    const taken = sink.take(processed, new OpenRecord(record, owner, processed.tally));
    if (taken && sent) return taken.then(() => sent.commit(record));
    sent?.commit(record);
    return taken;
  }

  /**
   * The same for a record that has to wait for something.
   *
   * @param runNote notes the record while it is processed, and while it is passed to the sink
   */
  async #passLater(
    record: StreamRecord,
    process: () => ReturnType<typeof processRecord>,
    runNote?: RunNote,
  ): Promise<void> {
    const { deadLetters, sink, owner, sent } = this.#options;
    let endNote = this.#note(record, runNote);
    try {
      const processed = await process();
      // The checkpoint may pass the record only once what cannot be used is on disk.
      if (processed.deadLetters.length > 0) await deadLetters.put(processed.deadLetters);
      endNote = this.#note(record, runNote);
      await sink.take(processed, new OpenRecord(record, owner, processed.tally));
      sent?.commit(record);
    } finally {
      endNote?.();
    }
  }

  #note(record: StreamRecord, runNote: RunNote | undefined): (() => void) | undefined {
    return runNote && noteRecord(record, runNote, this.#options.onFault);
  }

  #toProcessing(record: StreamRecord, sending: Sending | undefined): ProcessOptions {
    const { process } = this.#options;
    const isAgain = this.#attempts.has(record);
    if (!isAgain && !sending) return process;
    // A retried record was counted and reported the first time.
    const counting = isAgain ? { counters: new Counters(), events: new PluginEmitter() } : {};
    return { ...process, ...counting, sending };
  }

  async #rejectPoison(record: StreamRecord, error: unknown): Promise<void> {
    const { signal, maxAttempts } = this.#options;
    // An attempt that a stop interrupted does not count; the record is read again.
    if (signal.aborted) throw error;
    const attempts = (this.#attempts.get(record) ?? 0) + 1;
    this.#attempts.set(record, attempts);
    if (error instanceof DeadLetterError || attempts < maxAttempts) throw error;
    await this.#reject(record, 'poison', `${attempts} attempts failed, the last one with: ${describeError(error)}`);
  }

  /** Writes the unchanged record to the dead-letter file, and acks it; or sends it as rows, which then ack it. */
  async #reject(record: StreamRecord, reason: string, detail: string): Promise<void> {
    const { deadLetters, unreadable, owner } = this.#options;
    const letter = toWholeLetter(record, reason, detail);
    if (unreadable) return unreadable.put(letter, record);
    await deadLetters.put([letter]);
    owner.countAcked(record, undefined);
    record.ack();
  }
}
