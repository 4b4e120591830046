/** How long to wait before the next read of a shard, as pure decisions on what the last read gave. */
import { type BackoffLimits, backoffMs } from '../backoff.js';
import type { KinesisErrorKind } from './kinesis-error.js';

/** The first pause at the tip of a shard; it doubles with every empty read. */
const firstIdleMs = 250;

/**
 * @param emptyReads reads in a row that found the shard at its tip with no record
 * @returns milliseconds; 0 while there is more to read, since the budget alone then sets the pace
 */
export function idlePauseMs(emptyReads: number, maxIdleMs: number): number {
  return emptyReads === 0 ? 0 : Math.min(maxIdleMs, firstIdleMs * 2 ** (emptyReads - 1));
}

const limitsByKind: Readonly<Partial<Record<KinesisErrorKind, BackoffLimits>>> = {
  throttled: { baseMs: 250, maxMs: 5_000 },
  // Rights and keys come back when a person acts; asking often helps nobody.
  refused: { baseMs: 5_000, maxMs: 60_000 },
  'no-credentials': { baseMs: 5_000, maxMs: 60_000 },
  'not-found': { baseMs: 10_000, maxMs: 60_000 },
};
const otherLimits: BackoffLimits = { baseMs: 1_000, maxMs: 30_000 };

/** @param attempt failures in a row, from 1 */
export function faultPauseMs(kind: KinesisErrorKind, attempt: number, random: number): number {
  return backoffMs(attempt, limitsByKind[kind] ?? otherLimits, random);
}
