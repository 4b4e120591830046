/**
 * Turns one Kinesis record into rows, or straight into lines: decode, parse, build rows. Rows are yielded one by one, so that a
 * large record is never held twice in memory. What cannot be used is returned as dead letters, to be written before any row is
 * sent.
 */
import type { Clock } from '../clock.js';
import type { Collected } from '../collected.js';
import {
  type DecodeCaps,
  type DecodedRecord,
  decodeText,
  type ExpandedRecord,
  expandRecord,
} from '../decode/decode-record.js';
import type { Envelope, EnvelopeSource, LogEvent } from '../envelope.js';
import type { FoundEvent } from '../fast-path/found-flow-logs.js';
import type { TransformedLines } from '../fast-path/walk-events.js';
import { FlowEnd } from '../flow-end.js';
import type { FormatSource, KnownFormats } from '../flow-log/format-source.js';
import type { FlowLogFormat } from '../flow-log-format.js';
import type { StreamRecord } from '../record.js';
import type { PluginEmitter } from '../report/events.js';
import { type Counters, count } from '../report/stats.js';
import { Tally, toHour } from '../tally.js';
import { type DeadLetter, toLetter } from './dead-letter-file.js';
import { countEvents, toOtherLetter, toUnparsedLetters } from './event-letters.js';
import type { LogGroupFilter } from './log-group-filter.js';
import { CommonRow, countEvent, EventRow, type FlowLogRow, parseEvent, type RebuiltRow } from './parse-event.js';
import type { Sending } from './sent-events.js';
import { type LineLimit, toUnreadableRows, type UnreadableRows } from './unreadable-rows.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

export interface ProcessedRecord {
  readonly deadLetters: readonly DeadLetter[];
  /** Log events in the record. */
  readonly events: number;
  /** The end of its last flow. On the general path it is known once all rows are taken. */
  readonly flowEnd?: FlowEnd;
  /** False if repeated events were left out: rebuilding the record then gives a different result. */
  readonly isWhole: boolean;
  /** The lines of the whole record, if they were requested and the fast path takes the record. */
  readonly lines: RecordLines | undefined;
  /** Iterate once. Empty if the lines are sufficient; otherwise one row for each line. */
  readonly rows: Iterable<FlowLogRow>;
  /** What the record adds to the ledger, complete once the rows were iterated; undefined if there is no ledger. */
  readonly tally: Tally | undefined;
}

export type RecordLines = TransformedLines<FlowLogFormat, EventRow>;

/** Returns the lines of a record from its text; undefined for a record that it does not take. */
export type ToLines = (
  text: Uint8Array,
  collected: Collected,
  known: KnownFormats,
  options: Pick<ProcessOptions, 'formats' | 'unparsed' | 'sending'> & { readonly tally?: Tally | undefined },
) => RecordLines | undefined;

export interface ProcessOptions {
  readonly caps: DecodeCaps;
  readonly formats: FormatSource;
  readonly unparsed: 'generic' | 'dead-letter';
  /** If left out, the log events of every log group are accepted. */
  readonly logGroupFilter?: LogGroupFilter | undefined;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly events: PluginEmitter;
  /** If left out, every record is returned as rows. */
  readonly toLines?: ToLines | undefined;
  /** If set, what would be a dead letter becomes rows that fit into these lines. */
  readonly unreadable?: LineLimit | undefined;
  /** Recognizes the events that were sent before, which are left out. Without it, all are sent. */
  readonly sending?: Sending | undefined;
  /** Whether to count for the ledger. */
  readonly isTallied?: boolean | undefined;
}

/**
 * Never rejects because of the bytes, but only if a stop interrupts the lookup of formats. The same record gives the same
 * result again, even if more formats have become known. A common record requires no promise.
 */
export function processRecord(
  record: StreamRecord,
  options: ProcessOptions,
): ProcessedRecord | Promise<ProcessedRecord> {
  const { caps, counters, clock, formats, unparsed, sending, toLines } = options;
  counters.records++;
  counters.recordBytes += record.data.byteLength;
  const collected = toCollected(record, clock);
  const expanded = expandRecord(record.data, caps.maxRecordBytes);
  const isCommon = expanded.rejected.length === 0;
  const known = formats.pinned(record.data) ?? formats.current;
  const tally = options.isTallied ? new Tally() : undefined;
  const lines = isCommon
    ? toLines?.(expanded.json, collected, known, { formats, unparsed, sending, tally })
    : undefined;
  if (!lines) return processGenerally(record, expanded, collected, options);
  formats.pin(record.data);
  return {
    deadLetters: countLines(lines, record, tally, options),
    events: lines.counts.events + lines.odd.length + lines.repeats,
    flowEnd: new FlowEnd(lines.lastMs),
    isWhole: lines.repeats === 0,
    lines,
    rows: lines.found ? toCommonRows(lines, lines.found, collected, options) : noRows,
    tally,
  };
}

