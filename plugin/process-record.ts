/**
 * From one Kinesis record to rows: decode, parse, row. Rows come one by one, so that a large record is never held twice;
 * what cannot be used comes as dead letters, to be written before any row goes out.
 */
import type { Clock } from '../src/clock.js';
import { type DecodeCaps, decodeRecord } from '../src/decode/decode-record.js';
import type { Envelope, LogEvent } from '../src/decode/envelope.js';
import { toPayload } from '../src/decode/to-payload.js';
import type { FormatList } from '../src/flow-log/format-list.js';
import { parseFlowLog, type UnparsedReason } from '../src/flow-log/parse.js';
import type { StreamRecord } from '../src/record.js';
import { type Collected, type SnareRow, toFlowLogRow, toUnparsedRow } from '../src/snare/row.js';
import { type DeadLetter, toLetter } from './dead-letter.js';
import type { PluginEmitter } from './events.js';
import { type Counters, count } from './stats.js';

export interface FlowLogRow {
  readonly row: SnareRow;
  /** The original message. */
  readonly message: string;
  /** Where it came from, as a payload that a replay can read; made only when it is needed. */
  toPayload(): Uint8Array;
}

export interface ProcessedRecord {
  readonly deadLetters: readonly DeadLetter[];
  /** Iterate once. */
  readonly rows: Iterable<FlowLogRow>;
}

export interface ProcessOptions {
  readonly caps: DecodeCaps;
  readonly formats: FormatList;
  readonly unparsed: 'generic' | 'dead-letter';
  readonly clock: Clock;
  readonly counters: Counters;
  readonly events: PluginEmitter;
  /** Takes out the events that are not to be sent; left out, all are. */
  readonly select?: (envelopes: readonly Envelope[]) => readonly Envelope[];
}

/** Never rejects, whatever the bytes. */
export async function processRecord(record: StreamRecord, options: ProcessOptions): Promise<ProcessedRecord> {
  const { caps, counters, unparsed, clock } = options;
  counters.records++;
  counters.recordBytes += record.data.byteLength;
  const { envelopes: decoded, controlMessages, rejected } = await decodeRecord(record.data, caps);
  const envelopes = options.select?.(decoded) ?? decoded;
  counters.controlMessages += controlMessages;

  const { shardId, sequenceNumber } = record;
  const deadLetters = rejected.map(({ reason, detail, data }) =>
    toLetter({ shardId, sequenceNumber, reason, detail, data }),
  );
  const collected = { atMs: record.readMs, offsetMinutes: clock.offsetMinutes(record.readMs) };
  if (unparsed === 'generic') return { deadLetters, rows: toRows(envelopes, collected, options) };

  // Every letter has to be known before the first row goes out, so here all events are parsed first.
  const rows: FlowLogRow[] = [];
  for (const item of parseEvents(envelopes, collected, options)) {
    if ('row' in item) rows.push(item);
    else {
      const data = toPayload(item.envelope, [item.event]);
      deadLetters.push(toLetter({ shardId, sequenceNumber, reason: item.reason, detail: unparsedDetail, data }));
    }
  }
  return { deadLetters, rows };
}

const unparsedDetail = 'The message fits no format of input.formats and no default format of AWS';

interface UnparsedEvent {
  readonly envelope: Envelope;
  readonly event: LogEvent;
  readonly reason: UnparsedReason;
}

function* toRows(envelopes: readonly Envelope[], collected: Collected, options: ProcessOptions): Generator<FlowLogRow> {
  for (const item of parseEvents(envelopes, collected, options)) {
    if ('row' in item) yield item;
    else {
      const row = toUnparsedRow(item.event, item.reason, collected);
      options.counters.countRow(row);
      yield toItem(row, item.envelope, item.event);
    }
  }
}

function* parseEvents(
  envelopes: readonly Envelope[],
  collected: Collected,
  { formats, counters, events }: ProcessOptions,
): Generator<FlowLogRow | UnparsedEvent> {
  for (const envelope of envelopes) {
    const { logGroup, logStream } = envelope;
    const candidates = formats.select(logGroup, logStream);
    for (const event of envelope.events) {
      counters.logEvents++;
      const parsed = parseFlowLog(event.message, candidates);
      if ('reason' in parsed) {
        count(counters.unparsed, parsed.reason);
        events.emit('unparsed', { reason: parsed.reason, logGroup, logStream });
        yield { envelope, event, reason: parsed.reason };
        continue;
      }
      const row = toFlowLogRow(parsed, event, collected);
      counters.countRow(row);
      if (row.LOGSTATUS === 'SKIPDATA') {
        events.emit('skip-data', { interfaceId: String(row.INTERFACEID), atTime: row.DATETIME });
      }
      yield toItem(row, envelope, event);
    }
  }
}

function toItem(row: SnareRow, envelope: Envelope, event: LogEvent): FlowLogRow {
  return { row, message: event.message, toPayload: () => toPayload(envelope, [event]) };
}
