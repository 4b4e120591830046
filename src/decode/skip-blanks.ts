/** White space around the payloads of a record: what JSON takes for blanks, and byte order marks. */
const BLANKS: readonly (number | undefined)[] = [0x20, 0x09, 0x0a, 0x0d];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Where the next byte is that is no white space. */
export function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    if (BLANKS.includes(bytes[at])) at += 1;
    else if (BYTE_ORDER_MARK.every((byte, index) => bytes[at + index] === byte)) at += BYTE_ORDER_MARK.length;
    else return at;
  }
}
