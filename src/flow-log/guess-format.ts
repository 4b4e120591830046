/**
 * Guesses the format of lines that fit none; a person then compares the guess with the flow log's own format in AWS. All values
 * of a column are considered. If several fields are possible, the column gets the first unused one, in the order of AWS' table.
 */
import { isIP } from 'node:net';
import { type FlowLogFormat, toFormat } from '../flow-log-format.js';
import { KNOWN_FORMATS } from './known-formats.js';
import { parseFlowLog } from './parse.js';

export interface FormatGuess {
  readonly format: FlowLogFormat;
  /** How many of the lines it fits. */
  readonly lines: number;
  /** True for an AWS format with all fields up to a version; false for one that was assembled here. */
  readonly isKnown: boolean;
  /** Placeholder names for columns that cannot be identified, such as `field-7`, after their position. */
  readonly madeUp: readonly string[];
}

/** A guess takes time for each pair of columns, and the writer of a log decides their number. AWS' longest format has 54. */
const maxColumns = 64;
const maxLines = 1000;
/** In characters; a longer line is not split. */
const maxLength = 16_384;

/**
 * A guess for the most frequent number of fields among the first thousand lines; undefined if no line looks like a flow log.
 * Lines of more than 64 fields are ignored.
 */
export function guessFormat(all: readonly string[]): FormatGuess | undefined {
  const lines = all.slice(0, maxLines).filter((line) => line.length <= maxLength);
  const table = mostFrequentWidth(lines.map(split).filter(({ length }) => length <= maxColumns));
  if (table.length === 0) return undefined;
  const known = KNOWN_FORMATS.map((format) => toGuess(format, lines, true)).find(
    (guess) => guess.lines === table.length,
  );
  if (known) return known;
  const guess = toGuess(toFormat(nameColumns(table)), lines, false);
  const isFlowLog = guess.format.fields.some(({ type }) => type === 'address' || type === 'action');
  return isFlowLog && guess.lines > 0 ? guess : undefined;
}

function toGuess(format: FlowLogFormat, lines: readonly string[], isKnown: boolean): FormatGuess {
  const madeUp = format.fields.map(({ name }) => name).filter((name) => MADE_UP.test(name));
  return { format, isKnown, madeUp, lines: lines.filter((line) => 'values' in parseFlowLog(line, [format])).length };
}

const MADE_UP = /^field-\d+$/;

function split(line: string): readonly string[] {
  return line.replaceAll('\ufeff', ' ').trim().split(/\s+/);
}

/** The rows of the most frequent width; a single word is not a flow log. */
function mostFrequentWidth(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const byWidth = new Map<number, (readonly string[])[]>();
  for (const row of rows) byWidth.set(row.length, [...(byWidth.get(row.length) ?? []), row]);
  byWidth.delete(1);
  return [...byWidth.values()].reduce((most, group) => (group.length > most.length ? group : most), []);
}

function nameColumns(table: readonly (readonly string[])[]): string[] {
  const names: string[] = [];
  const width = table[0]?.length ?? 0;
  for (let index = 0; index < width; index++) {
    const values = table.map((row) => row[index] ?? '-').filter((value) => value !== '-');
    const name = values.length === 0 ? undefined : findName(values, names);
    names.push(name ?? `field-${index + 1}`);
  }
  return names;
}

function findName(values: readonly string[], taken: readonly string[]): string | undefined {
  return CLUES.find(([name, isLike]) => !taken.includes(name) && isLike(values, taken.at(-1)))?.[0];
}

type IsLike = (values: readonly string[], before: string | undefined) => boolean;

const matches =
  (pattern: RegExp): IsLike =>
  (values) =>
    values.every((value) => pattern.test(value));
const numbers =
  (isLike: (numbers: readonly number[], before: string | undefined) => boolean): IsLike =>
  (values, before) =>
    values.every((value) => /^\d+$/.test(value)) && isLike(values.map(Number), before);

const isAddress: IsLike = (values) => values.every((value) => isIP(value) !== 0);
const isTime = numbers((all) => all.every((value) => value > 1e9 && value < 1e14));
const isPort = numbers((all, before) => {
  const isBeside = /addr$|port$/.test(before ?? '');
  return all.every((value) => value <= 65_535) && (isBeside || all.some((value) => value > 255));
});

/** In the order in which they are tried on a column. */
const CLUES: readonly (readonly [name: string, isLike: IsLike])[] = [
  ['action', matches(/^(ACCEPT|REJECT)$/)],
  ['log-status', matches(/^(OK|NODATA|SKIPDATA)$/)],
  ['srcaddr', isAddress],
  ['dstaddr', isAddress],
  ['pkt-srcaddr', isAddress],
  ['pkt-dstaddr', isAddress],
  ['interface-id', matches(/^eni-/)],
  ['vpc-id', matches(/^vpc-/)],
  ['subnet-id', matches(/^subnet-/)],
  ['instance-id', matches(/^i-/)],
  ['account-id', matches(/^(\d{12}|unknown)$/)],
  ['type', matches(/^(IPv4|IPv6|EFA)$/)],
  ['flow-direction', matches(/^(ingress|egress)$/)],
  ['region', matches(/^[a-z]{2}(-[a-z]+)+-\d$/)],
  ['az-id', matches(/^[a-z]+\d-az\d$/)],
  ['version', numbers((all, before) => before === undefined && all.every((value) => value >= 2 && value <= 20))],
  ['start', isTime],
  ['end', isTime],
  ['protocol', numbers((all) => all.every((value) => [1, 6, 17, 47, 50, 58].includes(value)))],
  ['srcport', isPort],
  ['dstport', isPort],
  ['packets', numbers((all) => all.some((value) => value < 40))],
  ['bytes', numbers((all) => all.every((value) => value >= 28))],
  ['tcp-flags', numbers((all) => all.every((value) => value < 64))],
];
