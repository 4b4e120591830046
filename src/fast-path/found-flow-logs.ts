/**
 * Where the flow logs of a record are in its text, noted while it is walked through, for whoever needs them one by one: the
 * text is not parsed again for that.
 */

export interface FoundFlowLog {
  /** Which of the formats that were tried it fits. */
  readonly format: number;
  /** Of its event, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

/** Numbers for each flow log: its format, where its timestamp begins, where its message begins and where that ends. */
const PLACE = 4;
/** What most records need; more is made as it is needed. */
const FIRST_ROOM = 256 * PLACE;

export class FoundFlowLogs implements Iterable<FoundFlowLog> {
  readonly #text: Buffer;
  #places = new Int32Array(FIRST_ROOM);
  #length = 0;

  /** @param text plain ASCII without a backslash */
  constructor(text: Uint8Array) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  }

  add(format: number, timestampStart: number, messageStart: number, messageEnd: number): void {
    if (this.#length === this.#places.length) {
      const more = new Int32Array(2 * this.#length);
      more.set(this.#places);
      this.#places = more;
    }
    const places = this.#places;
    places[this.#length] = format;
    places[this.#length + 1] = timestampStart;
    places[this.#length + 2] = messageStart;
    places[this.#length + 3] = messageEnd;
    this.#length += PLACE;
  }

  *[Symbol.iterator](): Generator<FoundFlowLog> {
    const places = this.#places;
    for (let at = 0; at < this.#length; at += PLACE) {
      yield {
        format: places[at] as number,
        timestamp: this.#readNumber(places[at + 1] as number),
        message: this.#text.toString('latin1', places[at + 2] as number, places[at + 3] as number),
      };
    }
  }

  /** All digits from there on. */
  #readNumber(start: number): number {
    let number = 0;
    for (let at = start; ; at += 1) {
      const digit = (this.#text[at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) return number;
      number = number * 10 + digit;
    }
  }
}

const ZERO = 0x30;
