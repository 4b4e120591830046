/** Compares the metrics of a running process with its own numbers. */
import { askStatus } from '../../plugin/commands/status/ask-status.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { differingCounters } from '../plugin/monitor/counters.js';

const attempts = 100;

/** The counters that differ. Calls to AWS continue meanwhile, so it asks until both answers are of the same moment. */
export async function findDifferingCounters(manifest: string): Promise<readonly string[]> {
  const { settings } = loadSettings(manifest);
  let differing: readonly string[] = ['there was no answer'];
  for (let attempt = 0; attempt < attempts && differing.length > 0; attempt++) {
    const { stats, pageUrl } = await askStatus(settings, manifest);
    const response = await fetch(new URL('/metrics', pageUrl));
    differing = differingCounters(await response.text(), stats);
  }
  return differing;
}
