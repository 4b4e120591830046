/**
 * Walks through the log events of a record, as CloudWatch Logs writes them, and writes a line for each. It gives up at the
 * first byte that it does not expect: then nothing was done, and the record is for the general path.
 */
import type { FormatProgram } from './format-program.js';
import type { Block, LineBuffers, LinePart } from './line-buffers.js';
import { isLiteral, type Literal, toLiteral } from './literal.js';
import { scanFields } from './scan-fields.js';
import { MAX_SECONDS, type TimeTable } from './time-table.js';
import { type LineTimes, type ScannedMessage, writeLine } from './write-line.js';

export interface EventWalk {
  /** Plain ASCII without a backslash. */
  readonly bytes: Uint8Array;
  /** The first byte of the first event, behind a bracket, and the bracket behind the last one. */
  readonly start: number;
  readonly end: number;
  /** The formats to try on each message, in order. */
  readonly programs: readonly FormatProgram[];
  /** Room for the end of each field of a message. */
  readonly ends: Int32Array;
  readonly times: TimeTable;
  /** The time of collection as words, and its length in bytes. */
  readonly collected: Float64Array;
  readonly collectedBytes: number;
  readonly maxEvents: number;
  readonly maxLineBytes: number;
  readonly buffers: LineBuffers;
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
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #message: ScannedMessage;
  readonly #times: LineTimes;
  readonly #parts: LinePart[] = [];
  #block: Block;
  /** Where the lines of this record begin in the block, how many there are, and where the next one goes. */
  #partStart: number;
  #partLines = 0;
  #at: number;
  #events = 0;
  #accepted = 0;
  #rejected = 0;
  #noData = 0;
  #ok = 0;

