/**
 * Remembers a bounded number of log events, to recognize repeated ones. It keeps 127 bits for each, a hash of the whole id and
 * its source: with a million kept, one event in 10^32 would be mistaken for another. The hash is seeded with random words, so
 * that nobody can construct ids that collide.
 */
import { getRandomValues } from 'node:crypto';

/** Words in a hash. */
export const HASH_WORDS = 4;

export class EventIds {
  readonly #capacity: number;
  readonly #mixer: IdMixer;
  #recent: IdTable;
  #older: IdTable | undefined;

  /**
   * @param capacity ids that are certainly remembered; up to twice as many are, in 64 bytes each
   * @param seed three unpredictable words
   */
  constructor(capacity: number, seed = getRandomValues(new Uint32Array(3))) {
    this.#capacity = capacity;
    this.#mixer = new IdMixer(seed);
    this.#recent = new IdTable(capacity);
  }

  /** @param source the scope in which the id is unique, such as a log stream */
  has(source: string, id: string): boolean {
    return this.hasHash(this.hash(source, id));
  }

  /** Returns false if it was known already. */
  add(source: string, id: string): boolean {
    return this.addHash(this.hash(source, id));
  }

  /** The hash of an id, for the calls below. Returns the same array each time. */
  hash(source: string, id: string): Uint32Array {
    return this.#mixer.mix(source, id);
  }

  /** Like `hash`, for an id whose UTF-8 bytes are in memory. */
  hashBytes(source: string, view: DataView, from: number, to: number): Uint32Array {
    return this.#mixer.mixBytes(source, view, from, to);
  }

  hasHash(hash: Uint32Array, at = 0): boolean {
    return this.#recent.has(hash, at) || (this.#older?.has(hash, at) ?? false);
  }

  /** Returns false if it was known already. */
  addHash(hash: Uint32Array, at = 0): boolean {
    if (this.hasHash(hash, at)) return false;
    if (this.#recent.size >= this.#capacity) {
      this.#older = this.#recent;
      this.#recent = new IdTable(this.#capacity);
    }
    this.#recent.add(hash, at);
    return true;
  }
}

export class IdMixer {
  readonly #start: Lanes;
  readonly #mixed = new Uint32Array(HASH_WORDS);
  /** The last source, hashed. Many ids in a row share it, and it is often longer than they are. */
  #source = '';
  #sourceLanes: Lanes;

  /** @param seed three words */
  constructor(seed: Uint32Array) {
    // The first word of a text makes the first lane differ from the others.
    this.#start = Uint32Array.of(0, ...seed);
    this.#sourceLanes = mixText(this.#start, '');
  }

  /** Returns the same array each time. */
  mix(source: string, id: string): Uint32Array {
    // A character takes at most three bytes of UTF-8.
    if (id.length * 3 <= scratch.length) return this.mixBytes(source, scratchView, 0, scratch.write(id));
    const bytes = Buffer.from(id);
    return this.mixBytes(source, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  }

  mixBytes(source: string, view: DataView, from: number, to: number): Uint32Array {
    if (source !== this.#source) {
      this.#sourceLanes = mixText(this.#start, source);
      this.#source = source;
    }
    const mixed = this.#mixed;
    mixInto(mixed, this.#sourceLanes, view, from, to);
    mixed[0] = spread((mixed[0] as number) ^ spread(mixed[3] as number));
    mixed[1] = spread((mixed[1] as number) ^ mixed[0]);
    mixed[2] = spread((mixed[2] as number) ^ mixed[1]);
    // An empty slot is all zero, so this bit is always set.
    mixed[3] = spread((mixed[3] as number) ^ mixed[2]) | 1;
    return mixed;
  }
}

type Lanes = Uint32Array;

function mixText(lanes: Lanes, text: string): Lanes {
  const bytes = Buffer.from(text);
  const mixed = new Uint32Array(HASH_WORDS);
  mixInto(mixed, lanes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  return mixed;
}

/** Four lanes, each of which mixes in every four-byte word and the other lanes. */
function mixInto(mixed: Uint32Array, lanes: Lanes, view: DataView, from: number, to: number): void {
  let a = (lanes[0] as number) | 0;
  let b = (lanes[1] as number) | 0;
  let c = (lanes[2] as number) | 0;
  let d = (lanes[3] as number) | 0;
  for (let at = from; at <= to; at += 4) {
    // The last word holds the remaining bytes, possibly none.
    const word = at + 4 <= to ? view.getInt32(at, true) : readRest(view, at, to);
    a = Math.imul(b ^ word, 0x9e3779b1) ^ (d >>> 15);
    b = Math.imul(c ^ word, 0x85ebca77) ^ (a >>> 13);
    c = Math.imul(d ^ word, 0xc2b2ae3d) ^ (b >>> 16);
    d = Math.imul(a ^ word, 0x27d4eb2f) ^ (c >>> 14);
  }
  // Distinguishes "ab" + "c" from "a" + "bc".
  mixed[0] = Math.imul(a ^ (to - from), 0x165667b1);
  mixed[1] = b;
  mixed[2] = c;
  mixed[3] = d;
}

function readRest(view: DataView, from: number, to: number): number {
  let word = 0;
  for (let at = to - 1; at >= from; at -= 1) word = (word << 8) | view.getUint8(at);
  return word;
}

/** Makes every bit affect every other. */
function spread(word: number): number {
  let result = word ^ (word >>> 16);
  result = Math.imul(result, 0x7feb352d);
  result ^= result >>> 15;
  result = Math.imul(result, 0x846ca68b);
  return (result ^ (result >>> 16)) >>> 0;
}

/**
 * Buffer for the UTF-8 of an id while it is hashed; a longer one gets memory of its own. With a flow log it has some 250 bytes.
 */
const scratch = Buffer.alloc(4096);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);

/** Open addressing over one array, at most half full. */
class IdTable {
  readonly #words: Uint32Array;
  readonly #mask: number;
  size = 0;

  constructor(capacity: number) {
    const places = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#words = new Uint32Array(places * HASH_WORDS);
    this.#mask = places - 1;
  }

  has(hash: Uint32Array, from: number): boolean {
    return this.#words[this.#find(hash, from) + 3] !== 0;
  }

  add(hash: Uint32Array, from: number): void {
    const at = this.#find(hash, from);
    for (let word = 0; word < HASH_WORDS; word++) this.#words[at + word] = hash[from + word] as number;
    this.size++;
  }

  /** The slot of the id, or the empty slot where it would go. */
  #find(hash: Uint32Array, from: number): number {
    const words = this.#words;
    const first = hash[from] as number;
    const second = hash[from + 1] as number;
    const third = hash[from + 2] as number;
    const fourth = hash[from + 3] as number;
    for (let place = first & this.#mask; ; place = (place + 1) & this.#mask) {
      const at = place * HASH_WORDS;
      if (words[at + 3] === 0) return at;
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third && words[at + 3] === fourth) {
        return at;
      }
    }
  }
}
