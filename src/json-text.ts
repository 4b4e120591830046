/**
 * Finds positions in JSON text without parsing it. All relevant bytes are ASCII, and no byte of a longer UTF-8 sequence is, so
 * bytes can be tested one by one.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Where the object ends that begins at `from`, or in which `from` is `depth` levels deep. The end of the text if the object is
 * incomplete.
 */
export function findObjectEnd(text: Uint8Array, from: number, depth = 0): number {
  let level = depth;
  let isInString = false;
  for (let at = from; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) isInString = !isInString;
    else if (isInString && byte === BACKSLASH) at += 1;
    else if (!isInString && byte === OPEN) level += 1;
    else if (!isInString && byte === CLOSE) level -= 1;
    if (level === 0) return at + 1;
  }
  return text.length;
}

/** Where the white space and byte order marks end that begin at `from`. */
export function skipBlanks(text: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    if (isBlank(text[at])) at += 1;
    else if (text[at] === 0xef && text[at + 1] === 0xbb && text[at + 2] === 0xbf) at += 3;
    else return at;
  }
}

/** The white space of JSON. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
