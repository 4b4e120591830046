/**
 * Loaded into the program before its own code. On request, it sends the resource usage of the process so far to the parent. It
 * does not keep the process alive, and it ends the process together with the parent.
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
