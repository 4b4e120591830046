/**
 * Records straight to the output, past a logger and its formats: for throughput, and for the command line. Lines go in
 * pieces of many, and what was written of a record is made again from it if it has to be sent again.
 */
import type { Delivery, DeliveryOutcome, Origin, Payload } from '../delivery.js';
import type { LineOutput } from './line-output.js';
import type { OpenRecord, RecordSink, SinkLines } from './open-record.js';
import type { ProcessedRecord } from './process-record.js';
import { giveTurn } from './yield-to-event-loop.js';

export interface DirectSinkOptions {
  readonly output: LineOutput;
  /** Aborts when nothing more is to be handed out. */
  readonly signal: AbortSignal;
}

/** Bytes of lines that are gathered to one piece. */
const pieceBytes = 64 * 1024;

export function createDirectSink(options: DirectSinkOptions): RecordSink {
  return new DirectSink(options);
}

/** Lines that are sent as one, with what has to be called when their memory may be used again. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly lines: number;
  free?(): void;
}

class DirectSink implements RecordSink {
  readonly lines: SinkLines;
  readonly #options: DirectSinkOptions;
  /** The last record of which lines were made again, with all of them. */
  #remade: { readonly record: OpenRecord; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(options: DirectSinkOptions) {
    const { formatLine, maxLineBytes } = options.output;
    this.lines = { formatLine, maxLineBytes, needsRows: false };
    this.#options = options;
  }

  async take(processed: ProcessedRecord, record: OpenRecord): Promise<void> {
    const { output, signal } = this.#options;
    const rejected: number[] = [];
    let offset = 0;
    for (const piece of this.#pieces(processed, (index) => rejected.push(index))) {
      record.expect();
      if (signal.aborted) {
        // What is not handed out is read again at the next start.
        record.settle('abandoned');
        break;
      }
      const memory = record.shareBytes(piece.lines, processed.events);
      const origin = processed.isWhole ? new PieceOrigin(this, record, offset, piece.bytes.length, memory) : undefined;
      output.send(new PieceDelivery(piece, origin, record));
      offset += piece.bytes.length;
      if (!output.hasRoom) await output.whenRoom(signal);
      // Lines that are there already take no time.
      const given = processed.lines ? undefined : giveTurn(piece.bytes.length);
      if (given) await given;
    }
    for (const index of rejected) {
      record.expect();
      void record.rejectEvent(index, 'rejected');
    }
    record.close();
  }

  #pieces({ lines, rows }: ProcessedRecord, reject: (index: number) => void): Iterable<Piece> {
    return lines ? lines.parts : this.#gather(rows, reject);
  }

  *#gather(rows: ProcessedRecord['rows'], reject: (index: number) => void): Generator<Piece> {
    const { formatLine, maxLineBytes } = this.#options.output;
    let gathered: string[] = [];
    let bytes = 0;
    const piece = () => ({ bytes: Buffer.from(gathered.join('')), lines: gathered.length });
    for (const { row, message, index } of rows) {
      const line = formatLine(row, message);
      const length = Buffer.byteLength(line);
      if (length > maxLineBytes) {
        reject(index);
        continue;
      }
      gathered.push(line);
      bytes += length;
      if (bytes < pieceBytes) continue;
      yield piece();
      gathered = [];
      bytes = 0;
    }
    if (gathered.length > 0) yield piece();
  }

  /** The bytes of all pieces. */
  remake(record: OpenRecord): Promise<Uint8Array> {
    if (this.#remade?.record !== record) this.#remade = { record, bytes: this.#makeBytes(record) };
    return this.#remade.bytes;
  }

  async #makeBytes(record: OpenRecord): Promise<Uint8Array> {
    const pieces = [...this.#pieces(await record.process(), () => {})];
    const bytes = Buffer.concat(pieces.map((piece) => piece.bytes));
    for (const piece of pieces) piece.free?.();
    return bytes;
  }
}

/** Without a closure, as its origin: of small records, many thousands wait to be confirmed. */
class PieceDelivery implements Delivery {
  payload: Payload | undefined;
  readonly bytes: number;
  readonly lines: number;
  readonly origin: Origin | undefined;
  #piece: Piece | undefined;
  readonly #record: OpenRecord;

  constructor(piece: Piece, origin: Origin | undefined, record: OpenRecord) {
    this.payload = piece.bytes;
    this.bytes = piece.bytes.length;
    this.lines = piece.lines;
    this.origin = origin;
    this.#piece = piece;
    this.#record = record;
  }

  free(): void {
    this.#piece?.free?.();
    this.#piece = undefined;
  }

  settle(outcome: DeliveryOutcome): void {
    this.#record.settle(outcome);
  }
}

class PieceOrigin implements Origin {
  readonly bytes: number;
  readonly #sink: DirectSink;
  readonly #record: OpenRecord;
  /** Where the piece is in all that came of its record. */
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
    const all = await this.#sink.remake(this.#record);
    return all.subarray(this.#from, this.#from + this.#length);
  }
}
