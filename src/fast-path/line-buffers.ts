/**
 * Memory for lines: blocks that are used again once all the lines in them are out, since fresh memory costs more than the
 * lines that are written to it. Lines of many records share a block.
 */

/** Whole lines, to be given back once they are not needed any more. */
export interface LinePart {
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** Where each of the lines ends. */
  readonly ends: Int32Array;
  /** The memory may be used again. Call once at the most; left out, the garbage collector has it. */
  free(): void;
}

export interface LineBuffersOptions {
  readonly blockBytes: number;
  /** Blocks that are kept for use again; more are left to the garbage collector. */
  readonly maxFree: number;
}

interface Block {
  readonly bytes: Uint8Array;
  /** Parts of it that are still in use, and one more while it is being filled. */
  uses: number;
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

  /**
   * @param bytes lines, no more than a block takes; they are copied
   * @param ends of the lines; kept as it is
   */
  add(bytes: Uint8Array, ends: Int32Array): LinePart {
    const block = this.#open(bytes.length);
    const part = block.bytes.subarray(this.#at, this.#at + bytes.length);
    part.set(bytes);
    this.#at += bytes.length;
    block.uses += 1;
    return new BlockPart(this, block, part, ends);
  }

  /** The block to go on in; a new one when less than so many bytes are free. */
  #open(minBytes: number): Block {
    const left = this.#current;
    if (left && this.#options.blockBytes - this.#at >= minBytes) return left;
    this.#at = 0;
    this.#current = this.#free.pop() ?? { bytes: new Uint8Array(this.#options.blockBytes), uses: 0 };
    this.#current.uses = 1;
    if (left) this.release(left);
    return this.#current;
  }

  /** One use of the block is over. */
  release(block: Block): void {
    block.uses -= 1;
    if (block.uses === 0 && this.#free.length < this.#options.maxFree) this.#free.push(block);
  }
}

/** Without a closure: of small records, many thousands wait to be confirmed. */
class BlockPart implements LinePart {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
  readonly #buffers: LineBuffers;
  readonly #block: Block;

  constructor(buffers: LineBuffers, block: Block, bytes: Uint8Array, ends: Int32Array) {
    this.#buffers = buffers;
    this.#block = block;
    this.bytes = bytes;
    this.ends = ends;
  }

  get lines(): number {
    return this.ends.length;
  }

  free(): void {
    this.#buffers.release(this.#block);
  }
}
