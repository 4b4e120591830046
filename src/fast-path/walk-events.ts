/**
 * Walks through the log events of a record, as CloudWatch Logs writes them, and writes a line for each.
 *
 * An event falls back to the general path by itself if anything about it is unexpected: another order of keys, an escape, a
 * message that fits no format. Nothing of an event counts before the whole event was checked, so there is nothing to undo: the
 * walk finds its end, the general path makes its line, the line goes to its place, and the walk continues after it. The whole
 * record goes to the general path only if something is not JSON, or if the general path does not take an event by itself.
 */
import type { EnvelopeSource } from '../envelope.js';
import type { EventCounts } from '../event-counts.js';
import { findObjectEnd, skipBlanks } from '../json-text.js';
import { type Tally, toHour } from '../tally.js';
import type { FieldMark, FormatProgram } from './format-program.js';
import * as formatProgram from './format-program.js';
import type { FoundEvent, FoundFlowLogs } from './found-flow-logs.js';
import type { LineBuffers, LinePart } from './line-buffers.js';
import { LineParts } from './line-parts.js';
import { OddBytes } from './odd-bytes.js';
import * as scan from './scan-fields.js';
import * as sourceWindow from './source-window.js';
import * as timeTable from './time-table.js';
import type { OddEvent, RepeatCheck } from './types.js';
import type { CollectedText, LineProgram, LineTimes } from './write-line.js';
import * as write from './write-line.js';

// Constants of this module; see source-window.ts.
const { useFormatProgram } = formatProgram;
const { fieldStarts: STARTS, fieldEnds: ENDS, scanExtractedFields, scanFields } = scan;
const { isAt, loadSource, readFourDigits, scanDigits, source: SOURCE, toLiteral } = sourceWindow;
const { findTime, hourOf, SECONDS_DIGITS, toMs } = timeTable;
const { formatTimeAt, useCollected, writeLine } = write;

export interface WalkOptions {
  readonly maxEvents: number;
  readonly maxLineBytes: number;
  readonly buffers: LineBuffers;
}

export interface WalkedRecord<Odd> {
  /** The text of the record. */
  readonly bytes: Buffer;
  readonly collected: CollectedText;
  /** Notes each event, if they are needed one by one. */
  readonly found: FoundFlowLogs<Odd> | undefined;
  /** Leaves out events that were sent before; undefined if there are none. */
  readonly repeats: RepeatCheck | undefined;
  /** Gets the hours of all events; undefined if nobody asks for them. */
  readonly tally: Tally | undefined;
}

/** One array of log events in the record. */
export interface WalkedArray<Odd> {
  /** The first byte after its opening bracket. */
  readonly start: number;
  readonly source: EnvelopeSource;
  /** The formats to try on each message, in order. */
  readonly programs: readonly FormatProgram[];
  /** Offset of the formats of this array in `found`. */
  readonly firstFormat: number;
  /** The general path for one event; undefined if the record has to go there as a whole. */
  readonly takeOdd: (event: unknown, index: number) => OddEvent<Odd> | 'repeat' | undefined;
}

/** A flow log that says that AWS skipped data. */
export interface SkippedData {
  /** Index of the event in the record. */
  readonly index: number;
  readonly interfaceId: string;
  /** RFC3339Nano. */
  readonly atTime: string;
}

/** The lines of one record, in order. */
export interface TransformedLines<Format, Odd> {
  readonly parts: readonly LinePart[];
  /** Counts of the events that the walk handled itself. */
  readonly counts: EventCounts;
  /** Time of the row of the last of them, in milliseconds since 1970; undefined if there is none. */
  readonly lastMs: number | undefined;
  readonly skipped: readonly SkippedData[];
  /** Events that were left out because they were sent before. */
  readonly repeats: number;
  /** The events that the general path handled, in order. */
  readonly odd: readonly Odd[];
  /** All events in the same order, if they are needed. */
  readonly found: Iterable<FoundEvent<Odd>> | undefined;
  /** The formats to which the indices in `found` refer. */
  readonly formats: readonly Format[];
}

