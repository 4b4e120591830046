/**
 * Where the flow logs of a record are in its text, noted during the walk, for callers that need them one by one. This avoids
 * parsing the text again. Events that the walk left to the general path appear in their places.
 */

export interface FoundFlowLog {
  /** Index of the matching format among those that were tried. */
  readonly format: number;
  /** The time of its event, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

/** `repeat`: an event that was left out because it was sent before. */
export type FoundEvent<Odd> = FoundFlowLog | { readonly odd: Odd } | 'repeat';

/** Numbers that each flow log takes. */
const SIZE = 4;
/** Stands in the place of a format. */
const ODD = -1;
const REPEAT = -2;
/** Initial capacity in numbers; it grows on demand. */
const FIRST_ROOM = 8 * 1024;
/** The array of a finished record, reused for the next one: fresh memory costs more than the notes in it. */
let spare: Int32Array | undefined;
const taken = new Int32Array();

export class FoundFlowLogs<Odd> implements Iterable<FoundEvent<Odd>> {
  readonly #text: Buffer;
  /**
   * For each flow log: its format, where its timestamp begins, where its message begins, and where it ends. For any other
   * event: `ODD` or `REPEAT`.
   */
  #places: Int32Array;
  #length = 0;
  readonly #odd: Odd[] = [];

  constructor(text: Buffer) {
    this.#places = spare ?? new Int32Array(FIRST_ROOM);
    spare = undefined;
    this.#text = text;
  }

  /** Places are in the text; only digits follow at `timestampStart`, up to the end of the number. */
  add(format: number, timestampStart: number, messageStart: number, messageEnd: number): void {
    const start = this.#length;
    if (start + SIZE > this.#places.length) this.#makeRoom();
    const places = this.#places;
    places[start] = format;
    places[start + 1] = timestampStart;
    places[start + 2] = messageStart;
    places[start + 3] = messageEnd;
    this.#length = start + SIZE;
  }

  addOdd(event: Odd): void {
    this.#mark(ODD);
    this.#odd.push(event);
  }

  addRepeat(): void {
    this.#mark(REPEAT);
  }

  /** Iterate once; a second iteration yields nothing. */
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
          at += SIZE;
        }
      }
    } finally {
      spare = places;
    }
  }

  #read(places: Int32Array, at: number): FoundFlowLog {
    // Always plain ASCII: anything else is odd.
    const message = this.#text.toString('latin1', places[at + 2], places[at + 3]);
    return { format: places[at] as number, timestamp: this.#readNumber(places[at + 1] as number), message };
  }

  #mark(kind: number): void {
    if (this.#length === this.#places.length) this.#makeRoom();
    this.#places[this.#length] = kind;
    this.#length += 1;
  }

  #makeRoom(): void {
    const more = new Int32Array(2 * this.#places.length + SIZE);
    more.set(this.#places);
    this.#places = more;
  }

  /** Only digits follow from there to the end of the number. */
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
