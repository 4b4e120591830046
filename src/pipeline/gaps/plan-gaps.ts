/**
 * What to fetch for a loss, as a pure decision on the loss and the gaps that are known. All shards lose much the same time
 * when the program was down, and CloudWatch Logs does not know shards: so what one of them has lost is fetched once.
 */
import type { Gap } from './gap-file.js';

export interface Loss {
  readonly shardId: string;
  /** What Kinesis took between these times, in milliseconds since 1970, may be lost. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A flow log is written up to this long after the start of its flow, which is the time of its event. */
const lateMs = 30 * 60_000;
/** The clocks of AWS, the time from one service to the other, and shards that are looked at one after the other. */
const slackMs = 60_000;

/** The times of events that a backfill of the loss needs. */
export function toEventTimes({ fromMs, toMs }: Omit<Loss, 'shardId'>): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  return { fromMs: Math.max(0, fromMs - lateMs), toMs: toMs + slackMs };
}

/** @returns the known gaps, with the shard on those that cover a part of its loss, and then gaps for what is not covered */
export function planGaps(known: readonly Gap[], { shardId, fromMs, toMs }: Loss): readonly Gap[] {
  // What CloudWatch Logs took after the end reached the stream after it too, and is there to be read.
  const range = { ...toEventTimes({ fromMs, toMs }), ingestedToMs: toMs + slackMs };
  let parts: readonly Gap[] = [{ shardIds: [shardId], fromMs, toMs, range, groups: {}, isHealed: false }];
  const gaps = known.map((gap) => {
    if (!isTouched(gap, { fromMs, toMs })) return gap;
    parts = parts.flatMap((part) => (isTouched(gap, part) ? cutOut(part, gap) : [part]));
    return { ...gap, shardIds: [...new Set([...gap.shardIds, shardId])] };
  });
  return [...gaps, ...parts];
}

function isTouched(gap: Gap, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): boolean {
  return fromMs < gap.toMs && toMs > gap.fromMs;
}

/** What of the part is outside of the gap: before it, after it, both or nothing. */
function cutOut(part: Gap, gap: Gap): readonly Gap[] {
  const rest: Gap[] = [];
  if (part.fromMs < gap.fromMs - slackMs) {
    // The gap fetches every event from its own start on, whenever CloudWatch Logs took it.
    const range = { ...part.range, toMs: Math.min(part.range.toMs, gap.range.fromMs) };
    rest.push({ ...part, toMs: gap.fromMs, range });
  }
  if (part.toMs > gap.toMs + slackMs) {
    const { fromMs } = toEventTimes({ fromMs: gap.toMs, toMs: part.toMs });
    const range = { ...part.range, fromMs, ingestedFromMs: gap.range.ingestedToMs ?? gap.toMs };
    rest.push({ ...part, fromMs: gap.toMs, range });
  }
  return rest;
}
