/**
 * Finds the bytes that the scans do not handle: escapes, DEL, which has to be escaped in a line, and everything that is not
 * ASCII. Most records have none; in the others, only the events that contain them go through the general path.
 */
import { isAscii } from 'node:buffer';

/** Past the end of every text. V8 does not store a larger number as a small integer. */
const NONE = 2 ** 30 - 1;

export class OddBytes {
  #bytes: Buffer = Buffer.alloc(0);
  /** The positions of the next backslash, DEL and non-ASCII byte. */
  #backslash = NONE;
  #delete = NONE;
  #foreign = NONE;

  /** Begins the next text. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#backslash = this.#find(BACKSLASH, 0);
    this.#delete = this.#find(DELETE, 0);
    this.#foreign = isAscii(bytes) ? NONE : this.#findForeign(0);
  }

  /** The first one at or after `from`, which must never decrease. Past the end of the text if there is none. */
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

const BACKSLASH = 0x5c;
const DELETE = 0x7f;
