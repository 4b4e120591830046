/** Writes one line from its template: constants word by word, values straight from the message. */
import type { Fill, LineTemplate } from './template.js';
import { DATE_BYTES, SECOND_BYTES, TIME_OF_DAY } from './time-table.js';
import { fitsWords, toWords, WORD_BYTES } from './words.js';

/** A template as numbers, in the order in which a line is written. */
export interface LineProgram {
  /** What to put after each constant, as `FILLS` has it, and of which field. */
  readonly fills: Uint8Array;
  readonly fields: Uint16Array;
  /** All constants, each from a word of its own on, and the length of each in bytes. */
  readonly words: Float64Array;
  readonly lengths: Int32Array;
  /** The most bytes that a line can take but for the values of its fields and its message. */
  readonly maxBytes: number;
}

/** The message to write about: its bytes, and where its fields are. */
export interface ScannedMessage {
  readonly view: DataView;
  readonly viewBytes: number;
  start: number;
  end: number;
  /** Where each field ends; each next one begins one byte behind. */
  readonly ends: Int32Array;
}

/** Times as their entries in the words of a `TimeTable`, with what they have below a second, in milliseconds. */
export interface LineTimes {
  readonly words: Float64Array;
  at: number;
  atFraction: number;
  /** -1 when the flow log has no start. */
  start: number;
  event: number;
  eventFraction: number;
  /** The time of collection, the same for a whole record, as words and with its length in bytes. */
  readonly collected: Float64Array;
  readonly collectedBytes: number;
}

const VALUE = 0;
const MESSAGE = 1;
const AT_DATE = 2;
const AT_TIME = 3;
const AT = 4;
const START = 5;
const EVENT = 6;
const COLLECTED = 7;
/** Behind the last constant there is nothing to put. */
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
const MAX_FILL_BYTES = 40;

/** Undefined when a constant is more than words can carry. */
export function toLineProgram({ constants, fills }: LineTemplate): LineProgram | undefined {
  if (!constants.every(fitsWords)) return undefined;
  const words = constants.map(toWords);
  return {
    fills: Uint8Array.from([...fills.map(({ type }) => FILLS[type]), NOTHING]),
    fields: Uint16Array.from([...fills.map((fill) => (fill.type === 'value' ? fill.index : 0)), 0]),
    words: Float64Array.from(words.flatMap((part) => [...part])),
    lengths: Int32Array.from(constants, ({ length }) => length),
    maxBytes: constants.join('').length + fills.length * MAX_FILL_BYTES,
  };
}

/** Returns where the line ends. Up to seven bytes behind it are overwritten. */
export function writeLine(
  view: DataView,
  from: number,
  { fills, fields, words, lengths }: LineProgram,
  message: ScannedMessage,
  times: LineTimes,
): number {
  const { view: source, viewBytes, ends, start } = message;
  const timeWords = times.words;
  let at = from;
  let word = 0;
  for (let index = 0; index < fills.length; index += 1) {
    const constantEnd = at + (lengths[index] as number);
    for (let put = at; put < constantEnd; put += WORD_BYTES) {
      view.setFloat64(put, words[word] as number, true);
      word += 1;
    }
    at = constantEnd;
    const fill = fills[index] as number;
    if (fill === VALUE) {
      const field = fields[index] as number;
      const valueStart = field === 0 ? start : (ends[field - 1] as number) + 1;
      at = copyBytes(view, at, source, viewBytes, valueStart, ends[field] as number);
    } else if (fill === AT_DATE) {
      view.setFloat64(at, timeWords[times.at] as number, true);
      view.setFloat64(at + WORD_BYTES, timeWords[times.at + 1] as number, true);
      at += DATE_BYTES;
    } else if (fill === AT_TIME) {
      view.setFloat64(at, timeWords[times.at + TIME_OF_DAY] as number, true);
      at += WORD_BYTES;
    } else if (fill === AT) at = writeTime(view, at, timeWords, times.at, times.atFraction);
    else if (fill === START) at = writeTime(view, at, timeWords, times.start, 0);
    else if (fill === EVENT) at = writeTime(view, at, timeWords, times.event, times.eventFraction);
    else if (fill === MESSAGE) at = copyBytes(view, at, source, viewBytes, start, message.end);
    else if (fill === COLLECTED) {
      const { collected } = times;
      for (let put = 0; put < collected.length; put += 1) {
        view.setFloat64(at + put * WORD_BYTES, collected[put] as number, true);
      }
      at += times.collectedBytes;
    }
  }
  return at;
}

/** Copies whole words, of which the last may have more than was asked for: what is written next overwrites that. */
function copyBytes(
  view: DataView,
  at: number,
  source: DataView,
  sourceBytes: number,
  start: number,
  end: number,
): number {
  const last = at + end - start;
  // Near the end of the source there is no whole word left to read.
  if (end + WORD_BYTES > sourceBytes) {
    for (let index = start; index < end; index += 1) view.setUint8(at + index - start, source.getUint8(index));
    return last;
  }
  let from = start;
  for (let put = at; put < last; put += WORD_BYTES) {
    view.setFloat64(put, source.getFloat64(from, true), true);
    from += WORD_BYTES;
  }
  return last;
}

const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const LETTER_Z = 0x5a;

/** RFC3339Nano in UTC; `-` for a negative entry. */
function writeTime(view: DataView, at: number, words: Float64Array, entry: number, fraction: number): number {
  if (entry < 0) {
    view.setUint8(at, DASH);
    return at + 1;
  }
  view.setFloat64(at, words[entry] as number, true);
  view.setFloat64(at + WORD_BYTES, words[entry + 1] as number, true);
  view.setFloat64(at + 2 * WORD_BYTES, words[entry + 2] as number, true);
  return fraction === 0 ? at + SECOND_BYTES + 1 : writeFraction(view, at + SECOND_BYTES, fraction);
}

/** Milliseconds without the zeros at their end, and the `Z`. */
function writeFraction(view: DataView, at: number, fraction: number): number {
  view.setUint8(at, DOT);
  let end = at + 1;
  for (let rest = fraction, unit = 100; rest > 0; unit = (unit / 10) | 0) {
    const digit = (rest / unit) | 0;
    view.setUint8(end, ZERO + digit);
    rest -= digit * unit;
    end += 1;
  }
  view.setUint8(end, LETTER_Z);
  return end + 1;
}
