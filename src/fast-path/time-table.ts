/**
 * The text of times, by second, in a small direct-mapped table: flow logs of one record have few seconds between them. A
 * second that is not there is made by arithmetic, with the text of its day from the general path.
 */
import { toWords, WORD_BYTES } from './words.js';

/** Words of one entry: `YYYY-MM-DDTHH:MM:SSZ` in three, then `HH:MM:SS` once more in a word of its own. */
const ENTRY_WORDS = 4;
/** The times of one flow log have a part of the table each, so that none takes another's place. */
export const TIME_ROLES = 3;
const SECONDS = 1024;
const DAYS = 64;
const DAY_S = 86_400;

export const DATE_BYTES = 10;
/** Bytes before the fraction, or the `Z`. */
export const SECOND_BYTES = 19;
/** Where the word with the time of day is in an entry. */
export const TIME_OF_DAY = 3;
/** The last second of the year 9999, behind which there is no text for a time. */
export const MAX_SECONDS = 253_402_300_799;

export class TimeTable {
  readonly words = new Float64Array(TIME_ROLES * SECONDS * ENTRY_WORDS);
  readonly #seconds = new Float64Array(TIME_ROLES * SECONDS).fill(-1);
  readonly #dayWords = new Float64Array(DAYS * 2);
  readonly #days = new Float64Array(DAYS).fill(-1);
  readonly #formatTime: (ms: number, offsetMinutes: number) => string;
  readonly #text = new DataView(new ArrayBuffer(ENTRY_WORDS * WORD_BYTES));

  /** @param formatTime RFC3339Nano */
  constructor(formatTime: (ms: number, offsetMinutes: number) => string) {
    this.#formatTime = formatTime;
  }

  /**
   * @param seconds since 1970, a whole number up to `MAX_SECONDS`
   * @param role from 0, below `TIME_ROLES`
   * @returns where its entry begins in `words`; it stays there until the role is asked for again
   */
  find(seconds: number, role: number): number {
    const slot = role * SECONDS + (seconds & (SECONDS - 1));
    if (this.#seconds[slot] !== seconds) this.#make(seconds, slot);
    return slot * ENTRY_WORDS;
  }

  #make(seconds: number, slot: number): void {
    const text = this.#text;
    const day = Math.floor(seconds / DAY_S);
    const ofDay = seconds - day * DAY_S;
    const daySlot = this.#findDay(day);
    text.setFloat64(0, this.#dayWords[daySlot * 2] as number, true);
    text.setFloat64(WORD_BYTES, this.#dayWords[daySlot * 2 + 1] as number, true);
    writeTimeOfDay(text, DATE_BYTES + 1, ofDay);
    text.setUint8(SECOND_BYTES, LETTER_Z);
    writeTimeOfDay(text, TIME_OF_DAY * WORD_BYTES, ofDay);
    for (let word = 0; word < ENTRY_WORDS; word += 1) {
      this.words[slot * ENTRY_WORDS + word] = text.getFloat64(word * WORD_BYTES, true);
    }
    this.#seconds[slot] = seconds;
  }

  #findDay(day: number): number {
    const slot = day & (DAYS - 1);
    if (this.#days[slot] !== day) {
      const date = this.#formatTime(day * DAY_S * 1000, 0).slice(0, DATE_BYTES + 1);
      this.#dayWords.set(toWords(date), slot * 2);
      this.#days[slot] = day;
    }
    return slot;
  }
}

const COLON = 0x3a;
const LETTER_Z = 0x5a;
const ZERO = 0x30;

/** The two digits of each number below 100, in the order of their bytes. */
const PAIRS = Uint16Array.from(
  { length: 100 },
  (_, number) => ZERO + ((number / 10) | 0) + ((ZERO + (number % 10)) << 8),
);

function writeTimeOfDay(view: DataView, at: number, seconds: number): void {
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  view.setUint16(at, PAIRS[hours] as number, true);
  view.setUint8(at + 2, COLON);
  view.setUint16(at + 3, PAIRS[minutes - hours * 60] as number, true);
  view.setUint8(at + 5, COLON);
  view.setUint16(at + 6, PAIRS[seconds - minutes * 60] as number, true);
}
