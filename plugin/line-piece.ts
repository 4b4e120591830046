/** The memory of a piece of lines while it is filled: with text, and with lines that are bytes already. */
import type { ReadyBlock, ReadyLine } from './ready-lines.js';

/** Of a full piece. */
export const pieceBytes = 64 * 1024;

export class LinePiece {
  readonly #memory = Buffer.allocUnsafeSlow(pieceBytes);
  /** Bytes that are in the memory. */
  #filled = 0;
  /** Ready lines that come behind them and lie side by side in their block: they are copied in one go. */
  #block: ReadyBlock | undefined;
  #from = 0;
  #to = 0;
  readonly #copyRun = (): void => {
    const bytes = this.#block?.bytes;
    if (!bytes) return;
    this.#memory.set(bytes.subarray(this.#from, this.#to), this.#filled);
    this.#filled += this.#to - this.#from;
    this.#block = undefined;
  };

  get length(): number {
    return this.#block ? this.#filled + this.#to - this.#from : this.#filled;
  }

  hasRoom(bytes: number): boolean {
    return this.length + bytes <= pieceBytes;
  }

  /** @param bytes of the line in UTF-8, for which there is room */
  write(line: string, bytes: number): void {
    this.#copyRun();
    this.#memory.write(line, this.#filled);
    this.#filled += bytes;
  }

  /** A line for which there is room. */
  copy({ block, from, to }: ReadyLine): void {
    if (this.#block === block && this.#to === from) {
      this.#to = to;
      return;
    }
    this.#copyRun();
    this.#block = block;
    this.#from = from;
    this.#to = to;
    block.onFree = this.#copyRun;
  }

  /** All that is in it; it belongs to the piece, which is to be filled again only when it is needed no more. */
  get bytes(): Buffer {
    this.#copyRun();
    return this.#memory.subarray(0, this.#filled);
  }

  clear(): void {
    this.#filled = 0;
  }
}
