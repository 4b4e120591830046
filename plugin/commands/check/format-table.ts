/**
 * Formats rows as a table that fits a terminal, with the most useful columns that have room. No value in a row can move the
 * cursor or change the direction of the text.
 */
import type { SnareRow } from '../../../src/snare-row.js';
import { toTerminalText } from '../../terminal-text.js';
import { cutText, widthOf } from '../fold-text.js';

/** In display order. The column with the highest rank is dropped first; columns of rank 1 are always shown. */
const columns: readonly (readonly [name: string, heading: string, rank: number])[] = [
  ['DATETIME', 'DATETIME', 2],
  ['INTERFACEID', 'INTERFACE', 6],
  ['SRCADDR', 'SRCADDR', 1],
  ['SRCPORT', 'PORT', 5],
  ['DSTADDR', 'DSTADDR', 1],
  ['DSTPORT', 'PORT', 4],
  ['PROTOCOL', 'PROTO', 7],
  ['PACKETS', 'PACKETS', 9],
  ['BYTES', 'BYTES', 8],
  ['ACTION', 'ACTION', 1],
  ['LOGSTATUS', 'STATUS', 10],
];
const gap = '  ';
/** Width of a cell when there is not enough room for all. The id of an interface is one column shorter. */
const maxCell = 22;
const minCell = 3;

/** One line for the headings, one for each flow log, and one for each message that matches no format. */
export function formatTable(rows: readonly SnareRow[], width: number): readonly string[] {
  const flows = rows.filter(({ TABLE }) => TABLE !== 'AWSGenericLog');
  const others = rows.filter(({ TABLE }) => TABLE === 'AWSGenericLog');
  const lines = others.map(({ SNAREDATAMAP: { reason = '', message = '' } }) => cut(`${reason}: ${message}`, width));
  return [...(flows.length > 0 ? formatFlows(flows, width) : []), ...lines];
}

function formatFlows(rows: readonly SnareRow[], width: number): readonly string[] {
  // Long addresses are cut before columns are dropped.
  const whole = layOut(rows, Number.POSITIVE_INFINITY);
  let shown = widthOfAll(whole) <= width ? whole : layOut(rows, maxCell);
  while (widthOfAll(shown) > width && shown.some(({ rank }) => rank > 1)) {
    const last = shown.reduce((most, column) => (column.rank > most.rank ? column : most));
    shown = shown.filter((column) => column !== last);
  }
  for (let most = maxCell; widthOfAll(shown) > width && most > minCell; most--) {
    shown = layOut(rows, most).filter(({ rank }) => rank === 1);
  }
  return [undefined, ...rows].map((_, index) => {
    const line = shown.map(({ cells, width: wide }) => pad(cells[index] ?? '', wide)).join(gap);
    return cut(line.trimEnd(), width);
  });
}

interface Column {
  readonly rank: number;
  readonly cells: readonly string[];
  readonly width: number;
}

function layOut(rows: readonly SnareRow[], most: number): readonly Column[] {
  return columns.map(([name, heading, rank]) => {
    const cells = [heading, ...rows.map((row) => String(row[name] ?? '-'))].map((cell) => cut(cell, most));
    return { rank, cells, width: Math.max(...cells.map(widthOf)) };
  });
}

function widthOfAll(shown: readonly Column[]): number {
  return shown.reduce((sum, column) => sum + column.width, gap.length * (shown.length - 1));
}

/** Cuts the text to the given width of the terminal. */
export function cut(text: string, width: number): string {
  return cutText(toTerminalText(text), width);
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
