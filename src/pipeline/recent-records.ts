/** The latest records as Kinesis had them, copied one behind the other: cheap to keep, for the rare case that someone asks. */

/** Records larger than this have a block of their own. */
const defaultBlockBytes = 1024 * 1024;
const lengthBytes = 4;

interface Block {
  readonly memory: Buffer;
  used: number;
}

export class RecentRecords {
  readonly #maxBytes: number;
  readonly #blockBytes: number;
  /** The oldest first. */
  #blocks: Block[] = [];
  #bytes = 0;

  /** @param maxBytes of memory, though at least the latest record is kept */
  constructor(maxBytes: number, blockBytes = defaultBlockBytes) {
    this.#maxBytes = maxBytes;
    this.#blockBytes = blockBytes;
  }

  add(data: Uint8Array): void {
    const bytes = lengthBytes + data.byteLength;
    let block = this.#blocks.at(-1);
    if (!block || block.memory.length - block.used < bytes) block = this.#open(Math.max(bytes, this.#blockBytes));
    block.memory.writeUInt32LE(data.byteLength, block.used);
    block.memory.set(data, block.used + lengthBytes);
    block.used += bytes;
  }

  /** The oldest first. Each is valid until the next call of `add`. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (const { memory, used } of this.#blocks) {
      for (let at = 0; at < used; ) {
        const from = at + lengthBytes;
        at = from + memory.readUInt32LE(at);
        yield memory.subarray(from, at);
      }
    }
  }

  /** A block for the latest records. The oldest one makes room for it, and is used again if it fits. */
  #open(bytes: number): Block {
    let free: Buffer | undefined;
    while (this.#blocks.length > 0 && this.#bytes + bytes > this.#maxBytes) {
      const memory = this.#blocks.shift()?.memory;
      this.#bytes -= memory?.length ?? 0;
      if (memory?.length === bytes) free = memory;
    }
    const block = { memory: free ?? Buffer.allocUnsafeSlow(bytes), used: 0 };
    this.#blocks.push(block);
    this.#bytes += bytes;
    return block;
  }
}
