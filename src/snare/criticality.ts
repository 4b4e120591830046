/**
 * How urgent a line is, on Snare's scale: 0 clear, 1 information, 2 warning, 3 priority, 4 critical.
 */
import type { SnareRow } from '../snare-row.js';

/** By level for a log of the host app; 0 for every log of AWS, which has no level. */
export function toCriticality(row: SnareRow): number {
  const level = row.LEVEL;
  return typeof level === 'string' ? (BY_LEVEL.get(level.toLowerCase()) ?? 0) : 0;
}

// The names of Winston's npm and syslog levels.
const BY_LEVEL: ReadonlyMap<string, number> = new Map([
  ['emerg', 4],
  ['alert', 4],
  ['crit', 4],
  ['error', 3],
  ['warn', 2],
  ['warning', 2],
  ['notice', 1],
  ['info', 1],
]);
