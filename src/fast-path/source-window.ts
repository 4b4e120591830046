/**
 * The fast path has four steps. Load: copy a section of the record's text into the window of this file. Select: turn the
 * formats that a log event may have into programs (`format-program.ts`). Scan: `scan-fields.ts` finds where each field of a
 * message ends, and checks that it looks like its type. Write: `write-line.ts` writes the line from its template.
 * `walk-events.ts` does this for one log event after the other. This file holds the window and the functions that read it: four
 * bytes at a time to scan, eight bytes at a time to compare and copy.
 *
 * The code is fast only if V8 knows at compile time where everything is. It knows only the constants of the module that it
 * compiles. Therefore:
 * - The window never moves: text is copied into it. V8 then leaves out the checks that it makes for other views.
 * - Functions that run for each byte or field are arrow functions in constants. V8 looks up a declared function, an
 *   import and an export at each use, so a module takes its imports into constants first.
 * - A loop reads and writes memory through small functions, since V8 checks a view again in a loop that uses it directly.
 * - A function stays small: V8 inlines no more than 920 bytes of bytecode into one function.
 * - `| 0` tells V8 that a number is a whole number.
 */
const WINDOW_BYTES = 64 * 1024;
/** More than any read can go past the end. These zeros end every scan. */
const ZEROS = 32;

const bytes = new Uint8Array(WINDOW_BYTES + ZEROS);
export const source = new DataView(bytes.buffer);
const SOURCE = source;

/** Loads as much of the text from there on as fits, and returns the number of bytes. */
export function loadSource(text: Uint8Array, from: number): number {
  const part = text.subarray(from, from + WINDOW_BYTES);
  bytes.set(part);
  bytes.fill(0, part.length, part.length + ZEROS);
  return part.length;
}

/** V8 moves eight bytes as a floating-point number without allocating an object. Plain ASCII never has the bits of a NaN. */
export const WORD_BYTES = 8;

/** ASCII as words, padded with zeros to a multiple of `stride` words, at least one stride. */
export function toWords(text: string, stride = 1): Float64Array {
  const strides = Math.max(1, Math.ceil(text.length / (stride * WORD_BYTES)));
  const buffer = Buffer.alloc(strides * stride * WORD_BYTES);
  buffer.write(text, 'latin1');
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  return Float64Array.from({ length: buffer.length / WORD_BYTES }, (_, index) =>
    view.getFloat64(index * WORD_BYTES, true),
  );
}

/** Whether words can represent every character. */
export function fitsWords(text: string): boolean {
  return /^[\x00-\x7e]*$/.test(text);
}

/** A text to compare with a place in the window. */
export interface Literal {
  readonly length: number;
  /** The first and the last word, which may overlap: the text has 8 to 16 bytes. */
  readonly first: number;
  readonly last: number;
}

export function toLiteral(text: string): Literal {
  const [first = 0] = toWords(text);
  const [last = 0] = toWords(text.slice(-WORD_BYTES));
  return { length: text.length, first, last };
}

export const isAt = (at: number, { length, first, last }: Literal): boolean =>
  SOURCE.getFloat64(at, true) === first && SOURCE.getFloat64(at + length - 8, true) === last;

// Each test marks the bytes of a word that do not match; the lowest mark is the first such byte. The bytes are plain ASCII, so
// sums of bytes do not carry into each other.

/** Zero if all four bytes are digits; otherwise, the first byte with a bit set is the first that is not a digit. */
export const markNoDigits = (word: number): number => {
  // The upper half of a digit is 3, and stays 3 when six is added.
  return ((word ^ 0x30303030) | ((word + 0x06060606) ^ 0x30303030)) & 0xf0f0f0f0;
};

/** Zero if all four bytes are hexadecimal digits; otherwise, the first byte with a bit set is the first that is not. */
export const markNoHex = (word: number): number => {
  // Each sum sets the highest bit of a byte: the first from the start of a range on, the second from after its end.
  const digits = (word + 0x50505050) & ~(word + 0x46464646);
  const lower = word | 0x20202020;
  const letters = (lower + 0x1f1f1f1f) & ~(lower + 0x19191919);
  return ~(digits | letters) & 0x80808080;
};

/** Zero if all four bytes are above `"`; otherwise, the first byte with a bit set is the first that is not. */
export const markQuoteOrBelow = (word: number): number => ~(word + 0x5d5d5d5d) & 0x80808080;

/** The byte of a word with the lowest mark, 0 to 3; there must be a mark. */
export const firstMarked = (marks: number): number => (31 - Math.clz32(marks & (0 - marks))) >> 3;

/** The number that four digits represent. */
export const readFourDigits = (word: number): number => {
  const digits = word & 0x0f0f0f0f;
  const pairs = ((digits << 3) + (digits << 1) + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
};

/** Where the digits that begin here end; `start` if there are none. */
export const scanDigits = (start: number): number => {
  let at = start;
  for (;;) {
    const marks = markNoDigits(SOURCE.getInt32(at, true));
    if (marks !== 0) return at + firstMarked(marks);
    at += 4;
  }
};
