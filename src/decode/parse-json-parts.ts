/**
 * Finds the JSON values in the text of a record. Nearly always that is one object. Firehose and other relays write several back
 * to back, with or without white space between them; an invalid one must not affect the others.
 */
import { findObjectEnd, skipBlanks } from '../json-text.js';

export interface JsonPart {
  /** Where the part begins in the text. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** The parsed value. Undefined, which no JSON text parses to, if the bytes are not JSON or contain too many values. */
  readonly value: unknown;
  readonly hasTooManyValues: boolean;
}

/**
 * Yields parts in order, found on demand; together they cover the whole text except white space and byte order marks between
 * them. An object without an end, and text that is not an object, are parts without a value. So is an object of more values
 * than `maxValues`, which is not parsed: two bytes of text may take sixty of memory.
 */
export function* parseJsonParts(text: Uint8Array, maxValues: number): Generator<JsonPart> {
  const start = skipBlanks(text, 0);
  if (start === text.length) return;
  const whole = toPart(text, start, text.length, maxValues);
  if (whole.value !== undefined) {
    yield whole;
    return;
  }
  for (let at = start; at < text.length; ) {
    const end = text[at] === OPEN ? findObjectEnd(text, at) : findObjectStart(text, at);
    yield toPart(text, at, end, maxValues);
    at = skipBlanks(text, end);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_ARRAY = 0x5b;
const COMMA = 0x2c;

function findObjectStart(text: Uint8Array, from: number): number {
  const start = text.indexOf(OPEN, from);
  return start === -1 ? text.length : start;
}

function toPart(text: Uint8Array, start: number, end: number, maxValues: number): JsonPart {
  const bytes = text.subarray(start, end);
  const hasTooManyValues = isAbove(maxValues, bytes);
  return { start, bytes, value: hasTooManyValues ? undefined : parseJson(bytes), hasTooManyValues };
}

/** Counts what precedes a value: an opening bracket or a comma. With its separator, every value takes at least two bytes. */
function isAbove(maxValues: number, bytes: Uint8Array): boolean {
  if (bytes.length <= 2 * maxValues) return false;
  let values = 0;
  let isInString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) isInString = !isInString;
    else if (isInString && byte === BACKSLASH) at += 1;
    else if (!isInString && (byte === OPEN || byte === OPEN_ARRAY || byte === COMMA)) values += 1;
  }
  return values > maxValues;
}

function parseJson(bytes: Uint8Array): unknown {
  if (!mayBeJson(bytes)) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    return undefined;
  }
}

/** Rules out most other bytes before they become a string: for binary data, that takes up to twice its size. */
function mayBeJson(bytes: Uint8Array): boolean {
  const start = skipBlanks(bytes, 0);
  const first = bytes[start];
  if (first !== OPEN) return first !== undefined && OTHER_STARTS.has(first);
  const next = bytes[skipBlanks(bytes, start + 1)];
  return next === QUOTE || next === CLOSE;
}

const OTHER_STARTS: ReadonlySet<number> = new Set(Buffer.from('["-0123456789tfn'));
