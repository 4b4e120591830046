/** How a loss is reported: which records AWS dropped unread, and how to get them back. */
import { toEventTimes } from './plan-gaps.js';

export interface LossTimes {
  readonly shardId: string;
  /** Undefined if nothing was acked before. */
  readonly fromMs: number | undefined;
  readonly toMs: number;
}

export function describeLoss(
  { shardId, fromMs, toMs }: LossTimes,
  what: string,
  { healGaps, logGroups }: { readonly healGaps: boolean; readonly logGroups: readonly string[] },
): string {
  const since = fromMs === undefined ? 'an unknown time' : formatTime(fromMs);
  const lost = `Shard "${shardId}": ${what}, of what it took between ${since} and ${formatTime(toMs)}`;
  const advice = 'raise the retention of the stream above the longest outage';
  if (healGaps && fromMs !== undefined) {
    return `${lost}; it is being fetched from CloudWatch Logs (input.healGaps), and ${advice}`;
  }
  const times = toEventTimes({ fromMs: fromMs ?? toMs, toMs });
  const from = fromMs === undefined ? 'TIME' : formatTime(times.fromMs);
  const commands = (logGroups.length > 0 ? logGroups : ['GROUP']).map(
    (logGroup) => `npx kinesis-snare backfill --log-group ${logGroup} --from ${from} --to ${formatTime(times.toMs)}`,
  );
  return `${lost}; fetch it from CloudWatch Logs with: ${commands.join(' ; ')} - and ${advice}`;
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
