/**
 * A keyed hash of short texts that costs little in JavaScript: four lanes of 32 bits take eight bytes at a time, each multiplied
 * by a secret factor and mixed with the other lanes.
 */

/** Words in a hash. The last one is never zero. */
export const HASH_WORDS = 3;

export class IdMixer {
  readonly #key: Key;
  readonly #mixed = new Int32Array(HASH_WORDS);
  readonly #lanes = new Int32Array(4);
  /** The last source, hashed. Many ids in a row share it, and it is often longer than they are. */
  #source = '';
  readonly #sourceLanes = new Int32Array(4);

  /** @param seed three words */
  constructor(seed: Uint32Array) {
    const [first = 0, second = 0, third = 0] = seed;
    this.#key = {
      start: Int32Array.of(0, first, second, third),
      // Odd, so that a lane loses nothing.
      factors: Int32Array.of(
        spread(first ^ third) | 1,
        spread(first + FACTOR) | 1,
        spread(second + FACTOR) | 1,
        spread(third + FACTOR) | 1,
      ),
    };
    this.#mixSource('');
  }

  /** Returns the same array each time. */
  mix(source: string, id: string): Int32Array {
    // A character takes at most three bytes of UTF-8.
    if (id.length * 3 <= scratch.length) return this.mixBytes(source, scratchView, 0, scratch.write(id));
    const bytes = Buffer.from(id);
    return this.mixBytes(source, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  }

  mixBytes(source: string, view: DataView, from: number, to: number): Int32Array {
    if (source !== this.#source) this.#mixSource(source);
    const lanes = this.#lanes;
    mixInto(lanes, this.#sourceLanes, this.#key.factors, view, from, to);
    const mixed = this.#mixed;
    const last = spread(lanes[3] as number);
    const first = spread((lanes[0] as number) ^ last);
    const second = spread((lanes[1] as number) ^ first);
    mixed[0] = first;
    mixed[1] = second;
    mixed[2] = spread((lanes[2] as number) ^ second ^ last) || 1;
    return mixed;
  }

  #mixSource(source: string): void {
    const bytes = Buffer.from(source);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    mixInto(this.#sourceLanes, this.#key.start, this.#key.factors, view, 0, bytes.length);
    this.#source = source;
  }
}

interface Key {
  readonly start: Int32Array;
  readonly factors: Int32Array;
}

const FACTOR = 0x9e3779b1;

function mixInto(
  mixed: Int32Array,
  lanes: Int32Array,
  factors: Int32Array,
  view: DataView,
  from: number,
  to: number,
): void {
  const factorA = factors[0] as number;
  const factorB = factors[1] as number;
  const factorC = factors[2] as number;
  const factorD = factors[3] as number;
  let a = lanes[0] as number;
  let b = lanes[1] as number;
  let c = lanes[2] as number;
  let d = lanes[3] as number;
  let at = from;
  for (const last = to - 8; at <= last; at += 8) {
    const first = view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    a = Math.imul(b ^ first, factorA) ^ (d >>> 15);
    b = Math.imul(c ^ second, factorB) ^ (a >>> 13);
    c = Math.imul(d ^ first, factorC) ^ (b >>> 16);
    d = Math.imul(a ^ second, factorD) ^ (c >>> 14);
  }
  // The bytes that are left, and the length, which distinguishes "ab" + "c" from "a" + "bc".
  a = Math.imul(b ^ readRest(view, at, Math.min(at + 4, to)), factorA) ^ (d >>> 15);
  b = Math.imul(c ^ readRest(view, at + 4, to), factorB) ^ (a >>> 13);
  mixed[0] = a;
  mixed[1] = b;
  mixed[2] = Math.imul(d ^ (to - from), factorC) ^ (b >>> 16);
  mixed[3] = Math.imul(a ^ c, factorD);
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
  return result ^ (result >>> 16);
}

/**
 * Buffer for the UTF-8 of an id while it is hashed; a longer one gets memory of its own. With a flow log it has some 250 bytes.
 */
const scratch = Buffer.alloc(4096);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);
