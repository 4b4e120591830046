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
  /** As many as the format has fields. */
  readonly values: readonly string[];
}

/** Numbers of a flow log before the ends of its fields. */
const HEAD = 4;
/** In numbers; more is made as it is needed. */
const FIRST_ROOM = 8 * 1024;
/** Of a record that is over, for the next one: fresh memory costs more than what is noted in it. */
let spare: Int32Array | undefined;
const taken = new Int32Array();

export class FoundFlowLogs implements Iterable<FoundFlowLog> {
  readonly #text: Buffer;
  /** Of each flow log: its format, where its timestamp and its message begin, how many fields it has and where each ends. */
  #places: Int32Array;
  #length = 0;

  /** @param text plain ASCII without a backslash */
  constructor(text: Uint8Array) {
    this.#places = spare ?? new Int32Array(FIRST_ROOM);
    spare = undefined;
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  }

  /**
   * @param ends where each field ends, one byte before the next one, counted from `from`
   * @param fields how many of them there are
   */
  add(
    format: number,
    timestampStart: number,
    messageStart: number,
    from: number,
    ends: Int32Array,
    fields: number,
  ): void {
    const start = this.#length;
    if (start + HEAD + fields > this.#places.length) this.#makeRoom(HEAD + fields);
    const places = this.#places;
    places[start] = format;
    places[start + 1] = timestampStart;
    places[start + 2] = messageStart;
    places[start + 3] = fields;
    for (let field = 0; field < fields; field += 1) places[start + HEAD + field] = from + (ends[field] as number);
    this.#length = start + HEAD + fields;
  }

  /** Once: a second time there are none. */
  *[Symbol.iterator](): Generator<FoundFlowLog> {
    const [places, length] = [this.#places, this.#length];
    if (length === 0) return;
    this.#places = taken;
    this.#length = 0;
    try {
      for (let at = 0; at < length; ) {
        const fields = places[at + 3] as number;
        const firstEnd = at + HEAD;
        const start = places[at + 2] as number;
        const message = this.#text.toString('latin1', start, places[firstEnd + fields - 1] as number);
        const values = new Array<string>(fields);
        for (let field = 0, from = 0; field < fields; field += 1) {
          const end = (places[firstEnd + field] as number) - start;
          values[field] = message.slice(from, end);
          from = end + 1;
        }
        yield { format: places[at] as number, timestamp: this.#readNumber(places[at + 1] as number), message, values };
        at = firstEnd + fields;
      }
    } finally {
      spare = places;
    }
  }

  #makeRoom(numbers: number): void {
    const more = new Int32Array(2 * this.#places.length + numbers);
    more.set(this.#places);
    this.#places = more;
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
