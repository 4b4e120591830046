/** Writes one line from its template: constants word by word, values straight from the message. */
import * as scan from './scan-fields.js';
import * as sourceWindow from './source-window.js';
import { fitsWords, toWords, WORD_BYTES } from './source-window.js';
import type { Fill, LineTemplate } from './template.js';
import * as timeTable from './time-table.js';

const { fieldStarts: STARTS, fieldEnds: ENDS } = scan;
const { source: SOURCE } = sourceWindow;
const { timeWords: TIMES, TIME_OF_DAY } = timeTable;

/** A template as numbers, in the order in which its line is written. */
export interface LineProgram {
  /**
   * For each constant: in the lowest four bits, the kind of fill that follows it, from `FILLS`; in the next twelve, the index
   * of its field; above them, the length of the constant in bytes.
   */
  readonly steps: Int32Array;
  /** All constants, each padded to whole strides of words. */
  readonly words: Float64Array;
  /** The most bytes of a line besides the values of its fields and its message. */
  readonly maxBytes: number;
}

/** Times as entries in the table of times, each with its milliseconds. */
export interface LineTimes {
  at: number;
  atFraction: number;
  /** -1 if the flow log has no start. */
  start: number;
  startFraction: number;
  event: number;
  eventFraction: number;
}

/** The time of collection, the same for a whole record; at most `MAX_TIME_BYTES` long. */
export interface CollectedText {
  readonly words: Float64Array;
  readonly bytes: number;
}

/** Lines are collected up to this many bytes, few enough to stay in the processor's cache. */
export const LINES_BYTES = 64 * 1024;

const VALUE = 0;
const MESSAGE = 1;
const AT_DATE = 2;
const AT_TIME = 3;
const AT = 4;
const START = 5;
const EVENT = 6;
const COLLECTED = 7;
/** Nothing follows the last constant. */
const NOTHING = 8;

const FILLS: Readonly<Record<Fill['type'], number>> = {
  value: VALUE,
  message: MESSAGE,
  'at-date': AT_DATE,
  'at-time': AT_TIME,
  at: AT,
  start: START,
  event: EVENT,
  collected: COLLECTED,
};
/** Longest text of a time. */
export const MAX_TIME_BYTES = 40;
/** Words copied at a time: most values and constants are no longer. */
const STRIDE = 2;
const MAX_CONSTANT_BYTES = 0xffff;
const MAX_FIELD = 0xfff;
const MAX_STEPS = 2 * (MAX_FIELD + 1);
/** Room for the constants of any line that fits, each padded to a stride. */
const MAX_WORDS = LINES_BYTES / WORD_BYTES + STRIDE * MAX_STEPS;

/** Undefined if words cannot represent a constant, or if the constants do not all fit. */
export function toLineProgram({ constants, fills }: LineTemplate): LineProgram | undefined {
  const isFit = (constant: string) => fitsWords(constant) && constant.length <= MAX_CONSTANT_BYTES;
  const field = (fill: Fill | undefined) => (fill?.type === 'value' ? fill.index : 0);
  if (!constants.every(isFit) || fills.some((fill) => field(fill) > MAX_FIELD)) return undefined;
  const words = Float64Array.from(constants.flatMap((constant) => [...toWords(constant, STRIDE)]));
  if (constants.length > MAX_STEPS || words.length > MAX_WORDS) return undefined;
  return {
    steps: Int32Array.from(constants, ({ length }, index) => {
      const fill = fills[index];
      return (length << 16) | (field(fill) << 4) | (fill ? FILLS[fill.type] : NOTHING);
    }),
    words,
    maxBytes: constants.join('').length + fills.length * MAX_TIME_BYTES,
  };
}

/** The program for the next lines, and their time of collection. */
const STEPS = new Int32Array(MAX_STEPS);
const CONSTANTS = new Float64Array(MAX_WORDS);
const COLLECTED_TEXT = new Float64Array(MAX_TIME_BYTES / WORD_BYTES);
let stepCount = 0;
let collectedBytes = 0;

export function useLineProgram({ steps, words }: LineProgram): void {
  STEPS.set(steps);
  CONSTANTS.set(words);
  stepCount = steps.length;
}

export function useCollected({ words, bytes }: CollectedText): void {
  COLLECTED_TEXT.set(words);
  collectedBytes = bytes;
}

/** The lines in progress. */
const LINES = new DataView(new ArrayBuffer(LINES_BYTES));
export const lineBytes = new Uint8Array(LINES.buffer);

