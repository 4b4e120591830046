/**
 * Parses one line of a flow log. A line does not name its fields, so formats are tried in order. The first one wins whose
 * number of fields matches and whose typed fields look like their type. Values are kept as text, unchanged.
 */
import { isIP } from 'node:net';
import type { FlowLog } from '../flow-log.js';
import { type FieldType, isFieldName } from '../flow-log-fields.js';
import type { FlowLogFormat } from '../flow-log-format.js';

export interface Unparsed {
  readonly reason: UnparsedReason;
}

/**
 * - `empty`: only blanks
 * - `header`: field names, the first line of the files that flow logs write to S3
 * - `field-count`: no format has this number of fields
 * - `field-type`: in each format with this number of fields, some field does not look like its type
 * - `time-range`: it would fit, but `start` or `end` is after the year 9999
 */
export type UnparsedReason = 'empty' | 'header' | 'field-count' | 'field-type' | 'time-range';

/** Fields are separated by runs of blanks. A byte order mark, blanks and line ends around the line are ignored. */
export function parseFlowLog(message: string, formats: readonly FlowLogFormat[]): FlowLog<FlowLogFormat> | Unparsed {
  let maxFields = 0;
  for (const format of formats) maxFields = Math.max(maxFields, format.fields.length);
  const values = splitLine(message, maxFields);
  if (values.length === 0) return { reason: 'empty' };

  let reason: UnparsedReason = 'field-count';
  for (const format of formats) {
    if (format.fields.length !== values.length) continue;
    const misfit = findMisfit(format, values);
    if (misfit === undefined) {
      // A header matches a format that has only text fields.
      const isNamed = values[0] === format.fields[0]?.name;
      return isNamed && isHeader(values) ? { reason: 'header' } : { format, values };
    }
    reason = misfit;
  }
  return { reason: isHeader(values) ? 'header' : reason };
}

const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;

/** The values of a line: at most `maxValues` + 1, enough to see that there are too many. */
export function splitLine(line: string, maxValues: number): string[] {
  let end = line.length;
  while (end > 0 && isAround(line.charCodeAt(end - 1))) end -= 1;
  let at = 0;
  while (at < end && isAround(line.charCodeAt(at))) at += 1;

  const values: string[] = [];
  while (at < end && values.length <= maxValues) {
    const start = at;
    while (at < end && !isBlank(line.charCodeAt(at))) at += 1;
    values.push(line.slice(start, at));
    while (at < end && isBlank(line.charCodeAt(at))) at += 1;
  }
  return values;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function isAround(code: number): boolean {
  return isBlank(code) || code === LINE_FEED || code === CARRIAGE_RETURN || code === BYTE_ORDER_MARK;
}

function findMisfit({ fields, positions, mark }: FlowLogFormat, values: readonly string[]): UnparsedReason | undefined {
  for (let index = 0; index < fields.length; index += 1) {
    const type = fields[index]?.type ?? 'text';
    if (type !== 'text' && !isOfType(values[index] ?? '', type)) return 'field-type';
  }
  if (mark && !values[mark.index]?.startsWith(mark.startsWith)) return 'field-type';
  return isPastRange(values, positions.get('start')) || isPastRange(values, positions.get('end'))
    ? 'time-range'
    : undefined;
}

function isOfType(value: string, type: FieldType): boolean {
  if (value === '-') return true;
  switch (type) {
    case 'integer':
      return isInteger(value);
    case 'address':
      return isIP(value) !== 0;
    case 'action':
      return value === 'ACCEPT' || value === 'REJECT';
    case 'log-status':
      return value === 'OK' || value === 'NODATA' || value === 'SKIPDATA';
    case 'text':
      return true;
  }
}

function isInteger(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return value.length > 0;
}

// 9999-12-31T23:59:59.999Z. A number this large is milliseconds, since seconds end at 1e11, in the year 5138.
const MAX_TIME = 253_402_300_799_999;

function isPastRange(values: readonly string[], index: number | undefined): boolean {
  return index !== undefined && Number(values[index]) > MAX_TIME;
}

function isHeader(values: readonly string[]): boolean {
  return isFieldName(values[0] ?? '') && !values.some((value) => isOfType(value, 'integer'));
}
