/**
 * Moves records from a source to a sink: decodes and parses them, and writes what cannot be used to the dead-letter file. Where
 * records come from, and whether rows go to a logger, an output or a loop of the host, is decided elsewhere.
 */

import { AwsClock } from '../aws/aws-clock.js';
import { AwsWatch } from '../aws/watch.js';
import { backgroundClock, systemClock } from '../clock.js';
import type { Fault } from '../faults.js';
import type { MemoryUse } from '../output-stats.js';
import type { StreamRecord } from '../record.js';
import type { PluginEmitter } from '../report/events.js';
import type { LeaseStats, ShardStats } from '../report/plugin-stats.js';
import { type Counters, count, toShardStats } from '../report/stats.js';
import { Timings, type TimingsSnapshot } from '../report/timings.js';
import type { InputSettings, Settings } from '../settings/settings.js';
import { adviseFields } from './advise-fields.js';
import { describePlain, noteEndpoints } from './clients.js';
import { DeadLetterQueue } from './dead-letter-queue.js';
import { createFastLines } from './fast-lines.js';
import { hasLedger } from './has-ledger.js';
import { createLogGroupFilter } from './log-group-filter.js';
import { type OpenFormats, openFormats } from './open-formats.js';
import type { RecordSink } from './open-record.js';
import type { ProcessOptions } from './process-record.js';
import { RecordRebuilder } from './rebuild-record.js';
import { createRecordOwner } from './record-owner.js';
import { RecordReceiver } from './record-receiver.js';
import { SentEvents } from './sent-events.js';
import type { CreateSource, Source } from './source.js';
import { StallWatch } from './stall-watch.js';
import { StreamSource } from './stream-source.js';
import { UnreadableLetters } from './unreadable-letters.js';
import { unknownLines } from './unreadable-rows.js';

