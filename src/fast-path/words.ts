/**
 * Text moved eight bytes at a time. A word is kept as a floating-point number because V8 moves those without making
 * objects; plain ASCII never has the bits of a NaN, which could change on the way.
 */
export const WORD_BYTES = 8;

/** ASCII as words, filled up with zeros to whole strides of so many words, of which there is one at least. */
export function toWords(text: string, stride = 1): Float64Array {
  const strides = Math.max(1, Math.ceil(text.length / (stride * WORD_BYTES)));
  const bytes = Buffer.alloc(strides * stride * WORD_BYTES);
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
