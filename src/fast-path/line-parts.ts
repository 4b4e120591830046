/** Collects the lines of a record, in order, into parts of many lines. */
import type { LineBuffers, LinePart } from './line-buffers.js';
import * as write from './write-line.js';

// Constants of this module; see source-window.ts.
const { LINES_BYTES, lineBytes } = write;

export class LineParts {
  readonly #buffers: LineBuffers;
  #needsEnds = false;
  #parts: LinePart[] = [];
  #lines = 0;
  /** Where the next line goes in `lineBytes`. */
  at = 0;

  constructor(buffers: LineBuffers) {
    this.#buffers = buffers;
  }

  /**
   * Begins the next record.
   *
   * @param needsEnds whether the lines of a part are needed one by one
   */
  begin(needsEnds: boolean): void {
    this.#needsEnds = needsEnds;
    this.#parts = [];
    this.#lines = 0;
    this.at = 0;
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
    } else {
      const to = line.length;
      this.#parts.push({ bytes: line, memory: line, from: 0, to, lines: 1, ends: Int32Array.of(to), free() {} });
    }
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
      const ends = this.#needsEnds ? LINE_ENDS.slice(0, this.#lines) : undefined;
      this.#parts.push(this.#buffers.add(lineBytes.subarray(0, this.at), this.#lines, ends));
    }
    this.at = 0;
    this.#lines = 0;
  }
}

/** The ends of the lines since the last cut. A line has at least one byte. */
const LINE_ENDS = new Int32Array(LINES_BYTES);
