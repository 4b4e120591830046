/** Compares the metrics of a running process with its own numbers. */
import { isDeepStrictEqual } from 'node:util';
import { askStatus } from '../../plugin/commands/status/ask-status.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import type { Stats } from '../../src/report/plugin-stats.js';
import { differingCounters, expectedCounters } from '../plugin/monitor/counters.js';

const attempts = 100;

export interface Comparison {
  /** The counters that differ. */
  readonly differing: readonly string[];
  readonly stats: Stats;
}

/**
 * Asks for the numbers, the metrics and the numbers again, until both numbers are the same. Counters only grow, so the metrics
 * between them have to be the same too: a difference is never excused by another moment.
 */
export async function compareCounters(manifest: string): Promise<Comparison> {
  const { settings } = loadSettings(manifest);
  let { stats, pageUrl } = await askStatus(settings, manifest);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const response = await fetch(new URL('/metrics', pageUrl));
    const text = await response.text();
    const { stats: after } = await askStatus(settings, manifest);
    if (isDeepStrictEqual(expectedCounters(stats), expectedCounters(after)))
      return { differing: differingCounters(text, stats), stats };
    stats = after;
  }
  return { differing: [`the numbers never stood still in ${attempts} attempts`], stats };
}
