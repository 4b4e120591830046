/** How much of a shard is read at a time, in records and in memory, and how often: pure decisions on the passed-in time. */
import type { AwsErrorKind } from '../aws/error.js';
import type { BackoffLimits } from '../backoff.js';

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

/** The part of the memory for records that is divided among the shards, for each to have alone. */
export function sharesOf(maxReadBytes: number): number {
  return Math.floor(maxReadBytes / 8);
}

/** More than a small response, so that a shard at its tip needs no more. */
const mostShareBytes = 256 * 1024;

export function shareBytes(maxReadBytes: number, shards: number): number {
  return Math.min(mostShareBytes, Math.floor(sharesOf(maxReadBytes) / Math.max(1, shards)));
}

/** A response that takes longer than this is asked for in smaller pieces. */
const slowMs = 10_000;

/**
 * The limit of one shard. It doubles while the shard falls behind although every response is full: others that read the
 * stream may leave it few of its five reads a second. It halves while responses come slowly or are given up for it, so that
 * a slow connection still gets whole responses, and each of them holds little memory for a short time.
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
    this.#asked = Math.max(1, Math.min(mostRecords, Math.floor(this.#planned() * this.#factor)));
    return this.#asked;
  }

  /** What that read gave, and how long its response took to arrive. */
  gave(records: number, millisBehindLatest: number, tookMs: number): void {
    if (tookMs > slowMs) this.slow();
    else if (this.#factor < 1) this.#factor *= 2;
    else if (records < this.#asked) this.#factor = 1;
    else if (millisBehindLatest > this.#behindMs && this.#asked < mostRecords) this.#factor *= 2;
    this.#behindMs = millisBehindLatest;
  }

  /** The response to that read was too slow or too large to be taken. */
  slow(): void {
    if (this.#asked > 1) this.#factor /= 2;
  }
}

const msPerRead = 1000 / 5;
const bytesPerMs = (2 * 1024 * 1024) / 1000;

/**
 * What AWS lets readers take from one shard: five reads a second, and 2 MB a second, where a response of 10 MB lets no other
 * read through for five seconds
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html). Keeping to it here costs less than being
 * refused there.
 */
export class ReadBudget {
  #nextReadMs = Number.NEGATIVE_INFINITY;

  /** Milliseconds to wait before the next read; 0 when it may start now. */
  delayMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.#nextReadMs - nowMs));
  }

  /** A read was started. */
  recordRead(nowMs: number): void {
    this.#nextReadMs = Math.max(this.#nextReadMs, nowMs + msPerRead);
  }

  /** A response came with so many bytes; the next read waits until they are paid off. */
  recordBytes(bytes: number, nowMs: number): void {
    this.#nextReadMs = Math.max(this.#nextReadMs, nowMs + bytes / bytesPerMs);
  }
}

/** The first pause at the tip of a shard; it doubles with every empty read. */
const firstIdleMs = 250;

/**
 * @param emptyReads reads in a row that found the shard at its tip with no record
 * @returns milliseconds; 0 while there is more to read, since the budget alone then sets the pace
 */
export function idlePauseMs(emptyReads: number, maxIdleMs: number): number {
  return emptyReads === 0 ? 0 : Math.min(maxIdleMs, firstIdleMs * 2 ** (emptyReads - 1));
}

const limitsByKind: Readonly<Partial<Record<AwsErrorKind, BackoffLimits>>> = {
  throttled: { baseMs: 250, maxMs: 5_000 },
  // Rights and keys come back when a person acts; asking often helps nobody.
  refused: { baseMs: 5_000, maxMs: 60_000 },
  'no-credentials': { baseMs: 5_000, maxMs: 60_000 },
  'not-found': { baseMs: 10_000, maxMs: 60_000 },
};
const otherLimits: BackoffLimits = { baseMs: 1_000, maxMs: 30_000 };

export function backoffAfter(kind: AwsErrorKind): BackoffLimits {
  return limitsByKind[kind] ?? otherLimits;
}
