/** A text to find at a place in the source, compared eight bytes at a time. */
import * as sourceWindow from './source-window.js';
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

const { source: SOURCE } = sourceWindow;

export const isAt = (at: number, { length, first, last }: Literal): boolean =>
  SOURCE.getFloat64(at, true) === first && SOURCE.getFloat64(at + length - 8, true) === last;
