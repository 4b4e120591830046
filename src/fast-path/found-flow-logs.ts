/**
 * Where the flow logs of a record are in its text, noted while it is walked through, for callers that need them one by one:
 * the text is not parsed again for that. Events that the walk left to the general path come at their places.
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

/** `repeat`: an event that was left out. */
export type FoundEvent<Odd> = FoundFlowLog | { readonly odd: Odd } | 'repeat';

/** Numbers of a flow log before the ends of its fields. */
const HEAD = 5;
/** In place of a format. */
const ODD = -1;
const REPEAT = -2;
/** In numbers; more is made as it is needed. */
const FIRST_ROOM = 8 * 1024;
/** Of a record that is over, for the next one: fresh memory costs more than what is noted in it. */
let spare: Int32Array | undefined;
const taken = new Int32Array();

export class FoundFlowLogs<Odd> implements Iterable<FoundEvent<Odd>> {
  readonly #text: Buffer;
  /**
   * Of each flow log: its format, where its timestamp begins, where its message begins and ends, how many fields it has and
   * where each ends. Of another event: `ODD` or `REPEAT`.
   */
  #places: Int32Array;
  #length = 0;
  readonly #odd: Odd[] = [];

  constructor(text: Buffer) {
    this.#places = spare ?? new Int32Array(FIRST_ROOM);
    spare = undefined;
    this.#text = text;
  }

  /**
   * @param from where the source begins in the text; the other places are counted from there
   * @param ends where each field ends
   * @param fields how many of them there are
   */
  add(
    format: number,
    from: number,
    timestampStart: number,
    messageStart: number,
    messageEnd: number,
    ends: Int32Array,
    fields: number,
  ): void {
    const start = this.#length;
    if (start + HEAD + fields > this.#places.length) this.#makeRoom(HEAD + fields);
    const places = this.#places;
    places[start] = format;
    places[start + 1] = from + timestampStart;
    places[start + 2] = from + messageStart;
    places[start + 3] = from + messageEnd;
    places[start + 4] = fields;
    for (let field = 0; field < fields; field += 1) places[start + HEAD + field] = from + (ends[field] as number);
    this.#length = start + HEAD + fields;
  }

  addOdd(event: Odd): void {
    this.#mark(ODD);
    this.#odd.push(event);
  }

  addRepeat(): void {
    this.#mark(REPEAT);
  }

  /** Once: a second time there are none. */
  *[Symbol.iterator](): Generator<FoundEvent<Odd>> {
    const [places, length] = [this.#places, this.#length];
    if (length === 0) return;
    this.#places = taken;
    this.#length = 0;
    const odd = this.#odd[Symbol.iterator]();
    try {
      for (let at = 0; at < length; ) {
        if (places[at] === ODD) {
          yield { odd: odd.next().value as Odd };
          at += 1;
        } else if (places[at] === REPEAT) {
          yield 'repeat';
          at += 1;
        } else {
          yield this.#read(places, at);
          at += HEAD + (places[at + 4] as number);
        }
      }
    } finally {
      spare = places;
    }
  }

  #read(places: Int32Array, at: number): FoundFlowLog {
    const start = places[at + 2] as number;
    const fields = places[at + 4] as number;
    // Plain ASCII: all else is odd.
    const message = this.#text.toString('latin1', start, places[at + 3]);
    const values = new Array<string>(fields);
    for (let field = 0, from = 0; field < fields; field += 1) {
      while (message.charCodeAt(from) === BLANK) from += 1;
      const end = (places[at + HEAD + field] as number) - start;
      values[field] = message.slice(from, end);
      from = end;
    }
    return { format: places[at] as number, timestamp: this.#readNumber(places[at + 1] as number), message, values };
  }

  #mark(kind: number): void {
    if (this.#length === this.#places.length) this.#makeRoom(1);
    this.#places[this.#length] = kind;
    this.#length += 1;
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

const BLANK = 0x20;
const ZERO = 0x30;
