/**
 * The lines of a record that were made from its bytes, one by one, for the transports whose lines are the same. Their memory
 * is used again once the record is handed out: an info that comes later to its transport is formatted from its row.
 */
import type { LineFormatter } from '../src/snare/line.js';
import type { RecordLines } from './process-record.js';

export interface ReadyLine {
  /** What would give the same line. */
  readonly formatLine: LineFormatter;
  readonly block: ReadyBlock;
  /** Where it begins and ends in the block. */
  readonly from: number;
  readonly to: number;
}

export interface ReadyBlock {
  /** Undefined once it is used for something else. */
  readonly bytes: Uint8Array | undefined;
}

export class ReadyLines {
  readonly #lines: RecordLines;
  readonly #blocks: { bytes: Uint8Array | undefined }[];
  #part = 0;
  #line = 0;
  #from = 0;

  constructor(lines: RecordLines) {
    this.#lines = lines;
    this.#blocks = lines.parts.map(({ bytes }) => ({ bytes }));
  }

  /** The lines in order, each once; undefined behind the last. */
  next(): ReadyLine | undefined {
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
    for (const block of this.#blocks) block.bytes = undefined;
    for (const part of this.#lines.parts) part.free();
  }
}
