/**
 * Gathers the lines of rows into pieces on their way to the deliverer. A line that waited by itself would be a string, a
 * delivery and an origin, all of which outlive the garbage collector's quick rounds; in a piece it is its bytes and whom to
 * tell.
 */
import type { Delivery, DeliveryOutcome, Origin } from '../src/deliver/delivery.js';
import type { LineFormatter } from '../src/snare/line.js';
import type { RowOrigin, Settler } from './flow-log-record.js';
import { LinePiece, pieceBytes } from './line-piece.js';
import { bytesOf, type ReadyLine } from './ready-lines.js';

/** What is kept for each line of a piece until it is settled. */
const lineBytes = 128;
/** Pieces whose memory is kept for use again. */
const maxFree = 64;

export class LineGatherer {
  readonly #formatLine: LineFormatter;
  readonly #send: (delivery: Delivery) => void;
  readonly #free: LinePiece[] = [];
  #piece: LinePiece | undefined;
  #settlers: Settler[] = [];
  /** Of the lines gathered; shorter than the settlers when a line has none. */
  #origins: RowOrigin[] = [];
  #isDue = false;

  /** @param send takes a piece, at the latest when the current stretch of work is done */
  constructor(formatLine: LineFormatter, send: (delivery: Delivery) => void) {
    this.#formatLine = formatLine;
    this.#send = send;
  }

  /** @param bytes of the line in UTF-8 */
  add(line: string, bytes: number, settler: Settler, origin: RowOrigin | undefined): void {
    if (bytes > pieceBytes) {
      this.#sendAlone(Buffer.from(line), settler, origin);
      return;
    }
    this.#pieceFor(bytes).write(line, bytes);
    this.#note(settler, origin);
  }

  /** A line that is bytes already, whose memory was not given back yet. */
  addReady(line: ReadyLine, settler: Settler, origin: RowOrigin | undefined): void {
    const bytes = line.to - line.from;
    if (bytes > pieceBytes) {
      this.#sendAlone(Buffer.from(bytesOf(line)), settler, origin);
      return;
    }
    this.#pieceFor(bytes).copy(line);
    this.#note(settler, origin);
  }

  /** Sends what is gathered. */
  flush(): void {
    this.#isDue = false;
    const piece = this.#piece;
    if (!piece || this.#settlers.length === 0) return;
    const [settlers, origins] = [this.#settlers, this.#origins];
    this.#settlers = [];
    this.#origins = [];
    const { bytes } = piece;
    // A few lines, which may wait for long, must not hold the memory of many.
    if (bytes.length > pieceBytes / 2) {
      this.#piece = undefined;
      this.#send(this.#toDelivery(bytes, settlers, origins, piece));
    } else {
      const copy = Buffer.from(bytes);
      piece.clear();
      this.#send(this.#toDelivery(copy, settlers, origins, undefined));
    }
  }

  #pieceFor(bytes: number): LinePiece {
    if (this.#piece && !this.#piece.hasRoom(bytes)) this.flush();
    this.#piece ??= this.#free.pop() ?? new LinePiece();
    return this.#piece;
  }

  #note(settler: Settler, origin: RowOrigin | undefined): void {
    this.#settlers.push(settler);
    if (origin) this.#origins.push(origin);
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.flush());
  }

  #sendAlone(payload: Buffer, settler: Settler, origin: RowOrigin | undefined): void {
    this.flush();
    this.#send(this.#toDelivery(payload, [settler], origin ? [origin] : [], undefined));
  }

  #toDelivery(
    payload: Buffer,
    settlers: readonly Settler[],
    origins: readonly RowOrigin[],
    piece: LinePiece | undefined,
  ): Delivery {
    return {
      payload,
      bytes: payload.length,
      lines: settlers.length,
      origin: origins.length === settlers.length ? this.#toOrigin(origins) : undefined,
      free: () => {
        if (!piece || this.#free.length >= maxFree) return;
        piece.clear();
        this.#free.push(piece);
      },
      settle: (outcome: DeliveryOutcome) => {
        for (const settler of settlers) settler.settle(outcome);
      },
    };
  }

  #toOrigin(origins: readonly RowOrigin[]): Origin {
    return {
      bytes: origins.reduce((sum, { bytes }) => sum + bytes + lineBytes, 0),
      restore: async () => {
        const lines: string[] = [];
        for (const origin of origins) {
          const { row, message } = await origin.remake();
          lines.push(this.#formatLine(row, message));
        }
        return lines.join('');
      },
    };
  }
}
