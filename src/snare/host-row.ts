/** Rows of the table `GenericLog`: the host app's own logs. */
import type { Collected } from '../collected.js';
import type { DataMap, SnareRow } from '../snare-row.js';
import { cutText, formatHostValue, type TextBudget, UNREADABLE } from './host-value.js';
import { formatDate, formatRfc3339Nano, formatTime } from './time.js';

/** What a logger passes to its transports. https://github.com/winstonjs/logform#info-objects */
export interface HostInfo {
  readonly level: string;
  readonly message: unknown;
  readonly [key: string | symbol]: unknown;
}

/** For all texts of a row. Even if each character is escaped, the line stays below the default limit. */
const maxCharacters = 512 * 1024;
const maxLevelLength = 100;
const maxKeyLength = 1000;
const maxKeys = 1000;

/**
 * LEVEL is the level without the colours of a format. SNAREDATAMAP has every property except level and message, as text.
 * Never throws: a note replaces a value that cannot be read, and the part of a long one that is cut.
 */
export function toHostRow(info: HostInfo, at: Collected, hostName: string): SnareRow {
  const budget: TextBudget = { left: maxCharacters };
  return {
    DATE: formatDate(at.atMs),
    TIME: formatTime(at.atMs),
    SYSTEM: hostName,
    TABLE: 'GenericLog',
    COLLECTIONDATETIME: formatRfc3339Nano(at.atMs, at.offsetMinutes),
    DATETIME: formatRfc3339Nano(at.atMs),
    LEVEL: readLevel(info),
    MESSAGE: readText(info, 'message', budget) ?? '-',
    SNAREDATAMAP: toDataMap(info, budget),
  };
}

// Winston keeps the level without colours here. https://github.com/winstonjs/triple-beam
const LEVEL = Symbol.for('level');

function readLevel(info: HostInfo): string {
  const budget = { left: maxLevelLength };
  return readText(info, LEVEL, budget) ?? readText(info, 'level', budget) ?? '-';
}

function toDataMap(info: HostInfo, budget: TextBudget): DataMap {
  const texts: [string, string][] = [];
  const keys = otherKeys(info);
  for (const key of keys) {
    if (texts.length >= maxKeys || budget.left <= 0) {
      texts.push(['[cut]', `${keys.length - texts.length} more properties`]);
      break;
    }
    const name = cutText(key, maxKeyLength);
    budget.left -= name.length;
    texts.push([name, readText(info, key, budget) ?? 'undefined']);
  }
  return Object.fromEntries(texts);
}

function otherKeys(info: HostInfo): string[] {
  try {
    const keys = Object.keys(info).filter((key) => key !== 'level' && key !== 'message');
    // The stack of an Error is not enumerable, but it is the most useful part.
    return info instanceof Error && !keys.includes('stack') ? [...keys, 'stack'] : keys;
  } catch {
    return [];
  }
}

/** Returns undefined if the value is undefined. */
function readText(info: HostInfo, key: string | symbol, budget: TextBudget): string | undefined {
  try {
    const value = info[key];
    return value === undefined ? undefined : formatHostValue(value, budget);
  } catch {
    return UNREADABLE;
  }
}
