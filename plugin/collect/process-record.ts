/**
 * From one Kinesis record to rows, or straight to lines: decode, parse, row. Rows come one by one, so that a large record is
 * never held twice; what cannot be used comes as dead letters, to be written before any row goes out.
 */
import { gzipSync } from 'node:zlib';
import type { Clock } from '../../src/clock.js';
import { type DecodeCaps, decodeText, type ExpandedRecord, expandRecord } from '../../src/decode/decode-record.js';
import type { Envelope, LogEvent } from '../../src/decode/envelope.js';
import { toPayload } from '../../src/decode/to-payload.js';
import type { TransformedLines } from '../../src/fast-path/line-transform.js';
import type { FlowLogFormat } from '../../src/flow-log/format.js';
import type { FormatSource, KnownFormats } from '../../src/flow-log/format-source.js';
import { parseFlowLog, type UnparsedReason } from '../../src/flow-log/parse.js';
import type { StreamRecord } from '../../src/record.js';
import type { LineFormatter } from '../../src/snare/line.js';
import { type Collected, type SnareRow, toFlowLogRow, toUnparsedRow } from '../../src/snare/row.js';
import type { PluginEmitter } from '../events.js';
import { type Counters, count } from '../stats.js';
import { type DeadLetter, toLetter } from './dead-letter.js';

export interface FlowLogRow {
  readonly row: SnareRow;
  /** The original message. */
  readonly message: string;
  /** Which of the record's log events it is, from 0. */
  readonly index: number;
}

export interface RemadeRow extends FlowLogRow {
  readonly logGroup: string;
  /** Where it came from, as a payload that a replay can read; made only when it is needed. */
  toPayload(): Uint8Array;
}

export interface ProcessedRecord {
  readonly deadLetters: readonly DeadLetter[];
  /** Log events in the record. */
  readonly events: number;
  /** False when events were left out because they were sent before: what comes of the record again is not the same. */
  readonly isWhole: boolean;
  /** The lines of the whole record, where they were asked for and it is a common one. */
  readonly lines: RecordLines | undefined;
  /** Iterate once. None where the lines are enough; else as many as there are lines. */
  readonly rows: Iterable<FlowLogRow>;
}

export interface RecordLines extends TransformedLines<FlowLogFormat> {
  /** What makes the same lines of rows. */
  readonly formatLine: LineFormatter;
}

/** Gives the lines of a record from its text; undefined for a record that it does not take. */
export type ToLines = (text: Uint8Array, collected: Collected, formats: KnownFormats) => RecordLines | undefined;

export interface ProcessOptions {
  readonly caps: DecodeCaps;
  readonly formats: FormatSource;
  readonly unparsed: 'generic' | 'dead-letter';
  readonly clock: Clock;
  readonly counters: Counters;
  readonly events: PluginEmitter;
  /** Left out, every record comes as rows. */
  readonly toLines?: ToLines | undefined;
  /** Finds the events that were sent before, to be left out; then every record comes as rows. Left out, all are sent. */
  readonly findRepeats?: ((envelopes: readonly Envelope[]) => ReadonlySet<LogEvent>) | undefined;
}

/**
 * Never rejects, whatever the bytes; only a stop that comes while formats are looked up makes it reject. The same record
 * gives the same once more, whatever was found out about formats meanwhile. A common record needs no promise.
 */
export function processRecord(
  record: StreamRecord,
  options: ProcessOptions,
): ProcessedRecord | Promise<ProcessedRecord> {
  const { caps, counters, clock, formats, toLines, findRepeats } = options;
  counters.records++;
  counters.recordBytes += record.data.byteLength;
  const collected = toCollected(record, clock);
  const expanded = expandRecord(record.data, caps.maxRecordBytes);
  const isCommon = expanded.rejected.length === 0 && !findRepeats;
  const known = formats.pinned(record.data) ?? formats.current;
  const lines = isCommon ? toLines?.(expanded.json, collected, known) : undefined;
  if (!lines) return processGenerally(record, expanded, collected, options);
  formats.pin(record.data);
  counters.countLines(lines.counts);
  return { deadLetters: [], events: lines.counts.events, isWhole: true, lines, rows: toCommonRows(lines, collected) };
}

async function processGenerally(
  record: StreamRecord,
  expanded: ExpandedRecord,
  collected: Collected,
  options: ProcessOptions,
): Promise<ProcessedRecord> {
  const { caps, counters, unparsed, formats, findRepeats } = options;
  const { envelopes, controlMessages, rejected } = decodeText(record.data, expanded, caps);
  counters.controlMessages += controlMessages;
  underWay.set(record.data, new WeakRef(envelopes));
  if (!formats.pinned(record.data)) await formats.settle(envelopes);
  const parsing = { ...options, known: formats.pin(record.data) };
  const { shardId, sequenceNumber } = record;
  const deadLetters = rejected.map(({ reason, detail, data, logGroup }) =>
    toLetter({ shardId, sequenceNumber, logGroup, reason, detail, data }),
  );
  const events = envelopes.reduce((sum, envelope) => sum + envelope.events.length, 0);
  const repeats = findRepeats?.(envelopes) ?? none;
  const isWhole = repeats.size === 0;
  if (unparsed === 'generic') {
    return { deadLetters, events, isWhole, lines: undefined, rows: toRows(envelopes, repeats, collected, parsing) };
  }

  // Every letter has to be known before the first row goes out, so here all events are parsed first.
  const rows: FlowLogRow[] = [];
  const parts: UnparsedEvent[] = [];
  for (const item of parseEvents(envelopes, repeats, collected, parsing)) {
    if ('row' in item) rows.push(item);
    else parts.push(item);
  }
  for (const [reason, some] of groupBy(parts, (part) => part.reason)) {
    const logGroup = some[0]?.envelope.logGroup;
    const detail = `${unparsedDetail} (log events: ${some.length})`;
    deadLetters.push(toLetter({ shardId, sequenceNumber, logGroup, reason, detail, data: toPayloads(some) }));
  }
  return { deadLetters, events, isWhole, lines: undefined, rows };
}

