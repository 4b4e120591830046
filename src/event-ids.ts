/**
 * Remembers which log events went by, for a bounded number of them, so that one that comes twice is known. It keeps 127
 * bits for each, made of the whole id and where it is from: with a million kept, one event in 10^32 would be taken for
 * another. The mixing starts from random words, so that nobody can work out beforehand which ids are taken for each other.
 */
import { getRandomValues } from 'node:crypto';

const wordsPerId = 4;

export class EventIds {
  readonly #capacity: number;
  readonly #mixer: IdMixer;
  #recent: IdTable;
  #older: IdTable | undefined;

  /**
   * @param capacity ids that are remembered for certain; up to twice as many are, in 64 bytes each
   * @param seed three words that nobody can guess
   */
  constructor(capacity: number, seed = getRandomValues(new Uint32Array(3))) {
    this.#capacity = capacity;
    this.#mixer = new IdMixer(seed);
    this.#recent = new IdTable(capacity);
  }

  /** @param source what the id is unique within, such as a log stream */
  has(source: string, id: string): boolean {
    this.#mixer.mix(source, id);
    return this.#recent.has() || (this.#older?.has() ?? false);
  }

  /** Returns false when it was known already. */
  add(source: string, id: string): boolean {
    if (this.has(source, id)) return false;
    if (this.#recent.size >= this.#capacity) {
      this.#older = this.#recent;
      this.#recent = new IdTable(this.#capacity);
    }
    this.#recent.add();
    return true;
  }
}

/** The id that `has` and `add` of a table are about; one place for all, so that none is made for each id. */
const mixed = new Uint32Array(wordsPerId);

export class IdMixer {
  readonly #start: Lanes;
  /** The last source, mixed: it is that of many ids in a row, and often longer than they are. */
  #source = '';
  #sourceLanes: Lanes;

  /** @param seed three words */
  constructor([b = 0, c = 0, d = 0]: Uint32Array) {
    // The first character sets this lane from the others.
    this.#start = [0, b, c, d];
    this.#sourceLanes = mixText(this.#start, '');
  }

  /** Returns the same array each time. */
  mix(source: string, id: string): Uint32Array {
    if (source !== this.#source) {
      this.#sourceLanes = mixText(this.#start, source);
      this.#source = source;
    }
    const [a, b, c, d] = mixText(this.#sourceLanes, id);
    mixed[0] = spread(a ^ spread(d));
    mixed[1] = spread(b ^ mixed[0]);
    mixed[2] = spread(c ^ mixed[1]);
    // An empty place is all zero, so this one bit is always set.
    mixed[3] = spread(d ^ mixed[2]) | 1;
    return mixed;
  }
}

type Lanes = readonly [number, number, number, number];

/** Four lanes that each see every character and each other. */
function mixText([a, b, c, d]: Lanes, text: string): Lanes {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(b ^ code, 0x9e3779b1) ^ (d >>> 15);
    b = Math.imul(c ^ code, 0x85ebca77) ^ (a >>> 13);
    c = Math.imul(d ^ code, 0xc2b2ae3d) ^ (b >>> 16);
    d = Math.imul(a ^ code, 0x27d4eb2f) ^ (c >>> 14);
  }
  // Tells "ab" + "c" from "a" + "bc".
  return [Math.imul(a ^ text.length, 0x165667b1), b, c, d];
}

/** Lets every bit have a say in every other. */
function spread(word: number): number {
  let result = word ^ (word >>> 16);
  result = Math.imul(result, 0x7feb352d);
  result ^= result >>> 15;
  result = Math.imul(result, 0x846ca68b);
  return (result ^ (result >>> 16)) >>> 0;
}

/** Open addressing over one array, at the most half full. */
class IdTable {
  readonly #words: Uint32Array;
  readonly #mask: number;
  size = 0;

  constructor(capacity: number) {
    const places = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#words = new Uint32Array(places * wordsPerId);
    this.#mask = places - 1;
  }

  has(): boolean {
    return this.#words[this.#find() + 3] !== 0;
  }

  add(): void {
    this.#words.set(mixed, this.#find());
    this.size++;
  }

  /** Where the id is, or the empty place where it would be. */
  #find(): number {
    const words = this.#words;
    const [first = 0, second, third, fourth] = mixed;
    for (let place = first & this.#mask; ; place = (place + 1) & this.#mask) {
      const at = place * wordsPerId;
      if (words[at + 3] === 0) return at;
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third && words[at + 3] === fourth) {
        return at;
      }
    }
  }
}
