/**
 * Walks through the log events of a record, as CloudWatch Logs writes them, and writes a line for each. It gives up at the
 * first byte that it does not expect: then nothing was done, and the record is for the general path.
 */
import type { FormatProgram } from './format-program.js';
import * as formatProgram from './format-program.js';
import type { FoundFlowLogs } from './found-flow-logs.js';
import type { LineBuffers, LinePart } from './line-buffers.js';
import * as scan from './scan-fields.js';
import * as sourceWindow from './source-window.js';
import * as timeTable from './time-table.js';
import type { CollectedText, LineTimes } from './write-line.js';
import * as write from './write-line.js';

// Constants of this module; see source-window.ts.
const { useFormatProgram } = formatProgram;
const { fieldEnds: ENDS, scanFields } = scan;
const { readFourDigits, isAt, toLiteral, scanDigits, loadSource, source: SOURCE } = sourceWindow;
const { findTime, SECONDS_DIGITS } = timeTable;
const { LINES_BYTES, lineBytes, useCollected, writeLine } = write;

export interface EventWalk {
  /** Plain ASCII without a backslash. */
  readonly bytes: Uint8Array;
  /** The first byte of the first event, behind a bracket, and the bracket behind the last one. */
  readonly start: number;
  readonly end: number;
  /** The formats to try on each message, in order. */
  readonly programs: readonly FormatProgram[];
  readonly collected: CollectedText;
  readonly maxEvents: number;
  readonly maxLineBytes: number;
  readonly buffers: LineBuffers;
  /** Told of each flow log, where somebody needs them. */
  readonly found: FoundFlowLogs | undefined;
}

/** Log events by what they say: by action, where one without counts as `-`, and by log status. */
export interface EventCounts {
  readonly events: number;
  readonly actions: Readonly<Record<'ACCEPT' | 'REJECT' | '-', number>>;
  readonly logStatus: Readonly<Record<'OK' | 'NODATA', number>>;
}

export interface WalkedEvents {
  readonly parts: readonly LinePart[];
  readonly counts: EventCounts;
}

export function walkEvents(walk: EventWalk): WalkedEvents | undefined {
  return new Walk(walk).run();
}

class Walk {
  readonly #walk: EventWalk;
  readonly #times: LineTimes;
  readonly #parts: LinePart[] = [];
  /** Where the source begins in the text. */
  #from = 0;
  /** Where the next line goes, and how many lines are before it. */
  #at = 0;
  #partLines = 0;
  #events = 0;
  #accepted = 0;
  #rejected = 0;
  #noData = 0;
  #ok = 0;

