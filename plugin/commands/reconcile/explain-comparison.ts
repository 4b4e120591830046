/** What a person has to know to read the result of `reconcile`. */

import type { WholeLedger } from '../../../src/checkpoint/read-ledger.js';
import type { ShardCheckpoint } from '../../../src/checkpoint/store.js';
import { hourMs } from '../../../src/tally.js';
import { quoteWord } from '../../terminal-text.js';
import { count } from '../count.js';
import type { Log } from '../diagnostics.js';
import { formatTime } from '../format-backfill.js';
import type { Comparison } from './compare-hours.js';
import { sumOf } from './format-comparison.js';

export interface Circumstances {
  readonly manifest: string;
  readonly ledger: WholeLedger;
  readonly shards: Iterable<ShardCheckpoint>;
}

/** Flow logs can reach CloudWatch Logs this long after the start of the flow, and the stream after that. */
export const lateMs = 20 * 60_000;

export function explainComparison(
  { hours, filters }: Comparison,
  { manifest, ledger: { counts, sinceMs }, shards }: Circumstances,
  log: Log,
): void {
  const { existing, missing, surplus, deadLettered } = sumOf(hours);
  if (filters.length > 1) {
    log(
      'info',
      `${filters.length} subscription filters sent copies (${filters.join('; ')}); of each hour the one that sent the most is compared`,
    );
  }
  if (deadLettered > 0) {
    const command = `npx kinesis-snare replay --manifest ${quoteWord(manifest)}`;
    log(
      'warn',
      `${count(deadLettered, 'log event')} ${areOrIs(deadLettered)} in the dead-letter file; send with: ${command}`,
    );
  }
  if (surplus > 0) {
    const exceeding = hours.filter((hour) => hour.surplus > 0);
    log(
      'warn',
      `The ledger has ${count(surplus, 'log event')} more than CloudWatch Logs in ${count(exceeding.length, 'hour')}, where as many may be missing: a "checkpoint reset" or a backfill sends log events again, and CloudWatch Logs delivers some twice and removes those beyond its retention`,
    );
  }
  const others = hours.reduce((sum, { fromMs }) => sum + (counts.other.get(fromMs / hourMs)?.events ?? 0), 0);
  if (others > 0)
    log('warn', `The ledger was full: ${count(others, 'log event')} of these hours are not counted by log group`);
  if (missing === 0) {
    const all = surplus > 0 ? 'as far as the numbers show, none is missing' : 'all are accounted for';
    log('info', `${count(existing, 'log event')} in CloudWatch Logs, and ${all}`);
    return;
  }
  const lacking = hours.filter((hour) => hour.missing > 0);
  log('error', `${count(missing, 'log event')} ${areOrIs(missing)} missing in ${count(lacking.length, 'hour')}`);
  if (sinceMs !== undefined && lacking.some(({ fromMs }) => fromMs <= sinceMs))
    log('warn', `The ledger counts from ${formatTime(sinceMs)} on; what was sent before is shown as missing`);
  const readMs = findReadTime(shards);
  if (readMs !== undefined && lacking.some(({ fromMs }) => fromMs + hourMs > readMs - lateMs))
    log(
      'warn',
      `The stream is read and confirmed up to ${formatTime(readMs)}; later log events are not in the ledger yet, and arrive without a backfill`,
    );
  log('info', 'A backfill sends the whole hour, so rows that were delivered before are duplicated');
}

/** Everything that Kinesis received before is confirmed; undefined if that is not known of a shard. */
function findReadTime(shards: Iterable<ShardCheckpoint>): number | undefined {
  const open = [...shards].filter(({ position }) => position.type !== 'end');
  const times = open.map(({ caughtUpMs = 0, arrivalMs = 0 }) => Math.max(caughtUpMs, arrivalMs));
  return times.length === 0 || times.includes(0) ? undefined : Math.min(...times);
}

function areOrIs(number: number): string {
  return number === 1 ? 'is' : 'are';
}
