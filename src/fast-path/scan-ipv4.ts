/**
 * Four numbers up to 255, separated by dots, without leading zeros. The length of a number is unpredictable, so a table lookup
 * replaces branches that the processor would often mispredict.
 */
import * as sourceWindow from './source-window.js';

const { firstMarked, markNoDigits, source: SOURCE } = sourceWindow;

/** Where the address that begins here ends; `start` if there is none. */
export const scanIpv4 = (start: number): number => {
  let at = start;
  for (let part = 0; part < 4; part += 1) {
    const word = SOURCE.getInt32(at, true);
    const marks = markNoDigits(word);
    if (marks === 0) return start;
    const digits = firstMarked(marks);
    if (digits === 0) return start;
    const bits = digits << 3;
    // Shifts the digits to the upper end, without the bytes that follow them.
    const number = word << (32 - bits);
    const place = (digits << 12) | (number & 0xf00) | ((number >>> 12) & 0xf0) | ((number >>> 24) & 0xf);
    if (NUMBERS[place] === 0 || (part < 3 && ((word >>> bits) & 0xff) !== DOT)) return start;
    at += digits + 1;
  }
  return at - 1;
};

const DOT = 0x2e;

/** 1 for each number up to 255, indexed by its number of digits, then its digits in four bits each. */
const NUMBERS = new Uint8Array(4 << 12);
for (let number = 0; number <= 255; number += 1) {
  const text = String(number);
  NUMBERS[(text.length << 12) | Number.parseInt(text, 16)] = 1;
}
