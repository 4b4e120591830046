/** The counts of all runs with a checkpoint. */
import type { Stats } from './plugin-stats.js';

/** Counts, which may be grouped by names. */
export interface Counts {
  readonly [name: string]: number | Counts;
}

/** The counters of `Stats`; see there. */
export type Totals = Omit<Stats, 'output' | 'leases' | 'shards' | 'faultsByStage' | 'awsCalls'> &
  Pick<Stats['output'], 'delivered' | 'resent'>;

export function totalsOf({
  output,
  leases: _,
  shards: __,
  faultsByStage: ___,
  awsCalls: ____,
  ...counts
}: Stats): Totals {
  return { ...counts, delivered: output.delivered, resent: output.resent };
}

/** The sums, name by name. A name that only one side has keeps its count. */
export function addCounts(left: Counts, right: Counts): Counts {
  const sums: Record<string, number | Counts> = { ...left };
  for (const [name, count] of Object.entries(right)) {
    const known = left[name];
    if (typeof count === 'number') sums[name] = count + (typeof known === 'number' ? known : 0);
    else sums[name] = addCounts(typeof known === 'object' ? known : {}, count);
  }
  return sums;
}

export function areCounts(value: unknown): value is Counts {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((count) =>
    typeof count === 'number' ? Number.isSafeInteger(count) && count >= 0 : areCounts(count),
  );
}
