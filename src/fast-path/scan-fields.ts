/**
 * Finds the fields of one flow log in the bytes of its message, and checks that each looks like its type, in one go. The
 * rules are those of the general path for lines that are plain ASCII; any other line fits nothing here.
 */
import { isIP } from 'node:net';
import * as ipv4 from './scan-ipv4.js';
import * as ipv6 from './scan-ipv6.js';
import * as sourceWindow from './source-window.js';
import type { FastFormat, FastType } from './types.js';

const { scanIpv4 } = ipv4;
const { scanIpv6, UNSURE } = ipv6;
const { firstMarked, isAt, markQuoteOrBelow, scanDigits, source: SOURCE, toLiteral } = sourceWindow;

/** The types of a format's fields, as numbers. */
export type FieldTypes = Uint8Array;

const INTEGER = 0;
const ADDRESS = 1;
const ACTION = 2;
const LOG_STATUS = 3;
const TEXT = 4;

const CODES: Readonly<Record<FastType, number>> = {
  integer: INTEGER,
  address: ADDRESS,
  action: ACTION,
  'log-status': LOG_STATUS,
  text: TEXT,
};

export function toFieldTypes({ fields }: FastFormat): FieldTypes {
  return Uint8Array.from(fields, ({ type }) => CODES[type]);
}

/** Formats of more fields are for the general path. */
export const MAX_FIELDS = 4096;
const TYPES = new Uint8Array(MAX_FIELDS);
let fieldCount = 0;

/** From now on messages are to have these fields. */
export function useFieldTypes(types: FieldTypes): void {
  TYPES.set(types);
  fieldCount = types.length;
}

const STARTS = new Int32Array(MAX_FIELDS);
const ENDS = new Int32Array(MAX_FIELDS);
/** Where each field of the message begins and ends that was scanned last. */
export const fieldStarts = STARTS;
export const fieldEnds = ENDS;

/**
 * @param from where the message begins in the source
 * @returns where the message ends, which is at its closing quote; -1 when it does not fit
 */
export const scanFields = (from: number): number => {
  let at = from | 0;
  const last = (fieldCount | 0) - 1;
  for (let index = 0; index <= last; ) {
    const end = scanField(at, typeOf(index));
    if (end === at) {
      // No value begins with a blank, so a run of them costs the common line nothing.
      if (byteAt(at) !== BLANK) return -1;
      at = skipBlanks(at);
    } else {
      setField(index, at, end);
      at = end;
      if (index < last) {
        if (byteAt(end) !== BLANK) return -1;
        at = end + 1;
      }
      index += 1;
    }
  }
  if (byteAt(at) === BLANK) at = skipBlanks(at);
  return byteAt(at) === QUOTE ? at : -1;
};

const typeOf = (field: number): number => TYPES[field] as number;
const byteAt = (at: number): number => SOURCE.getUint8(at);
const setField = (index: number, start: number, end: number): void => {
  STARTS[index] = start;
  ENDS[index] = end;
};

/** Fields are parted by runs of blanks, and there may be some around the line. A tab is an escape in JSON. */
const skipBlanks = (from: number): number => {
  let at = from;
  while (SOURCE.getUint8(at) === BLANK) at += 1;
  return at;
};

const BLANK = 0x20;
const EXCLAMATION = 0x21;
const QUOTE = 0x22;
/** A dash and what ends a field, as two bytes are read. */
const DASH_BLANK = 0x202d;
const DASH_QUOTE = 0x222d;

/** Where the value ends that begins here and is of the type, or `-`; where it begins when there is none. */
const scanField = (start: number, type: number): number => {
  const two = SOURCE.getUint16(start, true);
  if (two === DASH_BLANK || two === DASH_QUOTE) return start + 1;
  switch (type) {
    case INTEGER:
      return scanDigits(start);
    case ADDRESS: {
      const end = scanIpv4(start);
      return end === start ? scanOther(start) : end;
    }
    case ACTION:
      return scanAction(start);
    case LOG_STATUS:
      return scanLogStatus(start, two);
    default:
      return scanText(start);
  }
};

