/** The layouts of a line, and the function that turns a row into a line. */
import type { SnareRow } from './snare-row.js';

/**
 * - `snare`: system, table, criticality and the row as JSON, with tabs between; the SNARE V2 envelope
 * - `snare-tab`: the same header, then each column of the row's table; SNAREDATAMAP as JSON
 * - `raw`: the same header, then the original message
 * - `syslog`: RFC 5424 with the row as JSON
 * - `json`: the row as JSON
 */
export type LineFormat = 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json';

/** `lf`: a line feed after the line. `octet-counting`: its length in bytes and a space before it, RFC 6587. */
export type LineFraming = 'lf' | 'octet-counting';

/** @param message the original message, which `raw` sends unchanged except for control characters */
export type LineFormatter = (row: SnareRow, message: string) => string;
