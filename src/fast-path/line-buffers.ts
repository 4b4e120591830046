/**
 * Memory for lines: blocks that are used again once all the lines in them are out, since fresh memory costs more than the
 * lines that are written to it. Lines of many records share a block.
 */
export interface Block {
  readonly bytes: Uint8Array;
  /** The same bytes, to write eight at a time. */
  readonly view: DataView;
  /** Pieces of it that are still in use, and one more while it is being filled. */
  uses: number;
}

/** Whole lines, to be given back once they are not needed any more. */
export interface LinePart {
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** The memory may be used again. Call once at the most; left out, the garbage collector has it. */
  free(): void;
}

export interface LineBuffersOptions {
  readonly blockBytes: number;
  /** Blocks that are kept for use again; more are left to the garbage collector. */
  readonly maxFree: number;
}

export class LineBuffers {
  readonly #options: LineBuffersOptions;
  readonly #free: Block[] = [];
  #current: Block | undefined;
  /** Where the free part of the current block begins. */
  #at = 0;

  constructor(options: LineBuffersOptions) {
    this.#options = options;
  }

  get blockBytes(): number {
    return this.#options.blockBytes;
  }

  /** The block to go on in, and where; a new one when less than so many bytes are free. */
  open(minBytes: number): { readonly block: Block; readonly at: number } {
    if (!this.#current || this.#options.blockBytes - this.#at < minBytes) return this.next();
    return { block: this.#current, at: this.#at };
  }

  /** Leaves the current block as it is and takes another one. */
  next(): { readonly block: Block; readonly at: number } {
    const left = this.#current;
    this.#current = this.#free.pop() ?? createBlock(this.#options.blockBytes);
    this.#current.uses = 1;
    this.#at = 0;
    if (left) this.release(left);
    return { block: this.#current, at: 0 };
  }

  /** The current block is filled up to there. */
  close(at: number): void {
    this.#at = at;
  }

  /** One use of the block is over. */
  release(block: Block): void {
    block.uses -= 1;
    if (block.uses === 0 && this.#free.length < this.#options.maxFree) this.#free.push(block);
  }
}

function createBlock(bytes: number): Block {
  const buffer = new ArrayBuffer(bytes);
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer), uses: 0 };
}
