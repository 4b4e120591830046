/**
 * What to fetch for a loss, as a pure decision on the loss and the known gaps. If the program was down, all shards lose about
 * the same time range, and CloudWatch Logs does not know shards. So each time range is fetched only once.
 */
import type { Gap } from './gap-file.js';

export interface Loss {
  readonly shardId: string;
  /** Records that Kinesis received between these times, in milliseconds since 1970, may be lost. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A flow log is written up to this long after the start of its flow, which is the time of its event. */
const lateMs = 30 * 60_000;
/** Allows for the clocks of AWS, the delay between the services, and shards that are checked one after the other. */
const slackMs = 60_000;

/** The range of event times that a backfill of the loss has to fetch. */
export function toEventTimes({ fromMs, toMs }: Omit<Loss, 'shardId'>): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  return { fromMs: Math.max(0, fromMs - lateMs), toMs: toMs + slackMs };
}

/** @returns the known gaps, with the shard added to those that cover a part of its loss, then new gaps for the rest */
export function planGaps(known: readonly Gap[], { shardId, fromMs, toMs }: Loss): readonly Gap[] {
  // Events that CloudWatch Logs received after the end also reached the stream after it, so they can still be read.
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

/** The parts of `part` that the gap does not cover: before it, after it, both or none. */
function cutOut(part: Gap, gap: Gap): readonly Gap[] {
  const rest: Gap[] = [];
  if (part.fromMs < gap.fromMs - slackMs) {
    // The gap fetches every event from its own start on, whenever CloudWatch Logs received it.
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
