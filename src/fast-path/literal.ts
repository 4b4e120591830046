/** A text to find at a place in bytes, compared eight bytes at a time. */
import { toWords, WORD_BYTES } from './words.js';

export interface Literal {
  readonly length: number;
  /** The first word, and the one that ends with the text; the text has eight bytes or more, and sixteen at the most. */
  readonly first: number;
  readonly last: number;
}

export function toLiteral(text: string): Literal {
  const [first = 0] = toWords(text);
  const [last = 0] = toWords(text.slice(-WORD_BYTES));
  return { length: text.length, first, last };
}

/** @param bytes length of the view, which costs less when it is not asked for each time */
export function isLiteral(view: DataView, bytes: number, at: number, { length, first, last }: Literal): boolean {
  if (at + length > bytes) return false;
  return view.getFloat64(at, true) === first && view.getFloat64(at + length - WORD_BYTES, true) === last;
}
