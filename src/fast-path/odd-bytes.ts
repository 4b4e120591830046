/**
 * Finds the bytes that the scans do not know: escapes, DEL, which a line escapes, and all that is not ASCII. Most records
 * have none; in the others, only the events around them are for the general path.
 */
import { isAscii } from 'node:buffer';

export class OddBytes {
  readonly #bytes: Buffer;
  /** The next backslash, DEL and byte that is not ASCII. */
  #backslash: number;
  #delete: number;
  #foreign: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#backslash = this.#find(BACKSLASH, 0);
    this.#delete = this.#find(DELETE, 0);
    this.#foreign = isAscii(bytes) ? NONE : this.#findForeign(0);
  }

  /** The first one at or behind `from`, which never goes back. Behind the text if there is none. */
  next(from: number): number {
    if (this.#backslash < from) this.#backslash = this.#find(BACKSLASH, from);
    if (this.#delete < from) this.#delete = this.#find(DELETE, from);
    if (this.#foreign < from) this.#foreign = this.#findForeign(from);
    return Math.min(this.#backslash, this.#delete, this.#foreign);
  }

  #find(byte: number, from: number): number {
    const at = this.#bytes.indexOf(byte, from);
    return at === -1 ? NONE : at;
  }

  #findForeign(from: number): number {
    const { buffer, byteOffset, length } = this.#bytes;
    const view = new DataView(buffer, byteOffset, length);
    let at = from;
    while (at + 4 <= length && (view.getInt32(at, true) & 0x80808080) === 0) at += 4;
    while (at < length && view.getUint8(at) < 0x80) at += 1;
    return at < length ? at : NONE;
  }
}

/** Behind every text. A larger number is no small integer to V8. */
const NONE = 2 ** 30 - 1;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;
