/**
 * Four numbers up to 255 with dots between, without zeros before them. How long a number is cannot be foretold, so a table
 * tells what a branch would guess wrong.
 */
import * as sourceWindow from './source-window.js';

const { firstMarked, markNoDigits, source: SOURCE } = sourceWindow;

/** Where the address ends that begins here; where it begins when there is none. */
export const scanIpv4 = (start: number): number => {
  let at = start;
  for (let part = 0; part < 4; part += 1) {
    const word = SOURCE.getInt32(at, true);
    const marks = markNoDigits(word);
    if (marks === 0) return start;
    const digits = firstMarked(marks);
    if (digits === 0) return start;
    const bits = digits << 3;
    // The digits at the upper end, with nothing before them.
    const number = word << (32 - bits);
    const place = (digits << 12) | (number & 0xf00) | ((number >>> 12) & 0xf0) | ((number >>> 24) & 0xf);
    if (NUMBERS[place] === 0 || (part < 3 && ((word >>> bits) & 0xff) !== DOT)) return start;
    at += digits + 1;
  }
  return at - 1;
};

const DOT = 0x2e;

/** 1 for each number up to 255: by how many digits it has, then its digits in four bits each. */
const NUMBERS = new Uint8Array(4 << 12);
for (let number = 0; number <= 255; number += 1) {
  const text = String(number);
  NUMBERS[(text.length << 12) | Number.parseInt(text, 16)] = 1;
}
