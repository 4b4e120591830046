/**
 * Lines of one record or of many small ones that are sent and settled together. With small records, many thousands wait for
 * confirmation, so each takes one object here and no closure. Once they are written, a batch keeps only its records, from which
 * it rebuilds its lines if they have to be sent again.
 */
import type { DeliveryOutcome, GrowingDelivery, Origin, Payload } from '../delivery.js';
import type { OpenRecord } from './open-record.js';

/** Lines that are contiguous in memory. */
export interface BatchedLines {
  readonly memory: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  /** Called when the memory may be reused. */
  free?(): void;
}

/** The lines of one record in a batch. */
export interface BatchPiece {
  readonly record: OpenRecord;
  /** Where they begin in all lines of the record. */
  readonly offset: number;
  readonly length: number;
  /** Undefined once they are written. */
  lines: BatchedLines | undefined;
  /** Memory of the record as far as these lines keep it. */
  readonly recordBytes: number;
  /** False if the record does not rebuild to the same lines; then the batch keeps them. */
  readonly isRestorable: boolean;
}

/** Rebuilds all lines of a record. */
export type RebuildLines = (record: OpenRecord) => Promise<Uint8Array>;

/** Size of a full batch; a single piece may be larger. */
const batchBytes = 64 * 1024;
/** Memory of a piece and of the objects of its record. */
const pieceBytes = 256;

export class LineBatch implements GrowingDelivery<BatchPiece> {
  readonly #pieces: BatchPiece[];
  bytes: number;
  lines: number;
  readonly origin: BatchOrigin | undefined;
  #payload: Uint8Array | undefined;
  #isWritten = false;

  constructor(piece: BatchPiece, rebuild: RebuildLines) {
    this.#pieces = [piece];
    this.bytes = piece.length;
    this.lines = piece.lines?.lines ?? 0;
    this.origin = piece.isRestorable ? new BatchOrigin(this.#pieces, rebuild) : undefined;
  }

  add(piece: BatchPiece): boolean {
    const last = this.#pieces.at(-1);
    const [before, lines] = [last?.lines, piece.lines];
    if (!before || !lines || before.memory !== lines.memory || before.to !== lines.from) return false;
    if (this.bytes + piece.length > batchBytes || last?.isRestorable !== piece.isRestorable) return false;
    this.#pieces.push(piece);
    this.bytes += piece.length;
    this.lines += lines.lines;
    this.origin?.add(piece);
    this.#payload = undefined;
    return true;
  }

  get payload(): Payload | undefined {
    if (this.#isWritten) return undefined;
    this.#payload ??= this.#join();
    return this.#payload;
  }

  /** Set to undefined once it is written. */
  set payload(_written: undefined) {
    this.#isWritten = true;
    this.#payload = undefined;
  }

  free(): void {
    for (const piece of this.#pieces) {
      piece.lines?.free?.();
      piece.lines = undefined;
    }
  }

  settle(outcome: DeliveryOutcome): void {
    for (const { record } of this.#pieces) record.settle(outcome);
  }

  #join(): Uint8Array {
    const [first] = this.#pieces;
    const from = first?.lines?.from ?? 0;
    return first?.lines?.memory.subarray(from, from + this.bytes) ?? new Uint8Array();
  }
}

class BatchOrigin implements Origin {
  readonly #pieces: readonly BatchPiece[];
  readonly #rebuild: RebuildLines;
  bytes = 0;

  constructor(pieces: readonly BatchPiece[], rebuild: RebuildLines) {
    this.#pieces = pieces;
    this.#rebuild = rebuild;
    for (const piece of pieces) this.add(piece);
  }

  add({ recordBytes }: BatchPiece): void {
    this.bytes += recordBytes + pieceBytes;
  }

  async restore(): Promise<Payload> {
    const parts: Uint8Array[] = [];
    for (const { record, offset, length } of this.#pieces) {
      const all = await this.#rebuild(record);
      parts.push(all.subarray(offset, offset + length));
    }
    return Buffer.concat(parts);
  }
}