  constructor(walk: EventWalk) {
    const { bytes, ends, times, collected, collectedBytes, buffers } = walk;
    this.#walk = walk;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#message = { view: this.#view, viewBytes: bytes.byteLength, start: 0, end: 0, ends };
    this.#times = {
      words: times.words,
      at: 0,
      atFraction: 0,
      start: 0,
      event: 0,
      eventFraction: 0,
      collected,
      collectedBytes,
    };
    const { block, at } = buffers.open(0);
    this.#block = block;
    this.#partStart = at;
    this.#at = at;
  }

  run(): WalkedEvents | undefined {
    const { start, end, maxEvents, buffers } = this.#walk;
    if (!this.#isAt(start - 1, FIRST_ID)) return this.#giveUp();
    let at = start - 1 + FIRST_ID.length;
    for (;;) {
      at = this.#walkEvent(at);
      if (at === UNEXPECTED || this.#events > maxEvents) return this.#giveUp();
      if (at + 2 === end) break;
      if (!this.#isAt(at, NEXT_ID)) return this.#giveUp();
      at += NEXT_ID.length;
    }
    if (this.#bytes[end - 1] !== CLOSE) return this.#giveUp();
    this.#cutPart();
    buffers.close(this.#at);
    return { parts: this.#parts, counts: this.#counts() };
  }

  #isAt(at: number, literal: Literal): boolean {
    return isLiteral(this.#view, this.#bytes.length, at, literal);
  }

  /** From behind the quote before an event's id to the quote behind its message. */
  #walkEvent(idStart: number): number {
    const idEnd = scanId(this.#bytes, this.#view, idStart, this.#walk.end);
    if (idEnd === UNEXPECTED || !this.#isAt(idEnd, BEFORE_TIMESTAMP)) return UNEXPECTED;
    const timestampEnd = this.#readTimestamp(idEnd + BEFORE_TIMESTAMP.length);
    if (timestampEnd === UNEXPECTED || !this.#isAt(timestampEnd, BEFORE_MESSAGE)) return UNEXPECTED;
    this.#events += 1;
    return this.#walkMessage(timestampEnd + BEFORE_MESSAGE.length);
  }

  /** Milliseconds: all digits but the last three are seconds. Returns where they end. */
  #readTimestamp(start: number): number {
    const bytes = this.#bytes;
    const end = scanDigits(bytes, start);
    // JSON has no number with a zero before it.
    if (end - start < 4 || end - start > MAX_TIMESTAMP_DIGITS || bytes[start] === ZERO) return UNEXPECTED;
    const seconds = readNumber(bytes, start, end - 3);
    if (seconds > MAX_SECONDS) return UNEXPECTED;
    const times = this.#times;
    times.event = this.#walk.times.find(seconds, EVENT_ROLE);
    times.eventFraction = readNumber(bytes, end - 3, end);
    return end;
  }

  /** The first format that fits has the message. Returns where it ends. */
  #walkMessage(start: number): number {
    const { programs } = this.#walk;
    const message = this.#message;
    message.start = start;
    for (let index = 0; index < programs.length; index += 1) {
      const program = programs[index] as FormatProgram;
      message.end = scanFields(this.#bytes, start, program.types, message.ends);
      if (message.end !== UNEXPECTED && this.#hasMark(program)) {
        return this.#takeMessage(program) ? message.end : UNEXPECTED;
      }
    }
    return UNEXPECTED;
  }

  #hasMark({ mark }: FormatProgram): boolean {
    return !mark || this.#isFieldStart(mark.index, mark.bytes);
  }

  #isFieldStart(field: number, text: Uint8Array): boolean {
    const start = this.#startOf(field);
    if (start + text.length > (this.#message.ends[field] as number)) return false;
    for (let index = 0; index < text.length; index += 1) if (this.#bytes[start + index] !== text[index]) return false;
    return true;
  }

  #startOf(field: number): number {
    return field === 0 ? this.#message.start : (this.#message.ends[field - 1] as number) + 1;
  }

  #takeMessage(program: FormatProgram): boolean {
    const { line, firstName } = program;
    // A message that begins with the name of its first field may be a header.
    if (!line || (this.#bytes[this.#message.start] === firstName[0] && this.#isFieldStart(0, firstName))) return false;
    if (!this.#readTimes(program) || !this.#count(program)) return false;
    const { start, end } = this.#message;
    if (!this.#makeRoom(line.maxBytes + 2 * (end - start))) return false;
    const from = this.#at;
    this.#at = writeLine(this.#block.view, from, line, this.#message, this.#times);
    this.#partLines += 1;
    return this.#at - from <= this.#walk.maxLineBytes;
  }

  /** A row is filed under the end of the flow, without one under its start, without that under the event's time. */
  #readTimes({ start, end }: FormatProgram): boolean {
    const times = this.#times;
    times.start = start < 0 ? MISSING : this.#readTime(start, START_ROLE);
    times.at = end < 0 ? MISSING : this.#readTime(end, AT_ROLE);
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

  #readTime(field: number, role: number): number {
    const start = this.#startOf(field);
    const end = this.#message.ends[field] as number;
    // What may be milliseconds, or past all times, is for the general path.
    if (end - start > MAX_SECONDS_DIGITS) return FOREIGN;
    return this.#bytes[start] === DASH ? MISSING : this.#walk.times.find(readNumber(this.#bytes, start, end), role);
  }

  /** False for SKIPDATA, which is told one by one. */
  #count({ action, logStatus }: FormatProgram): boolean {
    if (logStatus >= 0) {
      const status = this.#bytes[this.#startOf(logStatus)];
      if (status === LETTER_S) return false;
      if (status === LETTER_O) this.#ok += 1;
      else if (status === LETTER_N) this.#noData += 1;
    }
    if (action >= 0) {
      const verdict = this.#bytes[this.#startOf(action)];
      if (verdict === LETTER_A) this.#accepted += 1;
      else if (verdict === LETTER_R) this.#rejected += 1;
    }
    return true;
  }

  /** False when a line may be longer than a block. */
  #makeRoom(maxBytes: number): boolean {
    const { buffers } = this.#walk;
    if (this.#at + maxBytes <= buffers.blockBytes) return true;
    if (maxBytes > buffers.blockBytes) return false;
    this.#cutPart();
    const { block, at } = buffers.next();
    this.#block = block;
    this.#partStart = at;
    this.#at = at;
    return true;
  }

  /** What was written since the last cut is a part of its own. */
  #cutPart(): void {
    if (this.#partLines === 0) return;
    const block = this.#block;
    const { buffers } = this.#walk;
    block.uses += 1;
    this.#parts.push({
      bytes: block.bytes.subarray(this.#partStart, this.#at),
      lines: this.#partLines,
      free: () => buffers.release(block),
    });
    this.#partStart = this.#at;
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

const FIRST_ID = toLiteral('[{"id":"');
const NEXT_ID = toLiteral('"},{"id":"');
const BEFORE_TIMESTAMP = toLiteral('","timestamp":');
const BEFORE_MESSAGE = toLiteral(',"message":"');

const MAX_TIMESTAMP_DIGITS = 15;
const MAX_SECONDS_DIGITS = 10;

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
const NINE = 0x39;
const LETTER_A = 0x41;
const LETTER_N = 0x4e;
const LETTER_O = 0x4f;
const LETTER_R = 0x52;
const LETTER_S = 0x53;
const CLOSE = 0x7d;

/** Where the string ends that began there: digits four at a time, since an id is 56 of them, then anything. */
function scanId(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  let at = start;
  while (at + 4 < end && (view.getInt32(at, true) & 0xf0f0f0f0) === 0x30303030) at += 4;
  let byte = bytes[at] as number;
  while (byte >= BLANK && byte !== QUOTE) {
    at += 1;
    byte = bytes[at] as number;
  }
  return byte === QUOTE ? at : UNEXPECTED;
}

function scanDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at] as number; byte >= ZERO && byte <= NINE; byte = bytes[at] as number) at += 1;
  return at;
}

/** Digits as a number; nine at a time stay within what V8 keeps as an integer. */
function readNumber(bytes: Uint8Array, start: number, end: number): number {
  const middle = end - start > 9 ? end - 9 : start;
  let high = 0;
  for (let at = start; at < middle; at += 1) high = high * 10 + (bytes[at] as number) - ZERO;
  let low = 0;
  for (let at = middle; at < end; at += 1) low = low * 10 + (bytes[at] as number) - ZERO;
  return high === 0 ? low : high * 1_000_000_000 + low;
}
