/**
 * The row of a log that is not from AWS but from the host app itself: table `GenericLog`.
 */
import { formatHostValue } from './host-value.js';
import type { Collected, SnareRow } from './row.js';
import { formatDate, formatRfc3339Nano, formatTime } from './time.js';

/** What a logger hands to its transports. https://github.com/winstonjs/logform#info-objects */
export interface HostInfo {
  readonly level: string;
  readonly message: unknown;
  readonly [key: string | symbol]: unknown;
}

/**
 * LEVEL is the level before any format coloured it. SNAREDATAMAP has all other properties but the message, as text.
 * Never throws, whatever the properties are: what cannot be read or written down says so in its place.
 */
export function toHostRow(info: HostInfo, at: Collected, hostName: string): SnareRow {
  return {
    DATE: formatDate(at.atMs),
    TIME: formatTime(at.atMs),
    SYSTEM: hostName,
    TABLE: 'GenericLog',
    COLLECTIONDATETIME: formatRfc3339Nano(at.atMs, at.offsetMinutes),
    DATETIME: formatRfc3339Nano(at.atMs),
    LEVEL: readText(info, LEVEL) ?? readText(info, 'level') ?? '-',
    MESSAGE: readText(info, 'message') ?? '-',
    SNAREDATAMAP: Object.fromEntries(otherKeys(info).map((key) => [key, readText(info, key) ?? 'undefined'])),
  };
}

// Where Winston keeps the plain level. https://github.com/winstonjs/triple-beam
const LEVEL = Symbol.for('level');

const UNREADABLE = '[unreadable]';

function otherKeys(info: HostInfo): string[] {
  try {
    const keys = Object.keys(info).filter((key) => key !== 'level' && key !== 'message');
    // An Error's stack is not enumerable, and is what one wants to see of it.
    return info instanceof Error && !keys.includes('stack') ? [...keys, 'stack'] : keys;
  } catch {
    return [];
  }
}

/** Undefined for what is undefined. */
function readText(info: HostInfo, key: string | symbol): string | undefined {
  try {
    const value = info[key];
    return value === undefined ? undefined : formatHostValue(value);
  } catch {
    return UNREADABLE;
  }
}
