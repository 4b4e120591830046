/** How much of a shard is read at a time, in records and in memory, and how often: pure decisions at a given time. */
import type { AwsErrorKind } from '../aws/error.js';
import type { BackoffLimits } from '../backoff.js';

/**
 * Records that may wait to be taken, over all shards. Small records take more memory as objects than as bytes, and those that
 * wait long outlive V8's quick garbage collection. Even so, five reads a second return far more than a program can process.
 */
const recordsOfAll = 6_000;
/** A shard receives at most 1,000 records a second; one that falls behind with five reads of this size a second gets larger ones. */
const leastRecords = 150;
/** Five reads a second of this size cover the shard's 2 MB a second even with the smallest records of CloudWatch Logs. */
const mostRecords = 2_000;

/** @param shards the number of shards that are read */
export function recordLimit(shards: number): number {
  return Math.min(mostRecords, Math.max(leastRecords, Math.floor(recordsOfAll / Math.max(1, shards))));
}

/** The part of the memory for records that is divided among the shards, as a reserved share for each. */
export function sharesOf(maxReadBytes: number): number {
  return Math.floor(maxReadBytes / 8);
}

/** More than a small response, so that a shard at its tip requires no more. */
const mostShareBytes = 256 * 1024;

export function shareBytes(maxReadBytes: number, shards: number): number {
  return Math.min(mostShareBytes, Math.floor(sharesOf(maxReadBytes) / Math.max(1, shards)));
}

/** If a response takes longer than this, the next request is smaller. */
const slowMs = 10_000;

/**
 * The record limit of one shard. It doubles while the shard falls behind although every response is full, since other readers
 * of the stream may leave it few of its five reads a second. It halves while responses are slow or dropped, so that a slow
 * connection still gets complete responses, each of which holds little memory for a short time.
 */
export class ShardLimit {
  readonly #planned: () => number;
  #factor = 1;
  #asked = 0;
  #behindMs = Number.POSITIVE_INFINITY;

  /** @param planned called before each read */
  constructor(planned: () => number) {
    this.#planned = planned;
  }

  /** The limit for the next read. */
  next(): number {
    this.#asked = Math.max(1, Math.min(mostRecords, Math.floor(this.#planned() * this.#factor)));
    return this.#asked;
  }

  /** The result of that read, and how long its response took to arrive. */
  gave(records: number, millisBehindLatest: number, tookMs: number): void {
    if (tookMs > slowMs) this.slow();
    else if (this.#factor < 1) this.#factor *= 2;
    else if (records < this.#asked) this.#factor = 1;
    else if (millisBehindLatest > this.#behindMs && this.#asked < mostRecords) this.#factor *= 2;
    this.#behindMs = millisBehindLatest;
  }

  /** The response to that read was too slow or too large. */
  slow(): void {
    if (this.#asked > 1) this.#factor /= 2;
  }
}

const msPerRead = 1000 / 5;
const bytesPerMs = (2 * 1024 * 1024) / 1000;

/**
 * The limits of AWS for one shard: five reads and 2 MB a second, so a response of 10 MB blocks all reads for five seconds
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html). Keeping the limits here is cheaper than being
 * throttled.
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

  /** A response of this many bytes arrived; the next read waits until they are within the limit. */
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
  // A person has to restore permissions or keys, so frequent retries do not help.
  refused: { baseMs: 5_000, maxMs: 60_000 },
  'no-credentials': { baseMs: 5_000, maxMs: 60_000 },
  'not-found': { baseMs: 10_000, maxMs: 60_000 },
};
const otherLimits: BackoffLimits = { baseMs: 1_000, maxMs: 30_000 };

export function backoffAfter(kind: AwsErrorKind): BackoffLimits {
  return limitsByKind[kind] ?? otherLimits;
}
