/** The most memory this process ever had, in bytes. */
import { readFileSync } from 'node:fs';

/** What `getrusage` tells begins with the parent's memory on Linux, so there the kernel is asked for this process alone. */
export function readPeakBytes(): number {
  const kib = process.platform === 'linux' && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return 1024 * (kib ? Number(kib[1]) : process.resourceUsage().maxRSS);
}
