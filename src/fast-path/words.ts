/**
 * Text moved eight bytes at a time. A word is kept as a floating-point number because V8 moves those without making
 * objects; plain ASCII never has the bits of a NaN, which could change on the way.
 */
export const WORD_BYTES = 8;

/** ASCII as words, the last one filled up with zeros. */
export function toWords(text: string): Float64Array {
  const bytes = Buffer.alloc(Math.ceil(text.length / WORD_BYTES) * WORD_BYTES);
  bytes.write(text, 'latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / WORD_BYTES }, (_, index) =>
    view.getFloat64(index * WORD_BYTES, true),
  );
}

/** True when words can carry every character. */
export function fitsWords(text: string): boolean {
  return /^[\x00-\x7e]*$/.test(text);
}
