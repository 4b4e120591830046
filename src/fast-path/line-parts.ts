/** Collects the lines of one record, in order, into parts of many lines. */
import type { LineBuffers, LinePart } from './line-buffers.js';
import * as write from './write-line.js';

// Constants of this module; see source-window.ts.
const { LINES_BYTES, lineBytes } = write;

export class LineParts {
  readonly #buffers: LineBuffers;
  readonly #parts: LinePart[] = [];
  #lines = 0;
  /** Where the next line goes in `lineBytes`. */
  at = 0;

  constructor(buffers: LineBuffers) {
    this.#buffers = buffers;
  }

  /** Makes room for the next line; returns false if a line of this length can never fit. */
  makeRoom(maxBytes: number): boolean {
    if (this.at + maxBytes <= LINES_BYTES) return true;
    this.#cut();
    return maxBytes <= LINES_BYTES;
  }

  /** Adds the line that was written from `at` to `end`. */
  take(end: number): void {
    this.at = end;
    LINE_ENDS[this.#lines] = end;
    this.#lines += 1;
  }

  /** Adds a line of any length. */
  add(line: Uint8Array): void {
    if (this.makeRoom(line.length)) {
      lineBytes.set(line, this.at);
      this.take(this.at + line.length);
    } else this.#parts.push({ bytes: line, lines: 1, ends: Int32Array.of(line.length), free() {} });
  }

  finish(): readonly LinePart[] {
    this.#cut();
    return this.#parts;
  }

  /** Drops all lines. */
  free(): void {
    for (const part of this.#parts) part.free();
  }

  /** Makes a part of what was written since the last cut. */
  #cut(): void {
    if (this.#lines > 0) {
      this.#parts.push(this.#buffers.add(lineBytes.subarray(0, this.at), LINE_ENDS.slice(0, this.#lines)));
    }
    this.at = 0;
    this.#lines = 0;
  }
}

/** The ends of the lines since the last cut. A line has at least one byte. */
const LINE_ENDS = new Int32Array(LINES_BYTES);
