/** The memory of a piece of lines while it is filled: with text, and with lines that are bytes already. */
import { bytesOf, type ReadyBlock, type ReadyLine } from './prebuilt-lines.js';

/** Of a full piece. */
export const pieceBytes = 64 * 1024;

export class LinePiece {
  readonly #memory = Buffer.allocUnsafeSlow(pieceBytes);
  /** Bytes that are in the memory. */
  #filled = 0;
  /** Ready lines that come behind them and lie side by side in their block: they are copied in one go. */
  #run: { readonly block: ReadyBlock; readonly from: number; to: number } | undefined;
  readonly #copyRun = (): void => {
    if (!this.#run) return;
    this.#memory.set(bytesOf(this.#run), this.#filled);
    this.#filled = this.length;
    this.#run = undefined;
  };

  get length(): number {
    return this.#run ? this.#filled + this.#run.to - this.#run.from : this.#filled;
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
    const run = this.#run;
    if (run?.block === block && run.to === from) {
      run.to = to;
      return;
    }
    this.#copyRun();
    this.#run = { block, from, to };
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