/**
 * Writes a line at `from` in `lineBytes` for the message that was scanned last, from `start` to `end` in the source. Returns
 * where the line ends. Up to 15 bytes after it are overwritten.
 *
 * V8 inlines functions of up to 460 bytes of bytecode into their callers. This function is longer on purpose: inlined into the
 * walk, it would use up the room for the functions that have to be inlined there.
 */
export const writeLine = (from: number, start: number, end: number, times: LineTimes): number => {
  const { at: atEntry, atFraction, start: startEntry, startFraction, event, eventFraction } = times;
  let at = from | 0;
  let word = 0;
  const steps = stepCount | 0;
  for (let index = 0; index < steps; index += 1) {
    const step = stepOf(index);
    const constantEnd = at + (step >>> 16);
    for (let put = at; ; put += 16) {
      putTwo(put, constantWord(word), constantWord(word + 1));
      word += 2;
      if (put + 16 >= constantEnd) break;
    }
    at = constantEnd;
    const fill = step & 0xf;
    if (fill === VALUE) {
      const field = (step >>> 4) & MAX_FIELD;
      at = copyBytes(at, startOf(field), endOf(field));
    } else if (fill === AT_DATE) {
      putTwo(at, timeWord(atEntry), timeWord(atEntry + 1));
      at += 10;
    } else if (fill === AT_TIME) {
      putWord(at, timeWord(atEntry + TIME_OF_DAY));
      at += 8;
    } else if (fill === AT) at = writeTime(at, atEntry, atFraction);
    else if (fill === START) at = writeTime(at, startEntry, startFraction);
    else if (fill === EVENT) at = writeTime(at, event, eventFraction);
    else if (fill === MESSAGE) at = copyBytes(at, start, end);
    else if (fill === COLLECTED) {
      for (let put = 0; put * WORD_BYTES < collectedBytes; put += 1) putWord(at + put * WORD_BYTES, collectedWord(put));
      at += collectedBytes;
    }
    at |= 0;
  }
  return at;
};

const stepOf = (index: number): number => STEPS[index] as number;
const constantWord = (index: number): number => CONSTANTS[index] as number;
const collectedWord = (index: number): number => COLLECTED_TEXT[index] as number;
const timeWord = (index: number): number => TIMES[index] as number;
const startOf = (field: number): number => STARTS[field] as number;
const endOf = (field: number): number => ENDS[field] as number;

const putWord = (at: number, word: number): void => LINES.setFloat64(at, word, true);
const putTwo = (at: number, first: number, second: number): void => {
  LINES.setFloat64(at, first, true);
  LINES.setFloat64(at + 8, second, true);
};

/** Copies two words at a time. The last copy may write more than requested; what is written next overwrites the excess. */
const copyBytes = (at: number, start: number, end: number): number => {
  const last = at + end - start;
  let from = start;
  for (let put = at; ; put += 16) {
    const first = SOURCE.getFloat64(from, true);
    const second = SOURCE.getFloat64(from + 8, true);
    LINES.setFloat64(put, first, true);
    LINES.setFloat64(put + 8, second, true);
    from += 16;
    if (put + 16 >= last) break;
  }
  return last;
};

const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const LETTER_Z = 0x5a;

/** RFC3339Nano in UTC; `-` for a negative entry. */
const writeTime = (at: number, entry: number, fraction: number): number => {
  if (entry < 0) {
    LINES.setUint8(at, DASH);
    return at + 1;
  }
  LINES.setFloat64(at, TIMES[entry] as number, true);
  LINES.setFloat64(at + 8, TIMES[entry + 1] as number, true);
  LINES.setFloat64(at + 16, TIMES[entry + 2] as number, true);
  return fraction === 0 ? at + 20 : writeFraction(at + 19, fraction);
};

/** The text of a time; it uses `scratch` in `lineBytes` to write it. */
export function formatTimeAt(scratch: number, entry: number, fraction: number): string {
  const end = writeTime(scratch, entry, fraction);
  return Buffer.from(LINES.buffer, scratch, end - scratch).toString('latin1');
}

/** Milliseconds without trailing zeros, and the `Z`. */
const writeFraction = (at: number, fraction: number): number => {
  LINES.setUint8(at, DOT);
  let end = at + 1;
  for (let rest = fraction, unit = 100; rest > 0; unit = (unit / 10) | 0) {
    const digit = (rest / unit) | 0;
    LINES.setUint8(end, ZERO + digit);
    rest -= digit * unit;
    end += 1;
  }
  LINES.setUint8(end, LETTER_Z);
  return end + 1;
};
