/**
 * Turns one log event into its row: the rules of the general path, for all events of a record and for a single event; and the
 * row of an event that the fast path has taken, for a host that reads it. Parsing has no side effects; an event is counted and
 * reported only once its record is known to be valid.
 */
import type { Collected } from '../collected.js';
import { toPayload } from '../decode/parse-payload.js';
import type { EnvelopeSource, LogEvent } from '../envelope.js';
import { parseFlowLog, splitLine, type UnparsedReason } from '../flow-log/parse.js';
import type { FlowLogFormat } from '../flow-log-format.js';
import type { PluginEmitter } from '../report/events.js';
import { type Counters, count } from '../report/stats.js';
import { toFlowLogRow, toUnparsedRow } from '../snare/row.js';
import type { SnareRow } from '../snare-row.js';
import type { Tally } from '../tally.js';

export interface FlowLogRow {
  /** May be built when it is first read. */
  readonly row: SnareRow;
  /** The original message. */
  readonly message: string;
  /** Index of the log event in the record, from 0. */
  readonly index: number;
}

export interface RebuiltRow extends FlowLogRow {
  readonly logGroup: string;
  /** Its payload, in a form that a replay can read. */
  toPayload(): Uint8Array;
}

export class EventRow implements RebuiltRow {
  readonly row: SnareRow;
  readonly index: number;
  /** Why it is not a flow log; the row then contains the reason. */
  readonly reason: UnparsedReason | undefined;
  readonly source: EnvelopeSource;
  readonly event: LogEvent;

  constructor(
    row: SnareRow,
    index: number,
    reason: UnparsedReason | undefined,
    source: EnvelopeSource,
    event: LogEvent,
  ) {
    this.row = row;
    this.index = index;
    this.reason = reason;
    this.source = source;
    this.event = event;
  }

  get logGroup(): string {
    return this.source.logGroup;
  }

  get message(): string {
    return this.event.message;
  }

  toPayload(): Uint8Array {
    return toPayload(this.source, [this.event]);
  }
}

/**
 * The row of a message that is known to fit its format. It is built when it is first read, because it costs more than the
 * line, which nearly always suffices.
 */
export class CommonRow implements FlowLogRow {
  readonly message: string;
  readonly index: number;
  readonly #timestamp: LogEvent['timestamp'];
  readonly #format: FlowLogFormat;
  readonly #collected: Collected;
  #row: SnareRow | undefined;

  constructor(
    { message, timestamp }: Pick<LogEvent, 'message' | 'timestamp'>,
    format: FlowLogFormat,
    collected: Collected,
    index: number,
  ) {
    this.message = message;
    this.index = index;
    this.#timestamp = timestamp;
    this.#format = format;
    this.#collected = collected;
  }

  get row(): SnareRow {
    this.#row ??= this.#build();
    return this.#row;
  }

  #build(): SnareRow {
    const { message } = this;
    const format = this.#format;
    const values = splitLine(message, format.fields.length);
    return toFlowLogRow({ format, values }, { timestamp: this.#timestamp, message }, this.#collected);
  }
}

/** @param formats the formats to try on the message, in order */
export function parseEvent(
  event: LogEvent,
  index: number,
  source: EnvelopeSource,
  formats: readonly FlowLogFormat[],
  collected: Collected,
): EventRow {
  const parsed = parseFlowLog(event.message, formats);
  return 'reason' in parsed
    ? new EventRow(toUnparsedRow(event, parsed.reason, collected), index, parsed.reason, source, event)
    : new EventRow(toFlowLogRow(parsed, event, collected), index, undefined, source, event);
}

export interface EventCounting {
  readonly counters: Counters;
  readonly events: PluginEmitter;
  /** A dead letter has no row. */
  readonly unparsed: 'generic' | 'dead-letter';
}

export function countEvent(
  { row, reason, source, index }: EventRow,
  { counters, events, unparsed }: EventCounting,
  tally: Tally | undefined,
): void {
  counters.logEvents++;
  if (reason === undefined || unparsed === 'generic') counters.countRow(row);
  if (reason !== undefined) {
    count(counters.unparsed, reason);
    tally?.mark(index, 'unparsed');
    if (unparsed === 'dead-letter') tally?.mark(index, 'deadLettered');
    events.emit('unparsed', { reason, logGroup: source.logGroup, logStream: source.logStream });
  } else if (row.LOGSTATUS === 'SKIPDATA') {
    tally?.mark(index, 'skipData');
    events.emit('skip-data', { interfaceId: String(row.INTERFACEID), atTime: row.DATETIME });
  }
}
