/** The JSON of times, ranges and positions in files. */
import { z } from 'zod';

/** The range of a Date. */
export const time = z.number().min(0).max(8.64e15);

export const rangeState = z.object({
  position: z.discriminatedUnion('type', [
    z.object({ type: z.literal('at'), atMs: time, startMs: time, token: z.string().optional() }),
    z.object({ type: z.literal('end') }),
  ]),
  events: z.int().min(0),
});