/** Up to a blank or a quote. Bytes below a blank are in no JSON string, so they end it too, and then it does not fit. */
const scanText = (start: number): number => {
  let at = start;
  for (;;) {
    const marks = markQuoteOrBelow(SOURCE.getInt32(at, true));
    if (marks === 0) at += 4;
    else {
      at += firstMarked(marks);
      if (SOURCE.getUint8(at) !== EXCLAMATION) return at;
      at += 1;
    }
  }
};

const scanOther = (start: number): number => {
  const end = scanIpv6(start);
  return end === UNSURE ? askNode(start) : end;
};

const askNode = (start: number): number => {
  const end = scanText(start);
  const text = Buffer.from(SOURCE.buffer, start, end - start).toString('latin1');
  return isIP(text) === 0 ? start : end;
};

const scanAction = (start: number): number => {
  const first = SOURCE.getInt32(start, true);
  if (first !== ACCE && first !== REJE) return start;
  const rest = SOURCE.getUint16(start + 4, true);
  return rest === (first === ACCE ? PT : CT) ? start + 6 : start;
};

/** @param two the first two bytes */
const scanLogStatus = (start: number, two: number): number => {
  if (two === OK) return start + 2;
  const first = SOURCE.getInt32(start, true);
  if (first === NODA) return SOURCE.getUint16(start + 4, true) === TA ? start + 6 : start;
  return first === SKIP && SOURCE.getInt32(start + 4, true) === DATA ? start + 8 : start;
};

const [ACCE, REJE, NODA, SKIP, DATA] = ['ACCE', 'REJE', 'NODA', 'SKIP', 'DATA'].map(toWord) as number[];
const [PT, CT, OK, TA] = ['PT', 'CT', 'OK', 'TA'].map(toWord) as number[];

/** Up to four bytes as a view reads them. */
function toWord(text: string): number {
  return Buffer.from(text).readUIntLE(0, text.length);
}

/**
 * The fields that a subscription with a bracket pattern adds behind each message: an object of strings.
 *
 * @param from the quote behind the message
 * @returns where the event ends; -1 if anything else follows the message
 */
export const scanExtractedFields = (from: number): number => {
  if (!isAt(from, EXTRACTED) || !isAt(from + EXTRACTED_END_AT, EXTRACTED_END)) return -1;
  let at = from + EXTRACTED_END_AT + EXTRACTED_END.length;
  if (SOURCE.getUint8(at) === CLOSE) return SOURCE.getUint8(at + 1) === CLOSE ? at + 2 : -1;
  for (;;) {
    at = scanString(at);
    if (at === -1 || SOURCE.getUint8(at) !== COLON) return -1;
    at = SOURCE.getInt32(at + 1, true) === NULL ? at + 5 : scanString(at + 1);
    if (at === -1) return -1;
    const byte = SOURCE.getUint8(at);
    at += 1;
    if (byte === CLOSE) return SOURCE.getUint8(at) === CLOSE ? at + 1 : -1;
    if (byte !== COMMA) return -1;
  }
};

/** Behind the string that begins here; -1 if none does. */
const scanString = (start: number): number => {
  if (SOURCE.getUint8(start) !== QUOTE) return -1;
  let at = start + 1;
  for (;;) {
    const marks = markQuoteOrBelow(SOURCE.getInt32(at, true));
    if (marks === 0) at += 4;
    else {
      at += firstMarked(marks);
      const byte = SOURCE.getUint8(at);
      if (byte === QUOTE) return at + 1;
      if (byte < BLANK) return -1;
      at += 1;
    }
  }
};

const EXTRACTED_TEXT = '","extractedFields":{';
// A literal has at most 16 bytes, so two that overlap stand for the text.
const EXTRACTED = toLiteral(EXTRACTED_TEXT.slice(0, 16));
const EXTRACTED_END = toLiteral(EXTRACTED_TEXT.slice(-16));
const EXTRACTED_END_AT = EXTRACTED_TEXT.length - 16;
const COMMA = 0x2c;
const COLON = 0x3a;
const CLOSE = 0x7d;
const NULL = Buffer.from('null').readInt32LE();
