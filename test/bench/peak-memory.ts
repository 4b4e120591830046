/** The peak memory of this process, in bytes. */
import { readFileSync } from 'node:fs';

/** On Linux, the value of `getrusage` includes the parent's memory, so the kernel's value for this process is read there. */
export function readPeakBytes(): number {
  const kib = process.platform === 'linux' && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return 1024 * (kib ? Number(kib[1]) : process.resourceUsage().maxRSS);
}