/** Counts the results of a record, and returns the dead letters of its events. */
function countLines(
  { counts, skipped, odd }: RecordLines,
  record: StreamRecord,
  tally: Tally | undefined,
  options: ProcessOptions,
): readonly DeadLetter[] {
  const { counters, events } = options;
  counters.countLines(counts);
  if (odd.length === 0 && skipped.length === 0) return [];
  for (const item of odd) countEvent(item, options, tally);
  for (const { index, ...flowLog } of skipped) {
    tally?.mark(index, 'skipData');
    events.emit('skip-data', flowLog);
  }
  return toUnparsedLetters(
    record,
    odd.filter((item) => isDeadLetter(item, options)),
  );
}

async function processGenerally(
  record: StreamRecord,
  expanded: ExpandedRecord,
  collected: Collected,
  options: ProcessOptions,
): Promise<ProcessedRecord> {
  const { caps, counters, unparsed, formats, sending, logGroupFilter } = options;
  const decoded = decodeText(record.data, expanded, caps);
  const { controlMessages } = decoded;
  const envelopes = acceptedOf(decoded.envelopes, logGroupFilter);
  counters.controlMessages += controlMessages;
  underWay.set(record.data, new WeakRef(envelopes));
  if (!formats.pinned(record.data)) await formats.prepare(envelopes);
  const known = formats.pin(record.data);
  const deadLetters = toLetters(decoded, record, options);
  const events = countEvents(envelopes);
  const repeats = sending ? findRepeats(envelopes, sending) : none;
  const isWhole = repeats.size === 0;
  const tally = options.isTallied ? new Tally() : undefined;
  const flowEnd = new FlowEnd();
  const counted = countAll(parseEvents(envelopes, repeats, collected, known), options, tally, flowEnd);
  const common = { deadLetters, events, flowEnd, isWhole, lines: undefined, tally };
  if (options.unreadable) {
    const unreadable = toUnreadableRows(deadLetters, record, events, collected, options.unreadable);
    countUnreadable(deadLetters, options);
    const rows = joinRows(counted, countRows(unreadable, options));
    return { ...common, deadLetters: [], events: events + unreadable.count, rows };
  }
  if (unparsed === 'generic') return { ...common, rows: counted };

  // Every dead letter has to be known before the first row is sent, so all events are parsed first.
  const all: EventRow[] = [];
  for (const item of counted) {
    all.push(item);
    const yielded = yieldToEventLoop(bytesOfRow + item.message.length);
    if (yielded) await yielded;
  }
  deadLetters.push(
    ...toUnparsedLetters(
      record,
      all.filter((item) => isDeadLetter(item, options)),
    ),
  );
  const rows = all.filter((item) => !isDeadLetter(item, options));
  return { ...common, rows };
}

/** What cannot be read, and what the settings keep out. */
function toLetters(decoded: DecodedRecord, record: StreamRecord, options: ProcessOptions): DeadLetter[] {
  const { shardId, sequenceNumber } = record;
  const unreadable = decoded.rejected.map(({ reason, detail, data, logGroup }) =>
    toLetter({ shardId, sequenceNumber, logGroup, reason, detail, data }),
  );
  return [...unreadable, ...leaveOut(decoded.envelopes, record, options)];
}

/** Counts and reports what becomes rows in place of dead letters. */
export function countUnreadable(
  letters: readonly DeadLetter[],
  { counters, events }: Pick<ProcessOptions, 'counters' | 'events'>,
): void {
  for (const { shardId, sequenceNumber, reason } of letters) {
    count(counters.unreadable, reason);
    events.emit('unreadable', { shardId, sequenceNumber, reason });
  }
}

function* countRows({ rows }: UnreadableRows, { counters }: ProcessOptions): Generator<FlowLogRow> {
  for (const item of rows) {
    counters.countRow(item.row);
    yield item;
  }
}

function* joinRows<Row>(first: Iterable<Row>, second: Iterable<Row>): Generator<Row> {
  yield* first;
  yield* second;
}

/** Estimated bytes of work per row, besides its message. */
const bytesOfRow = 256;

function findRepeats(envelopes: readonly Envelope[], sending: Sending): ReadonlySet<LogEvent> {
  sending.restart();
  const repeats = new Set<LogEvent>();
  for (const envelope of envelopes) {
    for (const event of envelope.events) if (sending.isRepeat(envelope, event)) repeats.add(event);
  }
  return repeats;
}

function acceptedOf(envelopes: readonly Envelope[], filter: LogGroupFilter | undefined): readonly Envelope[] {
  return filter ? envelopes.filter((envelope) => filter.accepts(envelope)) : envelopes;
}

