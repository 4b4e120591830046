/**
 * Sends records straight to the output, bypassing the logger and its formats: for throughput, and for the command line. Lines
 * are sent in batches, each of many small records or of a part of a large one.
 */

import { type BatchedLines, LineBatch, type RebuildLines } from './line-batch.js';
import type { LineOutput } from './line-output.js';
import type { OpenRecord, RecordSink, SinkLines } from './open-record.js';
import type { ProcessedRecord, RecordLines } from './process-record.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

export interface DirectSinkOptions {
  readonly output: LineOutput;
  /** Aborts when nothing more may be handed out. */
  readonly signal: AbortSignal;
}

/** Bytes of rows that are formatted together. */
const gatheredBytes = 64 * 1024;

export function createDirectSink(options: DirectSinkOptions): RecordSink {
  return new DirectSink(options);
}

class DirectSink implements RecordSink {
  readonly lines: SinkLines;
  readonly #options: DirectSinkOptions;
  /** The batch that was sent last. */
  #batch: LineBatch | undefined;
  /** The last record whose lines were rebuilt, with all of these lines. */
  #rebuilt: { readonly record: OpenRecord; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(options: DirectSinkOptions) {
    const { formatLine, maxLineBytes } = options.output;
    this.lines = { formatLine, maxLineBytes, needsRows: false };
    this.#options = options;
  }

  take(processed: ProcessedRecord, record: OpenRecord): Promise<void> | undefined {
    return processed.lines ? this.#takeLines(processed.lines, processed, record) : this.#takeRows(processed, record);
  }

  /** Lines that already exist take no time, so they are handed out without a pause, up to the end of the record. */
  #takeLines({ parts }: RecordLines, processed: ProcessedRecord, record: OpenRecord): Promise<void> | undefined {
    let offset = 0;
    for (const part of parts) {
      this.#send(part, offset, processed, record);
      offset += part.to - part.from;
    }
    record.close(processed.flowEnd);
    const { output, signal } = this.#options;
    return output.hasRoom ? undefined : output.whenRoom(signal);
  }

  async #takeRows(processed: ProcessedRecord, record: OpenRecord): Promise<void> {
    const { output, signal } = this.#options;
    const rejected: number[] = [];
    let offset = 0;
    for (const lines of this.#format(processed.rows, (index) => rejected.push(index))) {
      this.#send(lines, offset, processed, record);
      if (signal.aborted) break;
      const length = lines.to - lines.from;
      offset += length;
      if (!output.hasRoom) await output.whenRoom(signal);
      const yielded = yieldToEventLoop(length);
      if (yielded) await yielded;
    }
    for (const index of rejected) {
      record.expect();
      void record.rejectEvent(index, 'rejected');
    }
    record.close(processed.flowEnd);
  }

  /** @param offset where the lines begin in all lines of the record */
  #send(lines: BatchedLines, offset: number, { isWhole, events }: ProcessedRecord, record: OpenRecord): void {
    const { output, signal } = this.#options;
    record.expect();
    // What is not handed out is read again after the next start.
    if (signal.aborted) {
      record.settle('abandoned');
      return;
    }
    const length = lines.to - lines.from;
    const recordBytes = record.shareBytes(lines.lines, events);
    const piece = { record, offset, length, lines, recordBytes, isRestorable: isWhole };
    if (this.#batch && output.grow(this.#batch, piece)) return;
    this.#batch = new LineBatch(piece, this.#rebuild);
    output.send(this.#batch);
  }

  *#format(rows: ProcessedRecord['rows'], reject: (index: number) => void): Generator<BatchedLines> {
    const { formatLine, maxLineBytes } = this.#options.output;
    let gathered: string[] = [];
    let bytes = 0;
    for (const { row, message, index } of rows) {
      const line = formatLine(row, message);
      const length = Buffer.byteLength(line);
      if (length > maxLineBytes) {
        reject(index);
        continue;
      }
      gathered.push(line);
      bytes += length;
      if (bytes < gatheredBytes) continue;
      yield toLines(gathered);
      gathered = [];
      bytes = 0;
    }
    if (gathered.length > 0) yield toLines(gathered);
  }

  readonly #rebuild: RebuildLines = (record) => {
    if (this.#rebuilt?.record !== record) this.#rebuilt = { record, bytes: this.#rebuildBytes(record) };
    return this.#rebuilt.bytes;
  };

  async #rebuildBytes(record: OpenRecord): Promise<Uint8Array> {
    const { lines, rows } = await record.process();
    const parts: readonly BatchedLines[] = lines ? lines.parts : [...this.#format(rows, () => {})];
    const bytes = Buffer.concat(parts.map(({ memory, from, to }) => memory.subarray(from, to)));
    for (const part of parts) part.free?.();
    return bytes;
  }
}

function toLines(gathered: readonly string[]): BatchedLines {
  const memory = Buffer.from(gathered.join(''));
  return { memory, from: 0, to: memory.length, lines: gathered.length };
}
