/**
 * Text looked at four bytes at a time. A test marks the bytes of a word that are not as wanted, and the lowest mark tells
 * where the first of them is. Bytes are plain ASCII, so that sums of bytes do not run into each other.
 */

/** Zero when all four bytes are digits; else the first byte with a bit set is the first that is none. */
export const markNoDigits = (word: number): number => {
  // A digit has a 3 above, also when six more are added.
  return ((word ^ 0x30303030) | ((word + 0x06060606) ^ 0x30303030)) & 0xf0f0f0f0;
};

/** Zero when all four bytes are hexadecimal digits; else the first byte with a bit set is the first that is none. */
export const markNoHex = (word: number): number => {
  // The highest bit of a byte is set from the first character on, and not yet behind the last.
  const digits = (word + 0x50505050) & ~(word + 0x46464646);
  const lower = word | 0x20202020;
  const letters = (lower + 0x1f1f1f1f) & ~(lower + 0x19191919);
  return ~(digits | letters) & 0x80808080;
};

/** Zero when all four bytes are above `"`; else the first byte with a bit set is the first that is not. */
export const markQuoteOrBelow = (word: number): number => ~(word + 0x5d5d5d5d) & 0x80808080;

/** Which byte of a word has the lowest mark, 0 to 3; there has to be one. */
export const firstMarked = (marks: number): number => (31 - Math.clz32(marks & (0 - marks))) >> 3;

/** The number that four digits are. */
export const readFourDigits = (word: number): number => {
  const digits = word & 0x0f0f0f0f;
  const pairs = ((digits << 3) + (digits << 1) + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
};
