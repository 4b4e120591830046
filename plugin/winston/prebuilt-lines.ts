/**
 * The lines of a record that were made from its bytes, one by one, for the transports whose lines are the same. Their memory
 * is used again once the record is handed out: an info that comes later to its transport is formatted from its row.
 */
import type { LineFormatter } from '../../src/line-format.js';
import type { RecordLines } from '../../src/pipeline/process-record.js';

export interface PrebuiltLine {
  /** What would give the same line. */
  readonly formatLine: LineFormatter;
  readonly block: PrebuiltBlock;
  /** Where it begins and ends in the block. */
  readonly from: number;
  readonly to: number;
}

/** Empty once its memory was given back. */
export function bytesOf({ block, from, to }: Pick<PrebuiltLine, 'block' | 'from' | 'to'>): Uint8Array {
  return block.bytes?.subarray(from, to) ?? new Uint8Array();
}

/** Memory with lines one behind the other. */
export class PrebuiltBlock {
  #bytes: Uint8Array | undefined;
  /** Called before the memory is used for something else, set by the one that is to copy lines from it. */
  onFree: (() => void) | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Undefined once it is used for something else. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes;
  }

  free(): void {
    this.onFree?.();
    this.onFree = undefined;
    this.#bytes = undefined;
  }
}

export class PrebuiltLines {
  readonly #lines: RecordLines;
  readonly #blocks: readonly PrebuiltBlock[];
  #part = 0;
  #line = 0;
  #from = 0;

  constructor(lines: RecordLines) {
    this.#lines = lines;
    this.#blocks = lines.parts.map(({ bytes }) => new PrebuiltBlock(bytes));
  }

  /** The lines in order, each once; undefined behind the last. */
  next(): PrebuiltLine | undefined {
    const { parts, formatLine } = this.#lines;
    const block = this.#blocks[this.#part];
    const ends = parts[this.#part]?.ends;
    if (!block || !ends) return undefined;
    const from = this.#from;
    const to = ends[this.#line] as number;
    this.#line += 1;
    this.#from = to;
    if (this.#line === ends.length) {
      this.#part += 1;
      this.#line = 0;
      this.#from = 0;
    }
    return { formatLine, block, from, to };
  }

  /** No line is needed any more. */
  free(): void {
    for (const block of this.#blocks) block.free();
    for (const part of this.#lines.parts) part.free();
  }
}
