/**
 * Remembers a bounded number of log events, to recognize repeated ones. It keeps a keyed hash of the whole id and its source: 64
 * bits, at a place that other bits of the hash select. So one event in 10^17 would be mistaken for another. The key is random,
 * so that nobody can construct ids that collide.
 */
import { getRandomValues } from 'node:crypto';
import { IdMixer } from './id-mixer.js';

/**
 * A place of the table has its next slot to fill, and seven slots for the latest ids. It is as large as a line of the processor's
 * cache: a look at memory that is in no cache costs as much as the hash.
 */
const SLOT_WORDS = 2;
const PLACE_WORDS = 16;
/** Node's large blocks of memory begin this far behind the start of a cache line. */
const ALIGN_BYTES = 48;

export class EventIds {
  readonly #mixer: IdMixer;
  /** The last word of an empty slot is zero. */
  readonly #words: Int32Array;
  readonly #mask: number;

  /**
   * @param capacity of the latest ids, this many are remembered but for one in a thousand, in 32 to 64 bytes each; and at most
   * seven times as many are
   * @param seed three unpredictable words
   */
  constructor(capacity: number, seed = getRandomValues(new Uint32Array(3))) {
    this.#mixer = new IdMixer(seed);
    const places = 2 ** Math.ceil(Math.log2(capacity / 2));
    const bytes = places * PLACE_WORDS * Int32Array.BYTES_PER_ELEMENT;
    this.#words = new Int32Array(new ArrayBuffer(bytes + ALIGN_BYTES), ALIGN_BYTES);
    this.#mask = places - 1;
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
  hash(source: string, id: string): Int32Array {
    return this.#mixer.mix(source, id);
  }

  /** Like `hash`, for an id whose UTF-8 bytes are in memory. */
  hashBytes(source: string, view: DataView, from: number, to: number): Int32Array {
    return this.#mixer.mixBytes(source, view, from, to);
  }

  hasHash(hash: Int32Array, at = 0): boolean {
    const words = this.#words;
    const place = ((hash[at] as number) & this.#mask) * PLACE_WORDS;
    const first = hash[at + 1] as number;
    const second = hash[at + 2] as number;
    for (let slot = place + SLOT_WORDS; slot < place + PLACE_WORDS; slot += SLOT_WORDS) {
      if (words[slot + 1] === second && words[slot] === first) return true;
      if (words[slot + 1] === 0) return false;
    }
    return false;
  }

  /** Returns false if it was known already. */
  addHash(hash: Int32Array, at = 0): boolean {
    if (this.hasHash(hash, at)) return false;
    const words = this.#words;
    const place = ((hash[at] as number) & this.#mask) * PLACE_WORDS;
    const next = words[place] as number;
    const slot = place + SLOT_WORDS + next;
    words[slot] = hash[at + 1] as number;
    words[slot + 1] = hash[at + 2] as number;
    words[place] = (next + SLOT_WORDS) % (PLACE_WORDS - SLOT_WORDS);
    return true;
  }
}
