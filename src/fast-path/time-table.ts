/**
 * The text of times, by the digits of their seconds in the source, in small direct-mapped tables. The flow logs of one record
 * have few distinct seconds, and a cached time need not even be parsed as a number. An uncached time is computed
 * arithmetically, with the text of its day from Node.
 */
import * as sourceWindow from './source-window.js';
import { toWords, WORD_BYTES } from './source-window.js';

/** Only seconds with this many digits, from 2001 to 2286. */
export const SECONDS_DIGITS = 10;
/** Each time of a flow log has a table of its own, so that none evicts another. */
export const TIME_ROLES = 3;
const SECONDS = 1000;
/** Words per entry: `YYYY-MM-DDTHH:MM:SSZ` in three, then `HH:MM:SS` again in a word of its own. */
const ENTRY_WORDS = 4;
const DAYS = 64;
const DAY_S = 86_400;
const HOUR_S = 3_600;
const DATE_BYTES = 11;
/** Offset of the `Z`. */
const SECOND_BYTES = 19;
/** The word of an entry that holds the time of day. */
export const TIME_OF_DAY = 3;

/** The entries. */
export const timeWords = new Float64Array(TIME_ROLES * SECONDS * ENTRY_WORDS);

const { source: SOURCE } = sourceWindow;
const WORDS = timeWords;
/** The hour since 1970 of each entry. */
const HOURS = new Int32Array(TIME_ROLES * SECONDS);
/** The first eight digits of each entry, as a word, and the last four. */
const FIRST_DIGITS = new Float64Array(TIME_ROLES * SECONDS);
const LAST_DIGITS = new Int32Array(TIME_ROLES * SECONDS);
const SECONDS_OF = new Float64Array(TIME_ROLES * SECONDS);

/**
 * @param at where the digits begin in the source
 * @param role from 0, below `TIME_ROLES`
 * @returns where the time's entry begins in `timeWords`; it is valid until the next call for this role
 */
export const findTime = (at: number, role: number): number => {
  const first = SOURCE.getFloat64(at, true);
  const last = SOURCE.getInt32(at + 6, true);
  const lastThree = ((last >>> 24) & 15) + ((last >>> 16) & 15) * 10 + ((last >>> 8) & 15) * 100;
  const slot = role * 1000 + lastThree;
  if (FIRST_DIGITS[slot] !== first || LAST_DIGITS[slot] !== last) makeEntry(at, slot);
  return slot * 4;
};

/** The hour of an entry that `findTime` returned, in hours since 1970. */
export const hourOf = (entry: number): number => HOURS[entry >> 2] as number;
/** The whole seconds of an entry in milliseconds since 1970; call it before the next call for its role. */
export const toMs = (entry: number): number => (SECONDS_OF[entry / ENTRY_WORDS] as number) * 1000;

const text = new DataView(new ArrayBuffer(ENTRY_WORDS * WORD_BYTES));
const days = new Float64Array(DAYS).fill(-1);
const dayWords = new Float64Array(DAYS * 2);

const makeEntry = (at: number, slot: number): void => {
  let seconds = 0;
  for (let digit = 0; digit < SECONDS_DIGITS; digit += 1) seconds = seconds * 10 + SOURCE.getUint8(at + digit) - ZERO;
  const day = Math.floor(seconds / DAY_S);
  const ofDay = seconds - day * DAY_S;
  const daySlot = findDay(day);
  text.setFloat64(0, dayWords[daySlot * 2] as number, true);
  text.setFloat64(WORD_BYTES, dayWords[daySlot * 2 + 1] as number, true);
  writeTimeOfDay(DATE_BYTES, ofDay);
  text.setUint8(SECOND_BYTES, LETTER_Z);
  writeTimeOfDay(TIME_OF_DAY * WORD_BYTES, ofDay);
  for (let word = 0; word < ENTRY_WORDS; word += 1) {
    WORDS[slot * ENTRY_WORDS + word] = text.getFloat64(word * WORD_BYTES, true);
  }
  HOURS[slot] = Math.floor(seconds / HOUR_S);
  SECONDS_OF[slot] = seconds;
  FIRST_DIGITS[slot] = SOURCE.getFloat64(at, true);
  LAST_DIGITS[slot] = SOURCE.getInt32(at + SECONDS_DIGITS - 4, true);
};

const findDay = (day: number): number => {
  const slot = day & (DAYS - 1);
  if (days[slot] !== day) {
    dayWords.set(toWords(new Date(day * DAY_S * 1000).toISOString().slice(0, DATE_BYTES)), slot * 2);
    days[slot] = day;
  }
  return slot;
};

const COLON = 0x3a;
const LETTER_Z = 0x5a;
const ZERO = 0x30;

/** The two digits of each number below 100, in byte order. */
const PAIRS = Uint16Array.from(
  { length: 100 },
  (_, number) => ZERO + ((number / 10) | 0) + ((ZERO + (number % 10)) << 8),
);

const writeTimeOfDay = (at: number, seconds: number): void => {
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  text.setUint16(at, PAIRS[hours] as number, true);
  text.setUint8(at + 2, COLON);
  text.setUint16(at + 3, PAIRS[minutes - hours * 60] as number, true);
  text.setUint8(at + 5, COLON);
  text.setUint16(at + 6, PAIRS[seconds - minutes * 60] as number, true);
};
