/**
 * Sends records straight to the output, bypassing the logger and its formats: for throughput, and for the command line. Lines
 * are sent in batches, and a batch that has to be sent again is rebuilt from its record.
 */
import type { Delivery, DeliveryOutcome, Origin, Payload } from '../delivery.js';
import type { LineOutput } from './line-output.js';
import type { OpenRecord, RecordSink, SinkLines } from './open-record.js';
import type { ProcessedRecord } from './process-record.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

export interface DirectSinkOptions {
  readonly output: LineOutput;
  /** Aborts when nothing more may be handed out. */
  readonly signal: AbortSignal;
}

/** Bytes of lines in one batch. */
const batchBytes = 64 * 1024;

export function createDirectSink(options: DirectSinkOptions): RecordSink {
  return new DirectSink(options);
}

/** Lines that are sent together, with the function to call when their memory may be reused. */
interface Batch {
  readonly bytes: Uint8Array;
  readonly lines: number;
  free?(): void;
}

class DirectSink implements RecordSink {
  readonly lines: SinkLines;
  readonly #options: DirectSinkOptions;
  /** The last record whose lines were rebuilt, with all of these lines. */
  #rebuilt: { readonly record: OpenRecord; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(options: DirectSinkOptions) {
    const { formatLine, maxLineBytes } = options.output;
    this.lines = { formatLine, maxLineBytes, needsRows: false };
    this.#options = options;
  }

  async take(processed: ProcessedRecord, record: OpenRecord): Promise<void> {
    const { output, signal } = this.#options;
    const rejected: number[] = [];
    let offset = 0;
    for (const batch of this.#batches(processed, (index) => rejected.push(index))) {
      record.expect();
      if (signal.aborted) {
        // What is not handed out is read again after the next start.
        record.settle('abandoned');
        break;
      }
      const memory = record.shareBytes(batch.lines, processed.events);
      const origin = processed.isWhole ? new BatchOrigin(this, record, offset, batch.bytes.length, memory) : undefined;
      output.send(new BatchDelivery(batch, origin, record));
      offset += batch.bytes.length;
      if (!output.hasRoom) await output.whenRoom(signal);
      // Lines that already exist take no time.
      const yielded = processed.lines ? undefined : yieldToEventLoop(batch.bytes.length);
      if (yielded) await yielded;
    }
    for (const index of rejected) {
      record.expect();
      void record.rejectEvent(index, 'rejected');
    }
    record.close();
  }

  #batches({ lines, rows }: ProcessedRecord, reject: (index: number) => void): Iterable<Batch> {
    return lines ? lines.parts : this.#gather(rows, reject);
  }

  *#gather(rows: ProcessedRecord['rows'], reject: (index: number) => void): Generator<Batch> {
    const { formatLine, maxLineBytes } = this.#options.output;
    let gathered: string[] = [];
    let bytes = 0;
    const batch = () => ({ bytes: Buffer.from(gathered.join('')), lines: gathered.length });
    for (const { row, message, index } of rows) {
      const line = formatLine(row, message);
      const length = Buffer.byteLength(line);
      if (length > maxLineBytes) {
        reject(index);
        continue;
      }
      gathered.push(line);
      bytes += length;
      if (bytes < batchBytes) continue;
      yield batch();
      gathered = [];
      bytes = 0;
    }
    if (gathered.length > 0) yield batch();
  }

  /** The bytes of all batches. */
  rebuild(record: OpenRecord): Promise<Uint8Array> {
    if (this.#rebuilt?.record !== record) this.#rebuilt = { record, bytes: this.#rebuildBytes(record) };
    return this.#rebuilt.bytes;
  }

  async #rebuildBytes(record: OpenRecord): Promise<Uint8Array> {
    const batches = [...this.#batches(await record.process(), () => {})];
    const bytes = Buffer.concat(batches.map((batch) => batch.bytes));
    for (const batch of batches) batch.free?.();
    return bytes;
  }
}

/** One object without closures that is also its own origin: with small records, many thousands wait for confirmation. */
class BatchDelivery implements Delivery {
  payload: Payload | undefined;
  readonly bytes: number;
  readonly lines: number;
  readonly origin: Origin | undefined;
  #batch: Batch | undefined;
  readonly #record: OpenRecord;

  constructor(batch: Batch, origin: Origin | undefined, record: OpenRecord) {
    this.payload = batch.bytes;
    this.bytes = batch.bytes.length;
    this.lines = batch.lines;
    this.origin = origin;
    this.#batch = batch;
    this.#record = record;
  }

  free(): void {
    this.#batch?.free?.();
    this.#batch = undefined;
  }

  settle(outcome: DeliveryOutcome): void {
    this.#record.settle(outcome);
  }
}

class BatchOrigin implements Origin {
  readonly bytes: number;
  readonly #sink: DirectSink;
  readonly #record: OpenRecord;
  /** Offset of the batch in the bytes of its record. */
  readonly #from: number;
  readonly #length: number;

  constructor(sink: DirectSink, record: OpenRecord, from: number, length: number, bytes: number) {
    this.#sink = sink;
    this.#record = record;
    this.#from = from;
    this.#length = length;
    this.bytes = bytes;
  }

  async restore(): Promise<Payload> {
    const all = await this.#sink.rebuild(this.#record);
    return all.subarray(this.#from, this.#from + this.#length);
  }
}
