/**
 * A row as one line of text, in the format and the framing that a receiver reads. Whatever the log says, it stays one
 * line: see src/escape.ts.
 */
import { formatJson, formatText } from '../escape.js';
import type { LineFormat, LineFormatter, LineFraming } from '../line-format.js';
import type { SnareRow } from '../snare-row.js';
import { NO_VALUE } from './time.js';

export interface LineOptions {
  readonly format: LineFormat;
  /** Default: `lf`. */
  readonly framing?: LineFraming | undefined;
  /** The first field of Snare's header. Default: the row's SYSTEM. */
  readonly system?: string | undefined;
  /** HOSTNAME of syslog; what RFC 5424 does not allow in it becomes `-`. Default: `-`, none. */
  readonly hostname?: string | undefined;
  /** Of every line, 0 to 4. Default: by level for logs of the host app, 0 for logs of AWS. */
  readonly criticality?: number | undefined;
}

/** The formatter gives one line with its framing, which has no control character but the line feed at its end. */
export function createLineFormatter(options: LineOptions): LineFormatter {
  const formatLine = createBody(options);
  return options.framing === 'octet-counting'
    ? (row, message) => countOctets(formatLine(row, message))
    : (row, message) => `${formatLine(row, message)}\n`;
}

function countOctets(line: string): string {
  return `${Buffer.byteLength(line)} ${line}`;
}

function createBody({ format, system, hostname = '', criticality }: LineOptions): LineFormatter {
  const criticalityOf = (row: SnareRow) => criticality ?? toCriticality(row);
  const formatHeader = (row: SnareRow) =>
    `${formatField(system ?? row.SYSTEM)}\t${formatField(row.TABLE)}\t${criticalityOf(row)}\t`;
  switch (format) {
    case 'snare':
      return (row) => formatHeader(row) + formatJson(row);
    case 'snare-tab':
      return (row) => formatHeader(row) + Object.values(row).map(formatField).join('\t');
    case 'raw':
      return (row, message) => formatHeader(row) + formatText(message);
    case 'syslog': {
      const host = toHostname(hostname);
      return (row) => formatSyslog(row, criticalityOf(row), host, formatJson(row));
    }
    case 'json':
      return formatJson;
  }
}

/** Readers may take several tabs for one, so that an empty field would move all after it. */
function formatField(value: SnareRow[string]): string {
  return (typeof value === 'string' ? formatText(value) : formatJson(value)) || NO_VALUE;
}

/**
 * How urgent a line is, on Snare's scale: 0 clear, 1 information, 2 warning, 3 priority, 4 critical. By level for a log of the
 * host app; 0 for every log of AWS, which has no level.
 */
function toCriticality(row: SnareRow): number {
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

/**
 * A message of RFC 5424. The MSG is JSON in UTF-8 without a byte order mark, which the RFC allows.
 *
 * @param criticality of Snare, 0 to 4
 * @param hostname as `toHostname` gives it
 * @param msg text without line ends
 */
function formatSyslog(row: SnareRow, criticality: number, hostname: string, msg: string): string {
  const priority = FACILITY_LOCAL0 * 8 + (SEVERITIES[criticality] ?? INFORMATIONAL);
  // STRUCTURED-DATA and PROCID are nil; DATETIME is an RFC 5424 timestamp, or the same sign for nil.
  return `<${priority}>1 ${row.DATETIME} ${hostname} ${APP_NAME} - ${row.TABLE} - ${msg}`;
}

/** RFC 5424's HOSTNAME: 1 to 255 visible ASCII characters, others as `-`; `-` when there is none. */
function toHostname(name: string): string {
  return name.replace(/[^\x21-\x7e]+/g, '-').slice(0, 255) || '-';
}

const APP_NAME = 'kinesis-snare';
const FACILITY_LOCAL0 = 16;
const INFORMATIONAL = 6;
/** By criticality: informational, informational, warning, error, critical. */
const SEVERITIES: readonly number[] = [INFORMATIONAL, INFORMATIONAL, 4, 3, 2];
