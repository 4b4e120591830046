/**
 * A row as a syslog message of RFC 5424. The MSG is JSON in UTF-8 without a byte order mark, which the RFC allows.
 */
import type { SnareRow } from '../snare-row.js';

/** @param criticality of Snare, 0 to 4 @param hostname as `toHostname` gives it @param msg text without line ends */
export function formatSyslog(row: SnareRow, criticality: number, hostname: string, msg: string): string {
  const priority = FACILITY_LOCAL0 * 8 + (SEVERITIES[criticality] ?? INFORMATIONAL);
  // STRUCTURED-DATA and PROCID are nil; DATETIME is an RFC 5424 timestamp, or the same sign for nil.
  return `<${priority}>1 ${row.DATETIME} ${hostname} ${APP_NAME} - ${row.TABLE} - ${msg}`;
}

/** RFC 5424's HOSTNAME: 1 to 255 visible ASCII characters, others as `-`; `-` when there is none. */
export function toHostname(name: string): string {
  return name.replace(/[^\x21-\x7e]+/g, '-').slice(0, 255) || '-';
}

const APP_NAME = 'kinesis-snare';
const FACILITY_LOCAL0 = 16;
const INFORMATIONAL = 6;
/** By criticality: informational, informational, warning, error, critical. */
const SEVERITIES: readonly number[] = [INFORMATIONAL, INFORMATIONAL, 4, 3, 2];
