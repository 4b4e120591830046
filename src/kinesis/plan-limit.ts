/** How many records to ask for in one read of a shard, as pure decisions. */

/**
 * Records that may wait to be taken, of all shards together. Small records take up more memory as objects than as bytes,
 * and those that wait for long outlive the garbage collector's quick rounds. Five reads a second let out far more than a
 * program can take.
 */
const recordsOfAll = 6_000;
/** A shard takes in no more than 1,000 records a second, of which five reads a second of so many are still more. */
const leastRecords = 250;
/** Five reads a second of so many are more than the two MB a second of a shard hold of the smallest records of CloudWatch Logs. */
const mostRecords = 2_000;

/** @param shards how many are read */
export function recordLimit(shards: number): number {
  return Math.min(mostRecords, Math.max(leastRecords, Math.floor(recordsOfAll / Math.max(1, shards))));
}

/**
 * The limit of one shard, which doubles while the shard falls behind although every reply is full: others that read the
 * stream may leave it few of its five reads a second.
 */
export class ShardLimit {
  readonly #planned: () => number;
  #factor = 1;
  #asked = 0;
  #behindMs = Number.POSITIVE_INFINITY;

  /** @param planned asked before each read */
  constructor(planned: () => number) {
    this.#planned = planned;
  }

  /** For the next read. */
  next(): number {
    this.#asked = Math.min(mostRecords, this.#planned() * this.#factor);
    return this.#asked;
  }

  /** What that read gave. */
  gave(records: number, millisBehindLatest: number): void {
    if (records < this.#asked) this.#factor = 1;
    else if (millisBehindLatest > this.#behindMs && this.#asked < mostRecords) this.#factor *= 2;
    this.#behindMs = millisBehindLatest;
  }
}
