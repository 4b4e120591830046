/** Formats a log of the host app as a line. */
import { hostname } from 'node:os';
import type { Clock } from '../clock.js';
import type { LineFormatter } from '../line-format.js';
import { type HostInfo, toHostRow } from '../snare/host-row.js';

export type { HostInfo } from '../snare/host-row.js';

/** Never throws because of the info, whatever it contains. */
export function formatHostLine(info: HostInfo, formatLine: LineFormatter, clock: Clock): string {
  const atMs = clock.now();
  const row = toHostRow(info, { atMs, offsetMinutes: clock.offsetMinutes(atMs) }, hostname());
  return formatLine(row, String(row.MESSAGE));
}
