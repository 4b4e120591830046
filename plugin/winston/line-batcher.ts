/**
 * Gathers the lines of rows into pieces on their way to the deliverer. A line that waited by itself would be a string, a
 * delivery and an origin, all of which outlive the garbage collector's quick rounds; in a piece it is its bytes and whom to
 * tell.
 */
import type { Delivery, DeliveryOutcome, Origin } from '../../src/delivery.js';
import type { LineFormatter } from '../../src/line-format.js';
import type { LineOwner, RowOrigin } from './flow-log-info.js';
import { LinePiece, pieceBytes } from './line-piece.js';
import { bytesOf, type ReadyLine } from './prebuilt-lines.js';

/** Lines of one owner side by side. */
interface Run {
  readonly owner: LineOwner;
  readonly first: number;
  count: number;
}

/** What is kept for each run of a piece until it is settled. */
const runBytes = 128;
/** Pieces whose memory is kept for use again. */
const maxFree = 64;

export class LineGatherer {
  readonly #formatLine: LineFormatter;
  readonly #send: (delivery: Delivery) => void;
  readonly #free: LinePiece[] = [];
  #piece: LinePiece | undefined;
  /** Of the lines gathered. */
  #runs: Run[] = [];
  #isDue = false;

  /** @param send takes a piece, at the latest when the current stretch of work is done */
  constructor(formatLine: LineFormatter, send: (delivery: Delivery) => void) {
    this.#formatLine = formatLine;
    this.#send = send;
  }

  /** @param bytes of the line in UTF-8 */
  add(line: string, bytes: number, owner: LineOwner, index: number): void {
    if (bytes > pieceBytes) {
      this.#sendAlone(Buffer.from(line), owner, index);
      return;
    }
    this.#pieceFor(bytes).write(line, bytes);
    this.#note(owner, index);
  }

  /** A line that is bytes already, whose memory was not given back yet. */
  addReady(line: ReadyLine, owner: LineOwner, index: number): void {
    const bytes = line.to - line.from;
    if (bytes > pieceBytes) {
      this.#sendAlone(Buffer.from(bytesOf(line)), owner, index);
      return;
    }
    this.#pieceFor(bytes).copy(line);
    this.#note(owner, index);
  }

  /** Sends what is gathered. */
  flush(): void {
    this.#isDue = false;
    const piece = this.#piece;
    const runs = this.#runs;
    if (!piece || runs.length === 0) return;
    this.#runs = [];
    const { bytes } = piece;
    // A few lines, which may wait for long, must not hold the memory of many.
    if (bytes.length > pieceBytes / 2) {
      this.#piece = undefined;
      this.#send(this.#toDelivery(bytes, runs, piece));
    } else {
      const copy = Buffer.from(bytes);
      piece.clear();
      this.#send(this.#toDelivery(copy, runs, undefined));
    }
  }

  #pieceFor(bytes: number): LinePiece {
    while (this.#piece && !this.#piece.hasRoom(bytes)) this.flush();
    this.#piece ??= this.#free.pop() ?? new LinePiece();
    return this.#piece;
  }

  #note(owner: LineOwner, index: number): void {
    const last = this.#runs.at(-1);
    if (last?.owner === owner && last.first + last.count === index) last.count += 1;
    else this.#runs.push({ owner, first: index, count: 1 });
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.flush());
  }

  #sendAlone(payload: Buffer, owner: LineOwner, index: number): void {
    this.flush();
    this.#send(this.#toDelivery(payload, [{ owner, first: index, count: 1 }], undefined));
  }

  #toDelivery(payload: Buffer, runs: readonly Run[], piece: LinePiece | undefined): Delivery {
    return {
      payload,
      bytes: payload.length,
      lines: runs.reduce((sum, { count }) => sum + count, 0),
      origin: this.#toOrigin(runs),
      free: () => {
        if (!piece || this.#free.length >= maxFree) return;
        piece.clear();
        this.#free.push(piece);
      },
      settle: (outcome: DeliveryOutcome) => {
        for (const { owner, first, count } of runs) {
          if (outcome === 'delivered' && owner.open) owner.open.settle(outcome, count);
          else owner.settle(outcome, first, count);
        }
      },
    };
  }

  /** Undefined when one of the lines cannot be had again. */
  #toOrigin(runs: readonly Run[]): Origin | undefined {
    const origins: { readonly run: Run; readonly rows: RowOrigin }[] = [];
    let bytes = 0;
    for (const run of runs) {
      const rows = run.owner.origin;
      if (!rows) return undefined;
      bytes += run.count * rows.bytes + runBytes;
      origins.push({ run, rows });
    }
    return { bytes, restore: () => this.#restore(origins) };
  }

  async #restore(origins: readonly { readonly run: Run; readonly rows: RowOrigin }[]): Promise<string> {
    const lines: string[] = [];
    for (const { run, rows } of origins) {
      for (let index = run.first; index < run.first + run.count; index += 1) {
        const { row, message } = await rows.remake(index);
        lines.push(this.#formatLine(row, message));
      }
    }
    return lines.join('');
  }
}
