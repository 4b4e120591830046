/**
 * The pace of FilterLogEvents. AWS grants an account five requests a second in a region; all users share them, and the quota
 * cannot be raised. This program uses at most two thirds, so that a person who searches the logs meanwhile is not throttled.
 * https://repost.aws/knowledge-center/cloudwatch-logs-throttling
 */
import type { AwsErrorKind } from '../aws/error.js';
import type { BackoffLimits } from '../backoff.js';
import type { Clock } from '../clock.js';

/** Time between the starts of two requests. */
const intervalMs = 300;

const throttledLimits = { baseMs: 1_000, maxMs: 30_000 };
const otherLimits = { baseMs: 500, maxMs: 30_000 };

export function backoffAfter(kind: AwsErrorKind): BackoffLimits {
  return kind === 'throttled' ? throttledLimits : otherLimits;
}

/** Shared by all readers in one process. */
export class Pace {
  readonly #clock: Clock;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the next request may begin, or when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonic();
    const atMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = atMs + intervalMs;
    if (atMs > nowMs) await this.#clock.sleep(atMs - nowMs, signal);
  }
}
