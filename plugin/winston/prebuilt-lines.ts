/**
 * The lines of a record, built from its bytes one by one, for transports that send the same line. Their memory is reused once
 * the record is handed out. If an info arrives at its transport later, the line is formatted from the row.
 */
import type { LineFormatter } from '../../src/line-format.js';
import type { RecordLines } from '../../src/pipeline/process-record.js';

export interface PrebuiltLine {
  /** The formatter that produces the same line. */
  readonly formatLine: LineFormatter;
  readonly block: PrebuiltBlock;
  /** Start and end of the line in the block. */
  readonly from: number;
  readonly to: number;
}

/** Empty if the memory was released. */
export function bytesOf({ block, from, to }: Pick<PrebuiltLine, 'block' | 'from' | 'to'>): Uint8Array {
  return block.bytes?.subarray(from, to) ?? new Uint8Array();
}

/** A block of memory with contiguous lines. */
export class PrebuiltBlock {
  #bytes: Uint8Array | undefined;
  /** Called before the memory is reused. Set by the batch that still has to copy lines. */
  onFree: (() => void) | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Undefined once the memory is reused. */
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
  readonly #formatLine: LineFormatter;
  readonly #blocks: readonly PrebuiltBlock[];
  #part = 0;
  #line = 0;
  #from = 0;

  /** @param formatLine turns rows into the same lines */
  constructor(lines: RecordLines, formatLine: LineFormatter) {
    this.#lines = lines;
    this.#formatLine = formatLine;
    this.#blocks = lines.parts.map(({ bytes }) => new PrebuiltBlock(bytes));
  }

  /** Returns the lines in order, each once; undefined after the last. */
  next(): PrebuiltLine | undefined {
    const { parts } = this.#lines;
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
    return { formatLine: this.#formatLine, block, from, to };
  }

  /** Releases the memory when no line is needed any more. */
  free(): void {
    for (const block of this.#blocks) block.free();
    for (const part of this.#lines.parts) part.free();
  }
}