export interface PipelineOptions {
  readonly settings: Settings;
  readonly input: InputSettings;
  readonly counters: Counters;
  readonly events: PluginEmitter;
  /** Aborts when nothing waits for the dead letters of lines any more. */
  readonly signal: AbortSignal;
  /** Defaults to the stream of the input. */
  readonly createSource?: CreateSource | undefined;
}

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #clock = new AwsClock(systemClock);
  readonly #watch: AwsWatch;
  readonly #deadLetters: DeadLetterQueue;
  readonly #stalls: StallWatch;
  readonly #timings = new Timings(() => this.#clock.now());
  readonly #stop = new AbortController();
  readonly #source: Source;
  /** Only if two sources may return the same event. */
  readonly #sent: SentEvents | undefined;
  /** Set at the start. */
  #receiver: RecordReceiver | undefined;
  #formats: OpenFormats | undefined;
  #streamArn: string | undefined;
  #watching: Promise<void> | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#stalls = new StallWatch(options.input.stallLimitMs);
    const { counters, events, settings, input } = options;
    const onPlain = (origin: string) => {
      const { message, advice } = describePlain(origin);
      events.emit('advice', { message: `${message}; ${advice}` });
    };
    this.#watch = new AwsWatch(this.#clock, onPlain, ({ operation, result, ms }) => {
      counters.countCall(operation, result);
      this.#timings.callEnded(operation, ms);
    });
    this.#deadLetters = new DeadLetterQueue({
      ...settings.deadLetter,
      clock: this.#clock,
      onFault: (fault) => this.#reportFault(fault),
      onRecovery: (what) => events.reportRecovery(what),
      onPut: ({ shardId, sequenceNumber, reason }) => {
        count(counters.deadLetters, reason);
        events.emit('dead-letter', { shardId, sequenceNumber, reason });
      },
    });
    if (input.healGaps) {
      const onRepeats = (repeats: number) => {
        counters.repeats += repeats;
      };
      this.#sent = new SentEvents({ caps: input, onRepeats });
    }
    const { createSource = (wiring) => new StreamSource(wiring) } = options;
    this.#source = createSource({
      settings,
      input,
      counters,
      events,
      clock: this.#clock,
      watch: this.#watch,
      handOn: (record) => {
        if (this.#receiver) return this.#receiver.receive(record);
        throw new TypeError('A record came before the start');
      },
      onFault: (fault) => this.#reportFault(fault),
      onRecovery: (what) => events.reportRecovery(what),
      onStream: ({ arn }) => {
        this.#streamArn = arn;
      },
    });
  }

  /**
   * Resolves with true if a start at the tip was just stored, so that there is nothing to read yet. Rejects with a
   * `DeadLetterError` if dead letters cannot be written.
   *
   * @param sink takes the records; their dead letters are on disk by then
   */
  async start(sink: RecordSink): Promise<boolean> {
    const { input, settings, counters, events } = this.#options;
    const isGeneric = settings.unreadable === 'generic';
    // Tested now, while an operator is watching, rather than at the first record that cannot be used.
    if (!isGeneric) await this.#deadLetters.test();
    noteEndpoints(input, this.#watch);
    this.#formats = await openFormats(input, {
      streamArn: () => this.#streamArn,
      watch: this.#watch,
      clock: this.#clock,
      random: Math.random,
      signal: this.#stop.signal,
      onAdvice: (message) => events.reportAdvice(message),
      onFault: (fault) => this.#reportFault(fault),
      onRecovery: (what) => events.reportRecovery(what),
    });
    const { formats } = this.#formats;
    for (const message of [...formats.ambiguous, ...adviseFields(input.formats)]) events.emit('advice', { message });
    const logGroupFilter = createLogGroupFilter(input, (message) => events.emit('advice', { message }));
    const { maxEventsPerRecord: maxEvents } = input;
    const process: ProcessOptions = {
      caps: input,
      formats,
      unparsed: isGeneric ? 'generic' : settings.unparsed,
      unreadable: isGeneric ? (sink.lines ?? unknownLines) : undefined,
      logGroupFilter,
      clock: this.#clock,
      counters,
      events,
      isTallied: hasLedger(input),
      toLines: sink.lines && createFastLines({ ...sink.lines, maxEvents, accepts: logGroupFilter?.accepts }),
    };
    const rejecting = {
      ...this.#options,
      deadLetters: this.#deadLetters,
      onFault: (fault: Fault) => this.#reportFault(fault),
      countAcked: ({ arrivalMs }: StreamRecord, flowEndMs: number | undefined) => {
        counters.acknowledged++;
        this.#timings.recordConfirmed(arrivalMs, flowEndMs);
      },
    };
    const unreadable =
      process.unreadable &&
      new UnreadableLetters({ ...rejecting, clock: this.#clock, sink, lines: process.unreadable });
    const owner = createRecordOwner(new RecordRebuilder(process), { ...rejecting, unreadable });
    this.#receiver = new RecordReceiver({
      sink,
      process,
      owner,
      deadLetters: this.#deadLetters,
      unreadable,
      sent: this.#sent,
      runNote: () => this.#source.runNote,
      maxAttempts: input.maxAttempts,
      onFault: (fault) => this.#reportFault(fault),
      signal: this.#stop.signal,
    });
    this.#watching = this.#stalls.watch(() => this.#source.status, {
      // A watch alone does not keep the process alive.
      clock: backgroundClock,
      signal: this.#stop.signal,
      onStall: (stall) => events.emit('stalled', stall),
    });
    return this.#source.start();
  }

  /** Stops reading. Acks still count until `close`. */
  async stopReading(): Promise<void> {
    this.#deadLetters.release();
    this.#stop.abort();
    await this.#source.stop();
    await this.#watching;
  }

  /** Writes the last positions and releases the checkpoint. Resolves with false if they could not be written. */
  async close(): Promise<boolean> {
    const isWritten = await this.#source.close();
    this.#formats?.close();
    await this.#deadLetters.close();
    return isWritten;
  }

  /** Whether everything that was there when this run began is handed on; see `Source`. */
  isCaughtUp(): Promise<boolean> {
    return this.#source.isCaughtUp();
  }

  /** Records that were read and are not acked, or are acked after one that is not. */
  get pending(): number {
    return this.#source.pending;
  }

  /** For a stream, memory for records that wait to be processed. */
  get memory(): MemoryUse | undefined {
    return this.#source.memory;
  }

  get timings(): TimingsSnapshot {
    return this.#timings.read();
  }

  get leases(): LeaseStats | undefined {
    return this.#source.leases;
  }

  get shards(): Readonly<Record<string, ShardStats>> {
    const now = { awsMs: this.#clock.now(), monotonicMs: this.#clock.monotonic() };
    const shards = [...this.#source.status];
    return Object.fromEntries(
      shards.map(([shardId, status]) => [shardId, toShardStats(status, now, this.#stalls.isStalled(shardId))]),
    );
  }

  #reportFault(fault: Fault): void {
    const { counters, events } = this.#options;
    counters.countFault(fault);
    events.reportFault(fault);
  }
}
