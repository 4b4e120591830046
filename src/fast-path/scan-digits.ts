/** Finds the end of a number. */
import * as fourBytes from './four-bytes.js';
import * as sourceWindow from './source-window.js';

const { firstMarked, markNoDigits } = fourBytes;
const { source: SOURCE } = sourceWindow;

/** Where the digits end that begin here; where they begin when there are none. */
export const scanDigits = (start: number): number => {
  let at = start;
  for (;;) {
    const marks = markNoDigits(SOURCE.getInt32(at, true));
    if (marks !== 0) return at + firstMarked(marks);
    at += 4;
  }
};
