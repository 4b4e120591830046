/** Groups of up to four hexadecimal digits, separated by colons, with at most one gap for omitted groups. */
import * as sourceWindow from './source-window.js';

const { firstMarked, markNoHex, source: SOURCE } = sourceWindow;

/** Only Node can decide whether it is an address: it may contain, or be followed by, other text. */
export const UNSURE = -1;

/** Where the address that begins here ends; `start` if there is none; or `UNSURE`. */
export const scanIpv6 = (start: number): number => {
  let at = start;
  let groups = 0;
  let gaps = 0;
  for (;;) {
    const marks = markNoHex(SOURCE.getInt32(at, true));
    const digits = marks === 0 ? 4 : firstMarked(marks);
    at += digits;
    if (digits > 0) groups += 1;
    const two = SOURCE.getUint16(at, true);
    const byte = two & 0xff;
    if (byte !== COLON) {
      if (byte !== BLANK && byte !== QUOTE) return UNSURE;
      // A single colon may not be the last character.
      if (digits === 0 && !(at - 2 >= start && SOURCE.getUint8(at - 2) === COLON)) return start;
      break;
    }
    at += 1;
    if (two >> 8 === COLON) {
      gaps += 1;
      at += 1;
      if (SOURCE.getUint8(at) === COLON) return start;
    } else if (digits === 0) return start;
  }
  return gaps === 0 ? (groups === 8 ? at : start) : gaps === 1 && groups < 8 ? at : start;
};

const BLANK = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
