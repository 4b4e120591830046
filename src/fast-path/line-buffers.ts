/**
 * Memory for lines: blocks that are reused once all their lines are sent, since fresh memory costs more than writing the lines.
 * Lines of many records share a block.
 */

/** Whole lines, to be freed when they are no longer needed. */
export interface LinePart {
  /** The lines are here between `from` and `to`. A view of them for each small record would cost as much as the lines. */
  readonly memory: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** A view of them. */
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** Where each of the lines ends, from the first one on; undefined if nobody needs it. */
  readonly ends: Int32Array | undefined;
  /** Allows the memory to be reused. Call it at most once; without a call, the garbage collector frees it. */
  free(): void;
}

export interface LineBuffersOptions {
  readonly blockBytes: number;
  /** Blocks that are kept for reuse; the garbage collector frees the others. */
  readonly maxFree: number;
}

interface Block {
  readonly bytes: Uint8Array;
  /** Number of its parts in use, plus one while it is being filled. */
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
   * @param bytes lines, no more than fit into a block; they are copied
   * @param ends where the lines end, if needed; kept without a copy
   */
  add(bytes: Uint8Array, lines: number, ends?: Int32Array): LinePart {
    const block = this.#open(bytes.length);
    const from = this.#at;
    block.bytes.set(bytes, from);
    this.#at = from + bytes.length;
    block.uses += 1;
    return new BlockPart(this, block, from, this.#at, lines, ends);
  }

  /** The current block, or a new one if fewer bytes than this are free. */
  #open(minBytes: number): Block {
    const left = this.#current;
    if (left && this.#options.blockBytes - this.#at >= minBytes) return left;
    this.#at = 0;
    this.#current = this.#free.pop() ?? { bytes: new Uint8Array(this.#options.blockBytes), uses: 0 };
    this.#current.uses = 1;
    if (left) this.release(left);
    return this.#current;
  }

  /** Ends one use of the block. */
  release(block: Block): void {
    block.uses -= 1;
    if (block.uses === 0 && this.#free.length < this.#options.maxFree) this.#free.push(block);
  }
}

/** No closure per object: with small records, many thousands wait for confirmation. */
class BlockPart implements LinePart {
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  readonly ends: Int32Array | undefined;
  readonly #buffers: LineBuffers;
  readonly #block: Block;

  constructor(
    buffers: LineBuffers,
    block: Block,
    from: number,
    to: number,
    lines: number,
    ends: Int32Array | undefined,
  ) {
    this.#buffers = buffers;
    this.#block = block;
    this.from = from;
    this.to = to;
    this.lines = lines;
    this.ends = ends;
  }

  get memory(): Uint8Array {
    return this.#block.bytes;
  }

  get bytes(): Uint8Array {
    return this.memory.subarray(this.from, this.to);
  }

  free(): void {
    this.#buffers.release(this.#block);
  }
}