/** One walk for all records, one after the other: a new one for each small record would cost as much as its events. */
export class EventWalk<Odd> {
  readonly #options: WalkOptions;
  readonly #parts: LineParts;
  readonly #oddBytes = new OddBytes();
  #bytes: Buffer = Buffer.alloc(0);
  #found: FoundFlowLogs<Odd> | undefined;
  #repeatCheck: RepeatCheck | undefined;
  #tally: Tally | undefined;
  /** The first odd byte that is not before the event. */
  #oddByte = 0;
  #odd: Odd[] = [];
  #oddTextBytes = 0;
  #skipped: SkippedData[] = [];
  readonly #times: LineTimes = { at: 0, atFraction: 0, start: 0, startFraction: 0, event: 0, eventFraction: 0 };
  /** Where the loaded source begins and ends in the text. */
  #from = 0;
  #loadedEnd = 0;
  #events = 0;
  #repeats = 0;
  /** The position of the event's id in the source. */
  #idStart = 0;
  #hasId = false;
  #accepted = 0;
  #rejected = 0;
  #ok = 0;
  #noData = 0;
  /** Where the events of the array come from, and the hour of the last ones. */
  #source: EnvelopeSource | undefined;
  #hour = UNCOUNTED;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#parts = new LineParts(options.buffers);
  }

  /** Begins the next record. */
  begin({ bytes, collected, found, repeats, tally }: WalkedRecord<Odd>): void {
    this.#bytes = bytes;
    this.#found = found;
    this.#repeatCheck = repeats;
    this.#tally = tally;
    this.#parts.begin(found !== undefined);
    this.#oddBytes.begin(bytes);
    this.#oddByte = 0;
    this.#oddTextBytes = 0;
    if (this.#odd.length > 0) this.#odd = [];
    if (this.#skipped.length > 0) this.#skipped = [];
    this.#from = 0;
    this.#loadedEnd = 0;
    this.#events = 0;
    this.#repeats = 0;
    this.#accepted = 0;
    this.#rejected = 0;
    this.#ok = 0;
    this.#noData = 0;
    useCollected(collected);
  }

  /** Returns where the closing bracket of the array is; -1 if the record is for the general path. */
  walk(array: WalkedArray<Odd>): number {
    const bytes = this.#bytes;
    const { maxEvents } = this.#options;
    this.#source = array.source;
    this.#hour = UNCOUNTED;
    for (let at = array.start - 1; ; ) {
      if (at + LONG_EVENT > this.#loadedEnd || at < this.#from) this.#load(at);
      if (this.#oddByte < at) this.#oddByte = this.#oddBytes.next(at);
      const end = this.#walkEvent(at - this.#from, array);
      const next = end === UNEXPECTED ? this.#leaveEvent(at + 1, array) : this.#from + end;
      this.#events += 1;
      // The common case, by the copy of the text that is in the cache of the processor.
      if (end !== UNEXPECTED && next + NEXT_ID.length <= this.#loadedEnd && isAt(end, NEXT_ID)) {
        if (this.#events > maxEvents) return UNEXPECTED;
        at = next;
        continue;
      }
      if (next < 0 || this.#events > maxEvents) return UNEXPECTED;
      if (bytes[next] === COMMA && bytes[next + 1] === OPEN) at = next;
      else {
        const separator = skipBlanks(bytes, next);
        if (bytes[separator] === BRACKET) return separator;
        const start = skipBlanks(bytes, separator + 1);
        if (bytes[separator] !== COMMA || bytes[start] !== OPEN) return UNEXPECTED;
        at = start - 1;
      }
    }
  }

  /** Ends the record. */
  finish<Format>(formats: readonly Format[]): TransformedLines<Format, Odd> {
    this.#tally?.end(this.#events);
    const events = this.#events - this.#odd.length - this.#repeats;
    return {
      parts: this.#parts.finish(),
      counts: {
        events,
        actions: { ACCEPT: this.#accepted, REJECT: this.#rejected, '-': events - this.#accepted - this.#rejected },
        logStatus: { OK: this.#ok, NODATA: this.#noData, SKIPDATA: this.#skipped.length },
      },
      lastMs: events > 0 ? toMs(this.#times.at) : undefined,
      skipped: this.#skipped,
      repeats: this.#repeats,
      odd: this.#odd,
      found: this.#found,
      formats,
    };
  }

  /** Call it instead of `finish` if the record is for the general path. */
  free(): void {
    this.#parts.free();
  }

  #load(at: number): void {
    if (this.#loadedEnd === this.#bytes.length && at >= this.#from) return;
    this.#from = at;
    this.#loadedEnd = at + loadSource(this.#bytes, at);
  }

  /** Takes the position of the byte before an event; returns the position after its end. */
  #walkEvent(start: number, array: WalkedArray<Odd>): number {
    if (!isAt(start, NEXT_ID) && !isAt(start, FIRST_ID)) return UNEXPECTED;
    const idStart = start + NEXT_ID.length;
    const idEnd = scanId(idStart);
    if (idEnd === UNEXPECTED || !isAt(idEnd, BEFORE_TIMESTAMP)) return UNEXPECTED;
    const timestampStart = idEnd + BEFORE_TIMESTAMP.length;
    if (!this.#readTimestamp(timestampStart)) return UNEXPECTED;
    if (!isAt(timestampStart + TIMESTAMP_DIGITS, BEFORE_MESSAGE)) return UNEXPECTED;
    this.#idStart = idStart;
    this.#hasId = idEnd > idStart;
    return this.#walkMessage(timestampStart + TIMESTAMP_DIGITS + BEFORE_MESSAGE.length, array);
  }

  /** The message belongs to the first format that fits. Returns where its event ends. */
  #walkMessage(start: number, { programs, firstFormat, source }: WalkedArray<Odd>): number {
    for (let index = 0; index < programs.length; index += 1) {
      const program = programs[index] as FormatProgram;
      useFormatProgram(program);
      const messageEnd = scanFields(start);
      if (messageEnd === UNEXPECTED || (program.mark && !hasMark(program.mark))) continue;
      const end = scanEventEnd(messageEnd);
      if (end === UNEXPECTED || this.#from + end > this.#oddByte) return UNEXPECTED;
      const isLikeHeader = SOURCE.getUint8(startOf(0)) === program.firstByte;
      if (!program.line || (isLikeHeader && mayBeHeader(program))) return UNEXPECTED;
      if (!this.#readTimes(program)) return UNEXPECTED;
      if (this.#hasId && this.#repeatCheck?.isRepeatAt(source, SOURCE, this.#idStart, messageEnd)) {
        this.#leaveOut();
        return end;
      }
      if (!this.#takeMessage(program, program.line, start, messageEnd)) return UNEXPECTED;
      const from = this.#from;
      this.#found?.add(firstFormat + index, from + start - AFTER_TIMESTAMP, from + start, from + messageEnd);
      return end;
    }
    return UNEXPECTED;
  }

  /** Milliseconds: all digits but the last three are seconds. */
  #readTimestamp(start: number): boolean {
    const end = start + TIMESTAMP_DIGITS;
    // JSON numbers have no leading zero.
    if (scanDigits(start) !== end || SOURCE.getUint8(start) === ZERO) return false;
    this.#times.event = findTime(start, EVENT_ROLE);
    this.#times.eventFraction = readFraction(end);
    return true;
  }

  #takeMessage(program: FormatProgram, line: LineProgram, start: number, end: number): boolean {
    const parts = this.#parts;
    if (!parts.makeRoom(line.maxBytes + 2 * (end - start))) return false;
    const status = program.logStatus < 0 ? 0 : SOURCE.getUint8(startOf(program.logStatus));
    if (status === LETTER_S) this.#skipped.push(this.#toSkipped(program, parts.at));
    const lineEnd = writeLine(parts.at, start, end, this.#times);
    if (lineEnd - parts.at > this.#options.maxLineBytes) return false;
    parts.take(lineEnd);
    const hour = hourOf(this.#times.event);
    if (hour !== this.#hour) this.#startHour(hour);
    if (status === LETTER_O) this.#ok += 1;
    else if (status === LETTER_N) this.#noData += 1;
    if (program.action >= 0) {
      const verdict = SOURCE.getUint8(startOf(program.action));
      if (verdict === LETTER_A) this.#accepted += 1;
      else if (verdict === LETTER_R) this.#rejected += 1;
    }
    return true;
  }

  /** The time of a row is the end of the flow; otherwise its start; otherwise the time of the event. */
  #readTimes({ start, end }: FormatProgram): boolean {
    const times = this.#times;
    times.start = start < 0 ? MISSING : findFieldTime(start, START_ROLE);
    times.at = end < 0 ? MISSING : findFieldTime(end, AT_ROLE);
    if (times.start === FOREIGN || times.at === FOREIGN) return false;
    times.startFraction = times.start === MISSING ? 0 : readFieldFraction(start);
    if (times.at !== MISSING) times.atFraction = readFieldFraction(end);
    else if (times.start !== MISSING) {
      times.at = times.start;
      times.atFraction = times.startFraction;
    } else {
      times.at = times.event;
      times.atFraction = times.eventFraction;
    }
    return true;
  }

  /** @param scratch position at which a time may be written */
  #toSkipped({ interfaceId }: FormatProgram, scratch: number): SkippedData {
    const { at, atFraction } = this.#times;
    return {
      index: this.#events,
      interfaceId: interfaceId < 0 ? '-' : fieldText(interfaceId),
      atTime: formatTimeAt(scratch, at, atFraction),
    };
  }

  /** Passes one event to the general path. Returns where the event ends; -1 if the whole record has to go there. */
  #leaveEvent(start: number, { takeOdd }: WalkedArray<Odd>): number {
    const bytes = this.#bytes;
    const found = this.#found;
    const { maxLineBytes } = this.#options;
    if (bytes[start] !== OPEN || this.#odd.length === MAX_ODD) return UNEXPECTED;
    const end = findObjectEnd(bytes, start);
    this.#oddTextBytes += end - start;
    if (this.#oddTextBytes > MAX_ODD_TEXT_BYTES) return UNEXPECTED;
    const event = parseJson(bytes.toString('utf8', start, end));
    const taken = event === undefined ? undefined : takeOdd(event, this.#events);
    if (!taken) return UNEXPECTED;
    if (taken === 'repeat') {
      this.#leaveOut();
      return end;
    }
    const { line, odd, timestamp } = taken;
    if (line && line.length > maxLineBytes) return UNEXPECTED;
    if (line) this.#parts.add(line);
    this.#odd.push(odd);
    found?.addOdd(odd);
    this.#startHour(toHour(timestamp));
    return end;
  }

  /** The event was sent before. */
  #leaveOut(): void {
    const [found, tally] = [this.#found, this.#tally];
    this.#repeats += 1;
    found?.addRepeat();
    tally?.end(this.#events);
    this.#hour = UNCOUNTED;
  }

  /** The event at hand, and those after it up to another hour, are of this hour. */
  #startHour(hour: number): void {
    this.#hour = hour;
    if (this.#source) this.#tally?.start(this.#events, this.#source, hour);
  }
}

/** The source is loaded again when less than this is left. A longer event may be treated as odd. */
const LONG_EVENT = 8 * 1024;
/** Odd events are kept until the record is done; a record with more or longer ones is for the general path. */
const MAX_ODD = 2048;
const MAX_ODD_TEXT_BYTES = 2 * 1024 * 1024;

const FIRST_ID = toLiteral('[{"id":"');
const NEXT_ID = toLiteral(',{"id":"');
const BEFORE_TIMESTAMP = toLiteral('","timestamp":');
const BEFORE_MESSAGE = toLiteral(',"message":"');

const TIMESTAMP_DIGITS = SECONDS_DIGITS + 3;
/** From the start of a timestamp to the start of the message. */
const AFTER_TIMESTAMP = TIMESTAMP_DIGITS + BEFORE_MESSAGE.length;
/** The three digits `000`. */
const NO_FRACTION = 0x303030;

const EVENT_ROLE = 0;
const START_ROLE = 1;
const AT_ROLE = 2;

const UNEXPECTED = -1;
/** No hour: the next event starts a run of its own. */
const UNCOUNTED = -2;
/** The flow log has no such time, or an unexpected one. */
const MISSING = -1;
const FOREIGN = -2;

const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DASH = 0x2d;
const ZERO = 0x30;
const LETTER_A = 0x41;
const LETTER_N = 0x4e;
const LETTER_O = 0x4f;
const LETTER_R = 0x52;
const LETTER_S = 0x53;
const BRACKET = 0x5d;
const OPEN = 0x7b;
/** A quote and a brace, read as two bytes. */
const QUOTE_CLOSE = 0x7d22;

const startOf = (field: number): number => STARTS[field] as number;
const endOf = (field: number): number => ENDS[field] as number;

const fieldText = (field: number): string =>
  Buffer.from(SOURCE.buffer, startOf(field), endOf(field) - startOf(field)).toString('latin1');

/** The entry in the table of times for whole seconds or milliseconds. */
const findFieldTime = (field: number, role: number): number => {
  const start = startOf(field);
  const digits = endOf(field) - start;
  if (digits === SECONDS_DIGITS) return findTime(start, role);
  // With a leading zero, a number of this many digits may still be seconds.
  if (digits === TIMESTAMP_DIGITS && SOURCE.getUint8(start) !== ZERO) return findTime(start, role);
  return SOURCE.getUint8(start) === DASH ? MISSING : FOREIGN;
};

const readFieldFraction = (field: number): number => {
  const end = endOf(field);
  return end - startOf(field) === TIMESTAMP_DIGITS ? readFraction(end) : 0;
};

/** The milliseconds that end there. */
const readFraction = (end: number): number => {
  const lastFour = SOURCE.getInt32(end - 4, true);
  return lastFour >>> 8 === NO_FRACTION ? 0 : readFourDigits(lastFour & 0xffffff00);
};

const hasMark = ({ index, bytes }: FieldMark): boolean => isFieldStart(index, bytes);

/** A message that begins with the name of its first field may be a header. */
const mayBeHeader = ({ firstName }: FormatProgram): boolean => isFieldStart(0, firstName);

const isFieldStart = (field: number, text: Uint8Array): boolean => {
  const start = startOf(field);
  if (start + text.length > endOf(field)) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (SOURCE.getUint8(start + index) !== text[index]) return false;
  }
  return true;
};

/** From the quote after a message to after its event. */
const scanEventEnd = (messageEnd: number): number =>
  SOURCE.getUint16(messageEnd, true) === QUOTE_CLOSE ? messageEnd + 2 : scanExtractedFields(messageEnd);

/** Where the string that began there ends: digits four at a time, since an id is 56 of them, then anything. */
const scanId = (start: number): number => {
  let at = start;
  while ((SOURCE.getInt32(at, true) & 0xf0f0f0f0) === 0x30303030) at += 4;
  let byte = SOURCE.getUint8(at);
  while (byte >= BLANK && byte !== QUOTE) {
    at += 1;
    byte = SOURCE.getUint8(at);
  }
  return byte === QUOTE ? at : UNEXPECTED;
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
