/** The JSON of times, ranges and positions in files. */
import { z } from 'zod';
import { batchShape, formatBatch, parseBatch } from './ledger-batch.js';
import type { RangeState } from './range-progress.js';

/** The range of a Date. */
export const time = z.number().min(0).max(8.64e15);

export const rangeState = z.object({
  position: z.discriminatedUnion('type', [
    z.object({ type: z.literal('at'), atMs: time, startMs: time, token: z.string().optional() }),
    z.object({ type: z.literal('end') }),
  ]),
  events: z.int().min(0),
  // The position is worth more than counts.
  batch: batchShape.optional().catch(undefined),
});

export function formatRangeState({ position, events, batch }: RangeState): z.input<typeof rangeState> {
  return { position: position as z.input<typeof rangeState>['position'], events, batch: batch && formatBatch(batch) };
}

export function parseRangeState({ position, events, batch }: z.output<typeof rangeState>): RangeState {
  return { position: position as RangeState['position'], events, ...(batch && { batch: parseBatch(batch) }) };
}
