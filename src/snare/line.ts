/** Formats a row as one line of text. No log can make it more than one line: see src/escape.ts. */
import { formatJson, formatText } from '../escape.js';
import type { LineFormat, LineFormatter, LineFraming } from '../line-format.js';
import type { SnareRow } from '../snare-row.js';
import { NO_VALUE } from './time.js';

export interface LineOptions {
  readonly format: LineFormat;
  /** Default: `lf`. */
  readonly framing?: LineFraming | undefined;
  /** First field of the header. Default: the row's SYSTEM. */
  readonly system?: string | undefined;
  /** HOSTNAME of a syslog line. Characters that RFC 5424 does not allow become `-`. Default: `-`, no name. */
  readonly hostname?: string | undefined;
  /** Criticality of every line, 0 to 4. Default: by level for host logs, 0 for logs of AWS. */
  readonly criticality?: number | undefined;
}

/** The formatter returns one framed line. Its only control characters are the tabs of the header and the final line feed. */
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
      return (row) => formatHeader(row) + joinFields(row);
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

function joinFields(row: SnareRow): string {
  let fields = '';
  for (const value of Object.values(row)) fields += fields === '' ? formatField(value) : `\t${formatField(value)}`;
  return fields;
}

/** Never empty: a reader may treat several tabs as one, and would then shift the fields that follow. */
function formatField(value: SnareRow[string]): string {
  return (typeof value === 'string' ? formatText(value) : formatJson(value)) || NO_VALUE;
}

/**
 * On Snare's scale: 0 clear, 1 information, 2 warning, 3 priority, 4 critical. A host log is rated by its level. A log of AWS
 * has no level, and is 0.
 */
function toCriticality(row: SnareRow): number {
  const level = row.LEVEL;
  return typeof level === 'string' ? (BY_LEVEL.get(level.toLowerCase()) ?? 0) : 0;
}

// Winston's npm and syslog levels.
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
 * An RFC 5424 message. MSG is JSON in UTF-8 without a byte order mark, as the RFC allows.
 *
 * @param criticality Snare's, 0 to 4
 * @param hostname from `toHostname`
 * @param msg text without line breaks
 */
function formatSyslog(row: SnareRow, criticality: number, hostname: string, msg: string): string {
  const priority = FACILITY_LOCAL0 * 8 + (SEVERITIES[criticality] ?? INFORMATIONAL);
  // PROCID and STRUCTURED-DATA are nil (`-`). DATETIME is an RFC 5424 timestamp or `-`, which also means nil.
  return `<${priority}>1 ${row.DATETIME} ${hostname} ${APP_NAME} - ${row.TABLE} - ${msg}`;
}

/** HOSTNAME in RFC 5424: 1 to 255 visible ASCII characters. Others become `-`; an empty name is `-`. */
function toHostname(name: string): string {
  return name.replace(/[^\x21-\x7e]+/g, '-').slice(0, 255) || '-';
}

const APP_NAME = 'kinesis-snare';
const FACILITY_LOCAL0 = 16;
const INFORMATIONAL = 6;
/** By criticality, 0 to 4: informational, informational, warning, error, critical. */
const SEVERITIES: readonly number[] = [INFORMATIONAL, INFORMATIONAL, 4, 3, 2];
