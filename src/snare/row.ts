/**
 * Rows of Snare Central's tables. Every value is a string, copied unchanged from the log, or `-` if the log has none. The keys
 * are in the order of the columns.
 */
import type { Collected } from '../collected.js';
import type { LogEvent } from '../envelope.js';
import type { FieldNames, FlowLog } from '../flow-log.js';
import type { DataMap, SnareRow } from '../snare-row.js';
import { formatDate, formatRfc3339Nano, formatTime, NO_VALUE } from './time.js';

/**
 * A row of `AWSVPCFlowLog`, also for Transit Gateway logs. DATE, TIME and DATETIME are the end of the flow; if it has none,
 * the start; if it has neither, the timestamp of the event.
 */
export function toFlowLogRow(
  { format, values }: FlowLog,
  event: Pick<LogEvent, 'timestamp' | 'message'>,
  collected: Collected,
): SnareRow {
  const { columns, others } = toPlan(format);
  const read = (index: number) => (index < 0 ? NO_VALUE : (values[index] ?? NO_VALUE));
  const startMs = toMs(read(columns.start));
  const start = toTexts(startMs);
  const at = toTexts(toMs(read(columns.end)) ?? startMs ?? event.timestamp);
  return {
    DATE: at.date,
    TIME: at.time,
    SYSTEM: 'AWS Internal',
    TABLE: 'AWSVPCFlowLog',
    COLLECTIONDATETIME: toCollectedText(collected),
    // CloudWatch Logs gives a flow log the time of its start.
    CWLDATETIME: (event.timestamp === startMs ? start : toTexts(event.timestamp)).dateTime,
    DATETIME: at.dateTime,
    VERSION: read(columns.version),
    ACCOUNTID: read(columns['account-id']),
    INTERFACEID: read(columns['interface-id']),
    SRCADDR: read(columns.srcaddr),
    DSTADDR: read(columns.dstaddr),
    SRCPORT: read(columns.srcport),
    DSTPORT: read(columns.dstport),
    PROTOCOL: read(columns.protocol),
    PACKETS: read(columns.packets),
    BYTES: read(columns.bytes),
    START: start.dateTime,
    ACTION: read(columns.action),
    LOGSTATUS: read(columns['log-status']),
    SNAREDATAMAP: toDataMap(others, values),
  };
}

/** A row of `AWSGenericLog`, for a message that is not a known flow log: the message, and why it does not fit. */
export function toUnparsedRow(
  event: Pick<LogEvent, 'timestamp' | 'message'>,
  reason: string,
  collected: Collected,
): SnareRow {
  const { timestamp, message } = event;
  return toGenericRow(timestamp, timestamp, { message, reason }, collected);
}

/** A row of `AWSGenericLog` for bytes that cannot be read. Only their time in the stream is known. */
export function toUnreadableRow(arrivalMs: number, map: DataMap, collected: Collected): SnareRow {
  return toGenericRow(arrivalMs, undefined, map, collected);
}

function toGenericRow(
  atMs: number | undefined,
  timestamp: number | undefined,
  map: DataMap,
  collected: Collected,
): SnareRow {
  return {
    DATE: formatDate(atMs),
    TIME: formatTime(atMs),
    SYSTEM: 'UNKNOWN',
    TABLE: 'AWSGenericLog',
    COLLECTIONDATETIME: formatRfc3339Nano(collected.atMs, collected.offsetMinutes),
    CWLDATETIME: formatRfc3339Nano(timestamp),
    DATETIME: formatRfc3339Nano(atMs),
    SNAREDATAMAP: map,
  };
}

// `end` has no column of that name. It is in DATE, TIME and DATETIME.
const COLUMN_FIELDS = [
  ...(['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'] as const),
  ...(['packets', 'bytes', 'start', 'end', 'action', 'log-status'] as const),
] as const;

type ColumnField = (typeof COLUMN_FIELDS)[number];

interface RowPlan {
  /** Index of each column's field in a line; -1 if the format does not have the field. */
  readonly columns: Readonly<Record<ColumnField, number>>;
  readonly others: readonly (readonly [name: string, index: number])[];
}

function toDataMap(others: RowPlan['others'], values: readonly string[]): DataMap {
  const map: Record<string, string> = {};
  for (const [name, index] of others) {
    const value = values[index] ?? NO_VALUE;
    // An assignment to this name would set the prototype.
    if (name === '__proto__') Object.defineProperty(map, name, { value, enumerable: true });
    else map[name] = value;
  }
  return map;
}

// A format lasts as long as the settings and applies to millions of lines, nearly always many in a row.
const plans = new WeakMap<FieldNames, RowPlan>();
let lastPlan: { readonly format: FieldNames; readonly plan: RowPlan } | undefined;

function toPlan(format: FieldNames): RowPlan {
  if (lastPlan?.format === format) return lastPlan.plan;
  const plan = plans.get(format) ?? createPlan(format);
  lastPlan = { format, plan };
  return plan;
}

function createPlan(format: FieldNames): RowPlan {
  const names = format.fields.map(({ name }) => name);
  const columnFields: ReadonlySet<string> = new Set(COLUMN_FIELDS);
  const plan: RowPlan = {
    columns: Object.fromEntries(COLUMN_FIELDS.map((field) => [field, names.indexOf(field)])) as RowPlan['columns'],
    others: names.map((name, index) => [name, index] as const).filter(([name]) => !columnFields.has(name)),
  };
  plans.set(format, plan);
  return plan;
}

interface TimeTexts {
  readonly ms: number | undefined;
  readonly date: string;
  readonly time: string;
  readonly dateTime: string;
}

const noTexts: TimeTexts = { ms: undefined, date: NO_VALUE, time: NO_VALUE, dateTime: NO_VALUE };
// The flow logs of a few minutes have few different times, nearly all in whole seconds.
const SLOTS = 4096;
const texts = Array<TimeTexts>(SLOTS).fill(noTexts);

function toTexts(ms: number | undefined): TimeTexts {
  if (ms === undefined) return noTexts;
  const slot = Math.abs(ms / 1000) & (SLOTS - 1);
  const known = texts[slot];
  if (known?.ms === ms) return known;
  const made = { ms, date: formatDate(ms), time: formatTime(ms), dateTime: formatRfc3339Nano(ms) };
  texts[slot] = made;
  return made;
}

// All rows of a record share one.
let lastCollected: { readonly atMs: number; readonly offsetMinutes: number; readonly text: string } | undefined;

function toCollectedText({ atMs, offsetMinutes }: Collected): string {
  if (lastCollected?.atMs === atMs && lastCollected.offsetMinutes === offsetMinutes) return lastCollected.text;
  const text = formatRfc3339Nano(atMs, offsetMinutes);
  lastCollected = { atMs, offsetMinutes, text };
  return text;
}

// Some sources write milliseconds. Seconds reach this value in the year 5138; milliseconds reached it in 1973.
const MAX_SECONDS = 1e11;

function toMs(value: string): number | undefined {
  const time = toNumber(value);
  if (Number.isNaN(time)) return undefined;
  return time > MAX_SECONDS ? time : time * 1000;
}

/** Like `Number`, which is several times slower for plain digits, as nearly every time has. */
function toNumber(value: string): number {
  let number = 0;
  for (let index = 0; index < value.length; index += 1) {
    const digit = value.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return Number(value);
    number = number * 10 + digit;
  }
  return value.length > 0 && number < Number.MAX_SAFE_INTEGER ? number : Number(value);
}

const ZERO = 0x30;