/** One payload for each envelope, back to back, since a letter for each event would repeat its source as often. */
function toPayloads(parts: readonly UnparsedEvent[]): Uint8Array {
  const payloads = Array.from(
    groupBy(parts, ({ envelope }) => envelope),
    ([envelope, some]) =>
      toPayload(
        envelope,
        some.map(({ event }) => event),
      ),
  );
  const bytes = Buffer.concat(payloads);
  return bytes.length > largePayload ? gzipSync(bytes, { level: 1 }) : bytes;
}

/** From there on, what a small record of gzip held would take far more room than the record did. */
const largePayload = 16 * 1024;

function groupBy<Item, Key>(items: readonly Item[], toKey: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = toKey(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** With the formats of this record. */
type ParseOptions = Pick<ProcessOptions, 'counters' | 'events'> & { readonly known: KnownFormats };

/** All rows of a record once more, whatever `unparsed` says. */
export async function rowsAgain(record: StreamRecord, options: ProcessOptions): Promise<Iterable<RemadeRow>> {
  const { caps, clock, formats } = options;
  const decode = () => decodeText(record.data, expandRecord(record.data, caps.maxRecordBytes), caps).envelopes;
  const envelopes = underWay.get(record.data)?.deref() ?? decode();
  const known = formats.pin(record.data);
  return toRows(envelopes, none, toCollected(record, clock), { ...options, known });
}

/** Envelopes of which rows are still handed out: a second look at their record meanwhile must not hold them twice. */
const underWay = new WeakMap<Uint8Array, WeakRef<readonly Envelope[]>>();

function toCollected({ readMs }: StreamRecord, clock: Clock): Collected {
  return { atMs: readMs, offsetMinutes: clock.offsetMinutes(readMs) };
}

const none: ReadonlySet<LogEvent> = new Set();
const unparsedDetail = 'Fits no format of input.formats and no default format of AWS';

/** Every message is known to fit its format. */
function* toCommonRows({ flowLogs, formats }: RecordLines, collected: Collected): Generator<FlowLogRow> {
  let index = 0;
  for (const flowLog of flowLogs ?? []) {
    const { values, message } = flowLog;
    const format = formats[flowLog.format] as FlowLogFormat;
    yield { row: toFlowLogRow({ format, values }, flowLog, collected), message, index };
    index++;
  }
}

interface UnparsedEvent {
  readonly envelope: Envelope;
  readonly event: LogEvent;
  readonly index: number;
  readonly reason: UnparsedReason;
}

function* toRows(
  envelopes: readonly Envelope[],
  repeats: ReadonlySet<LogEvent>,
  collected: Collected,
  options: ParseOptions,
): Generator<RemadeRow> {
  for (const item of parseEvents(envelopes, repeats, collected, options)) {
    if ('row' in item) yield item;
    else {
      const row = toUnparsedRow(item.event, item.reason, collected);
      options.counters.countRow(row);
      yield toItem(row, item.envelope, item.event, item.index);
    }
  }
}

function* parseEvents(
  envelopes: readonly Envelope[],
  repeats: ReadonlySet<LogEvent>,
  collected: Collected,
  { known, counters, events }: ParseOptions,
): Generator<RemadeRow | UnparsedEvent> {
  let next = 0;
  for (const envelope of envelopes) {
    const { owner, logGroup, logStream } = envelope;
    const candidates = known.select(logGroup, logStream, owner);
    for (const event of envelope.events) {
      const index = next++;
      if (repeats.has(event)) continue;
      counters.logEvents++;
      const parsed = parseFlowLog(event.message, candidates);
      if ('reason' in parsed) {
        count(counters.unparsed, parsed.reason);
        events.emit('unparsed', { reason: parsed.reason, logGroup, logStream });
        yield { envelope, event, index, reason: parsed.reason };
      } else {
        const row = toFlowLogRow(parsed, event, collected);
        counters.countRow(row);
        if (row.LOGSTATUS === 'SKIPDATA') {
          events.emit('skip-data', { interfaceId: String(row.INTERFACEID), atTime: row.DATETIME });
        }
        yield toItem(row, envelope, event, index);
      }
    }
  }
}

function toItem(row: SnareRow, envelope: Envelope, event: LogEvent, index: number): RemadeRow {
  const { logGroup } = envelope;
  return { row, message: event.message, index, logGroup, toPayload: () => toPayload(envelope, [event]) };
}
