/**
 * Finds the fields of one flow log in the bytes of its message, and checks that each looks like its type, in one go. The
 * rules are those of the general path for lines that are plain ASCII with one blank between fields; any other line fits
 * nothing here.
 */
import { isIP } from 'node:net';
import type { FastFormat, FastType } from './types.js';

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

/**
 * @param from where the message begins
 * @param ends gets where each field ends; each next one begins one byte behind
 * @returns where the message ends, which is at its closing quote; -1 when it does not fit
 */
export function scanFields(bytes: Uint8Array, from: number, types: FieldTypes, ends: Int32Array): number {
  let at = from;
  const last = types.length - 1;
  for (let index = 0; index <= last; index += 1) {
    const start = at;
    const end = scanField(bytes, start, types[index] as number);
    if (end <= start || bytes[end] !== (index === last ? QUOTE : BLANK)) return -1;
    ends[index] = end;
    at = end + 1;
  }
  return at - 1;
}

const BLANK = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;

/** Where the value ends that begins here and is of the type, or `-`; where it begins when there is none. */
function scanField(bytes: Uint8Array, start: number, type: number): number {
  if (bytes[start] === DASH && isEnd(bytes[start + 1] as number)) return start + 1;
  switch (type) {
    case INTEGER:
      return scanDigits(bytes, start);
    case ADDRESS:
      return scanAddress(bytes, start);
    case ACTION:
      return isAction(bytes, start) ? start + 6 : start;
    case LOG_STATUS:
      return scanLogStatus(bytes, start);
    default:
      return scanText(bytes, start);
  }
}

function isEnd(byte: number): boolean {
  return byte === BLANK || byte === QUOTE;
}

function scanDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at] as number; byte >= ZERO && byte <= NINE; byte = bytes[at] as number) at += 1;
  return at;
}

/** Up to a blank or a quote. Bytes below a blank are in no JSON string, so they end it too, and then it does not fit. */
function scanText(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at] as number; byte > QUOTE || byte === 0x21; byte = bytes[at] as number) at += 1;
  return at;
}

function scanAddress(bytes: Uint8Array, start: number): number {
  const end = scanIpv4(bytes, start);
  if (end > start) return end;
  return scanIpv6(bytes, start);
}

/** Four numbers up to 255, without zeros before them. */
function scanIpv4(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let part = 0; part < 4; part += 1) {
    const first = (bytes[at] as number) - ZERO;
    if (first < 0 || first > 9) return start;
    let number = first;
    at += 1;
    for (let digit = (bytes[at] as number) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[at] as number) - ZERO) {
      number = number * 10 + digit;
      if (first === 0 || number > 255) return start;
      at += 1;
    }
    if (part < 3) {
      if (bytes[at] !== DOT) return start;
      at += 1;
    }
  }
  return at;
}

/** Groups of up to four hexadecimal digits; what else an address may have in it is left to Node. */
function scanIpv6(bytes: Uint8Array, start: number): number {
  let at = start;
  let groups = 0;
  let gaps = 0;
  for (;;) {
    const from = at;
    while (at - from < 5 && isHex(bytes[at] as number)) at += 1;
    const digits = at - from;
    if (digits > 4) return start;
    if (digits > 0) groups += 1;
    const byte = bytes[at] as number;
    if (byte !== COLON) {
      if (!isEnd(byte)) return scanOtherAddress(bytes, start);
      // A lone colon may not be the last.
      if (digits === 0 && !(bytes[at - 2] === COLON && at - 2 >= start)) return start;
      break;
    }
    at += 1;
    if (bytes[at] === COLON) {
      gaps += 1;
      at += 1;
      if (bytes[at] === COLON) return start;
    } else if (digits === 0) return start;
  }
  return gaps === 0 ? (groups === 8 ? at : start) : gaps === 1 && groups < 8 ? at : start;
}

function scanOtherAddress(bytes: Uint8Array, start: number): number {
  const end = scanText(bytes, start);
  // No address is longer.
  if (end - start > 100) return start;
  return isIP(String.fromCharCode(...bytes.subarray(start, end))) === 0 ? start : end;
}

function isHex(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}

function isAction(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 0x41 ? isWord(bytes, start, ACCEPT) : isWord(bytes, start, REJECT);
}

function scanLogStatus(bytes: Uint8Array, start: number): number {
  for (const word of STATUSES) if (isWord(bytes, start, word)) return start + word.length;
  return start;
}

const ACCEPT = Buffer.from('ACCEPT');
const REJECT = Buffer.from('REJECT');
const STATUSES = ['OK', 'NODATA', 'SKIPDATA'].map((word) => Buffer.from(word));

function isWord(bytes: Uint8Array, start: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index += 1) if (bytes[start + index] !== word[index]) return false;
  return true;
}
