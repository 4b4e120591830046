/**
 * Loaded into the program before its own code: tells the parent, whenever asked, what the process has used so far. Keeps
 * the process neither alive nor longer than its parent.
 */
import { readPeakBytes } from './peak-memory.js';

export interface Usage {
  readonly cpuMs: number;
  readonly peakBytes: number;
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, peakBytes: readPeakBytes() } satisfies Usage);
});
process.on('disconnect', () => process.exit());
process.channel?.unref();
