/**
 * A row as one line of text, in the format and the framing that a receiver reads. Whatever the log says, it stays one
 * line: see src/escape.ts.
 */

import { formatJson, formatText } from '../escape.js';
import type { LineFormat, LineFormatter, LineFraming } from '../line-format.js';
import type { SnareRow } from '../snare-row.js';
import { toCriticality } from './criticality.js';
import { formatSyslog, toHostname } from './syslog.js';
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