/** Counts log events of log groups that are not accepted, or makes a dead letter of them. */
function leaveOut(
  envelopes: readonly Envelope[],
  record: StreamRecord,
  { logGroupFilter, counters }: ProcessOptions,
): readonly DeadLetter[] {
  if (!logGroupFilter) return [];
  const others = envelopes.filter((envelope) => !logGroupFilter.accepts(envelope));
  if (others.length === 0) return [];
  for (const envelope of others) logGroupFilter.report(envelope);
  if (logGroupFilter.others === 'dead-letter') return [toOtherLetter(record, others)];
  counters.ignored += countEvents(others);
  return [];
}

/** Rebuilds all rows of a record, whatever `unparsed` says; they were counted the first time. */
export async function rowsAgain(record: StreamRecord, options: ProcessOptions): Promise<Iterable<RebuiltRow>> {
  const { caps, clock, formats, logGroupFilter, unreadable } = options;
  const decode = () => decodeText(record.data, expandRecord(record.data, caps.maxRecordBytes), caps);
  const envelopes = underWay.get(record.data)?.deref() ?? acceptedOf(decode().envelopes, logGroupFilter);
  const collected = toCollected(record, clock);
  const rows = parseEvents(envelopes, none, collected, formats.pin(record.data));
  if (!unreadable) return rows;
  const letters = toLetters(decode(), record, options);
  return joinRows<RebuiltRow>(
    rows,
    toUnreadableRows(letters, record, countEvents(envelopes), collected, unreadable).rows,
  );
}

/** Envelopes whose rows are still being handed out, so that a rebuild of their record meanwhile does not hold them twice. */
const underWay = new WeakMap<Uint8Array, WeakRef<readonly Envelope[]>>();

export function toCollected({ readMs }: StreamRecord, clock: Clock): Collected {
  return { atMs: readMs, offsetMinutes: clock.offsetMinutes(readMs) };
}

const none: ReadonlySet<LogEvent> = new Set();

function isDeadLetter({ reason }: EventRow, { unparsed }: Pick<ProcessOptions, 'unparsed'>): boolean {
  return reason !== undefined && unparsed === 'dead-letter';
}

const noRows: readonly FlowLogRow[] = [];

/** Yields as many rows as there are lines. */
function* toCommonRows(
  { formats }: RecordLines,
  found: Iterable<FoundEvent<EventRow>>,
  collected: Collected,
  options: ProcessOptions,
): Generator<FlowLogRow> {
  let index = 0;
  for (const event of found) {
    const row = toCommonRow(event, formats, collected, index);
    if (row && !(row instanceof EventRow && isDeadLetter(row, options))) yield row;
    index++;
  }
}

/** Undefined for an event that was left out. */
function toCommonRow(
  event: FoundEvent<EventRow>,
  formats: readonly FlowLogFormat[],
  collected: Collected,
  index: number,
): FlowLogRow | undefined {
  if (event === 'repeat') return undefined;
  if ('odd' in event) return event.odd;
  return new CommonRow(event, formats[event.format] as FlowLogFormat, collected, index);
}

function* parseEvents(
  envelopes: readonly Envelope[],
  repeats: ReadonlySet<LogEvent>,
  collected: Collected,
  known: KnownFormats,
): Generator<EventRow> {
  let index = 0;
  for (const envelope of envelopes) {
    const candidates = known.select(envelope.logGroup, envelope.logStream, envelope.owner);
    for (const event of envelope.events) {
      if (!repeats.has(event)) yield parseEvent(event, index, envelope, candidates, collected);
      index++;
    }
  }
}

function* countAll(
  rows: Iterable<EventRow>,
  options: ProcessOptions,
  tally: Tally | undefined,
  flowEnd: FlowEnd,
): Generator<EventRow> {
  let next = 0;
  let envelope: EnvelopeSource | undefined;
  let place: EnvelopeSource | undefined;
  let last: EventRow | undefined;
  for (const row of rows) {
    const { index, source, event } = row;
    if (tally && (!place || source !== envelope)) place = toPlace(source);
    envelope = source;
    // Events in between are repeats.
    if (index !== next) tally?.end(next);
    if (place) tally?.start(index, place, toHour(event.timestamp));
    next = index + 1;
    countEvent(row, options, tally);
    if (row.reason === undefined) last = row;
    yield row;
  }
  tally?.end(next);
  if (last) flowEnd.ms = Date.parse(last.row.DATETIME);
}

/** Without the events of an envelope, which would stay in memory until the record is acked. */
function toPlace({ owner, logGroup, logStream, subscriptionFilters }: EnvelopeSource): EnvelopeSource {
  return { owner, logGroup, logStream, subscriptionFilters };
}