  constructor(walk: EventWalk) {
    this.#walk = walk;
    this.#times = {
      at: 0,
      atFraction: 0,
      start: 0,
      event: 0,
      eventFraction: 0,
    };
  }

  run(): WalkedEvents | undefined {
    const { bytes, start, end, maxEvents, collected } = this.#walk;
    useCollected(collected);
    this.#from = start - 1;
    /** Where the source ends in itself. */
    let loaded = loadSource(bytes, this.#from);
    if (!isAt(0, FIRST_ID)) return undefined;
    let at = FIRST_ID.length;
    for (;;) {
      if (at > loaded - LONG_EVENT && this.#from + loaded < end) {
        this.#from += at;
        at = 0;
        loaded = loadSource(bytes, this.#from);
      }
      at = this.#walkEvent(at);
      if (at === UNEXPECTED || this.#events > maxEvents) return this.#giveUp();
      if (this.#from + at + 2 === end) break;
      if (!isAt(at, NEXT_ID)) return this.#giveUp();
      at += NEXT_ID.length;
    }
    if (SOURCE.getUint8(at + 1) !== CLOSE) return this.#giveUp();
    this.#cutPart();
    return { parts: this.#parts, counts: this.#counts() };
  }

  /** From behind the quote before an event's id to the quote behind its message. */
  #walkEvent(idStart: number): number {
    const idEnd = scanId(idStart);
    if (idEnd === UNEXPECTED || !isAt(idEnd, BEFORE_TIMESTAMP)) return UNEXPECTED;
    const timestampEnd = this.#readTimestamp(idEnd + BEFORE_TIMESTAMP.length);
    if (timestampEnd === UNEXPECTED || !isAt(timestampEnd, BEFORE_MESSAGE)) return UNEXPECTED;
    this.#events += 1;
    return this.#walkMessage(timestampEnd + BEFORE_MESSAGE.length);
  }

  /** Milliseconds: all digits but the last three are seconds. Returns where they end. */
  #readTimestamp(start: number): number {
    const end = start + TIMESTAMP_DIGITS;
    // JSON has no number with a zero before it.
    if (scanDigits(start) !== end || SOURCE.getUint8(start) === ZERO) return UNEXPECTED;
    const times = this.#times;
    times.event = findTime(start, EVENT_ROLE);
    const lastFour = SOURCE.getInt32(end - 4, true);
    times.eventFraction = lastFour >>> 8 === NO_FRACTION ? 0 : readFourDigits(lastFour & 0xffffff00);
    return end;
  }

  /** The first format that fits has the message. Returns where it ends. */
  #walkMessage(start: number): number {
    const { programs, found } = this.#walk;
    for (let index = 0; index < programs.length; index += 1) {
      const program = programs[index] as FormatProgram;
      useFormatProgram(program);
      const end = scanFields(start);
      if (end !== UNEXPECTED && hasMark(program, start)) {
        found?.add(
          index,
          this.#from + start - AFTER_TIMESTAMP,
          this.#from + start,
          this.#from,
          ENDS,
          program.types.length,
        );
        return this.#takeMessage(program, start, end) ? end : UNEXPECTED;
      }
    }
    return UNEXPECTED;
  }

  #takeMessage(program: FormatProgram, start: number, end: number): boolean {
    const { line } = program;
    if (!line || mayBeHeader(program, start)) return false;
    if (!this.#readTimes(program, start) || !this.#count(program, start)) return false;
    if (!this.#makeRoom(line.maxBytes + 2 * (end - start))) return false;
    const from = this.#at;
    this.#at = writeLine(from, start, end, this.#times);
    LINE_ENDS[this.#partLines] = this.#at;
    this.#partLines += 1;
    return this.#at - from <= this.#walk.maxLineBytes;
  }

  /** A row is filed under the end of the flow, without one under its start, without that under the event's time. */
  #readTimes({ start, end }: FormatProgram, from: number): boolean {
    const times = this.#times;
    times.start = start < 0 ? MISSING : this.#readTime(start, from, START_ROLE);
    times.at = end < 0 ? MISSING : this.#readTime(end, from, AT_ROLE);
    if (times.start === FOREIGN || times.at === FOREIGN) return false;
    times.atFraction = 0;
    if (times.at === MISSING) {
      times.at = times.start;
      if (times.at === MISSING) {
        times.at = times.event;
        times.atFraction = times.eventFraction;
      }
    }
    return true;
  }

  #readTime(field: number, from: number, role: number): number {
    const start = startOf(field, from);
    if ((ENDS[field] as number) - start === SECONDS_DIGITS) return findTime(start, role);
    return SOURCE.getUint8(start) === DASH ? MISSING : FOREIGN;
  }

  /** False for SKIPDATA, which is told one by one. */
  #count({ action, logStatus }: FormatProgram, from: number): boolean {
    if (logStatus >= 0) {
      const status = SOURCE.getUint8(startOf(logStatus, from));
      if (status === LETTER_S) return false;
      if (status === LETTER_O) this.#ok += 1;
      else if (status === LETTER_N) this.#noData += 1;
    }
    if (action >= 0) {
      const verdict = SOURCE.getUint8(startOf(action, from));
      if (verdict === LETTER_A) this.#accepted += 1;
      else if (verdict === LETTER_R) this.#rejected += 1;
    }
    return true;
  }

  /** False when a line may be longer than the room for all. */
  #makeRoom(maxBytes: number): boolean {
    if (this.#at + maxBytes <= LINES_BYTES) return true;
    this.#cutPart();
    return maxBytes <= LINES_BYTES;
  }

  /** What was written since the last cut is a part of its own. */
  #cutPart(): void {
    if (this.#partLines > 0) {
      const ends = LINE_ENDS.slice(0, this.#partLines);
      this.#parts.push(this.#walk.buffers.add(lineBytes.subarray(0, this.#at), ends));
    }
    this.#at = 0;
    this.#partLines = 0;
  }

  #giveUp(): undefined {
    for (const part of this.#parts) part.free();
    return undefined;
  }

  #counts(): EventCounts {
    const events = this.#events;
    return {
      events,
      actions: { ACCEPT: this.#accepted, REJECT: this.#rejected, '-': events - this.#accepted - this.#rejected },
      logStatus: { OK: this.#ok, NODATA: this.#noData },
    };
  }
}

/** Of the lines since the last cut. A line has one byte or more. */
const LINE_ENDS = new Int32Array(LINES_BYTES);
/** What is left of the source is filled up again when it is less: enough for an event, and one that needs more is given up. */
const LONG_EVENT = 8 * 1024;

const FIRST_ID = toLiteral('[{"id":"');
const NEXT_ID = toLiteral('"},{"id":"');
const BEFORE_TIMESTAMP = toLiteral('","timestamp":');
const BEFORE_MESSAGE = toLiteral(',"message":"');

const TIMESTAMP_DIGITS = SECONDS_DIGITS + 3;
/** From where a timestamp begins to where its message does. */
const AFTER_TIMESTAMP = TIMESTAMP_DIGITS + BEFORE_MESSAGE.length;
/** Three digits that are all zero. */
const NO_FRACTION = 0x303030;

const EVENT_ROLE = 0;
const START_ROLE = 1;
const AT_ROLE = 2;

const UNEXPECTED = -1;
/** A flow log may have no such time, or one that is not expected. */
const MISSING = -1;
const FOREIGN = -2;

const BLANK = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const ZERO = 0x30;
const LETTER_A = 0x41;
const LETTER_N = 0x4e;
const LETTER_O = 0x4f;
const LETTER_R = 0x52;
const LETTER_S = 0x53;
const CLOSE = 0x7d;

/** Where a field begins in a message that begins there. */
const startOf = (field: number, from: number): number => (field === 0 ? from : (ENDS[field - 1] as number) + 1);

const hasMark = ({ mark }: FormatProgram, from: number): boolean => !mark || isFieldStart(mark.index, mark.bytes, from);

/** A message that begins with the name of its first field may be a header. */
const mayBeHeader = ({ firstName }: FormatProgram, from: number): boolean =>
  SOURCE.getUint8(from) === firstName[0] && isFieldStart(0, firstName, from);

const isFieldStart = (field: number, text: Uint8Array, from: number): boolean => {
  const start = startOf(field, from);
  if (start + text.length > (ENDS[field] as number)) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (SOURCE.getUint8(start + index) !== text[index]) return false;
  }
  return true;
};

/** Where the string ends that began there: digits four at a time, since an id is 56 of them, then anything. */
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
