/**
 * From the text of a whole record to its lines, without a string or an object for each flow log. Takes envelopes as
 * CloudWatch Logs writes them, one or several; an event that is not a flow log of a known format in plain ASCII goes through
 * the general path alone. For any other record it gives nothing, and the general path has that record; so whatever comes out
 * of here is what that path gives.
 */
import type { Collected } from '../collected.js';
import { findObjectEnd, isBlank, skipBlanks } from '../json-text.js';
import { type FormatProgram, toFormatProgram } from './format-program.js';
import { type FoundEvent, FoundFlowLogs } from './found-flow-logs.js';
import type { LineBuffers } from './line-buffers.js';
import { MAX_FIELDS } from './scan-fields.js';
import { toWords } from './source-window.js';
import type { EventSource, FastFormat, GeneralPath, RepeatCheck } from './types.js';
import { EventWalk, type WalkedEvents } from './walk-events.js';
import { type CollectedText, MAX_TIME_BYTES } from './write-line.js';

export interface LineTransformOptions<Format extends FastFormat, Odd> {
  readonly general: GeneralPath<Format, Odd>;
  /**
   * The formats to try on the messages of a source, in order. The same array for the same formats; an empty one for a source
   * that is for the general path.
   */
  readonly selectFormats: (source: EventSource) => readonly Format[];
  /** Most log events in a record. */
  readonly maxEvents: number;
  readonly maxEnvelopes: number;
  /** Longest line, with its line feed. */
  readonly maxLineBytes: number;
  readonly buffers: LineBuffers;
  /** Whether the flow logs themselves are needed beside their lines. */
  readonly needsFlowLogs?: boolean | undefined;
}

/** The lines of one record, in order. */
export interface TransformedLines<Format, Odd> extends WalkedEvents<Odd> {
  /** All events in the same order, where they are needed. */
  readonly found: Iterable<FoundEvent<Odd>> | undefined;
  /** Which a found flow log names by their index. */
  readonly formats: readonly Format[];
}

/** Formats with their programs, in the same order. */
interface Programs<Format> {
  readonly formats: readonly Format[];
  readonly programs: readonly FormatProgram[];
}

/** One call of `transform`. */
interface Transform<Format, Odd> {
  readonly bytes: Buffer;
  readonly collected: Collected;
  readonly walk: EventWalk<Odd>;
  /** Of all envelopes so far. */
  formats: readonly Format[];
}

export class LineTransform<Format extends FastFormat, Odd> {
  readonly #options: LineTransformOptions<Format, Odd>;
  readonly #collected = new Map<number, CollectedText & { readonly offsetMinutes: number }>();
  readonly #sources = new Map<string, EventSource>();
  readonly #programs = new WeakMap<readonly Format[], Programs<Format>>();

  constructor(options: LineTransformOptions<Format, Odd>) {
    this.#options = options;
  }

  /**
   * @param text of the record, after gunzip
   * @param repeats left out, all events are sent
   * @returns undefined when the record is for the general path; nothing of it was used then
   */
  transform(text: Uint8Array, collected: Collected, repeats?: RepeatCheck): TransformedLines<Format, Odd> | undefined {
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    const collectedText = this.#findCollected(collected);
    let at = skipBlanks(bytes, 0);
    if (!collectedText || at === bytes.length) return undefined;
    const found = this.#options.needsFlowLogs ? new FoundFlowLogs<Odd>(bytes) : undefined;
    const { maxEvents, maxLineBytes, buffers } = this.#options;
    const walk = new EventWalk<Odd>({
      bytes,
      collected: collectedText,
      maxEvents,
      maxLineBytes,
      buffers,
      found,
      repeats,
    });
    repeats?.restart();
    const run: Transform<Format, Odd> = { bytes, collected, walk, formats: noFormats };
    for (let envelopes = 1; at < bytes.length; envelopes += 1) {
      const end = envelopes <= this.#options.maxEnvelopes ? this.#walkEnvelope(at, run) : NONE;
      if (end < 0) {
        walk.free();
        return undefined;
      }
      at = skipBlanks(bytes, end);
    }
    const { parts, counts, skipped, repeats: left, odd } = walk.finish();
    return { parts, counts, skipped, repeats: left, odd, found, formats: run.formats };
  }

  /** Returns where the envelope ends; -1 if the record is for the general path. */
  #walkEnvelope(from: number, run: Transform<Format, Odd>): number {
    const { bytes, collected, walk } = run;
    const start = findEvents(bytes, from);
    if (start < 0) return NONE;
    // What stands behind the events has to be known before they are walked through. Of several envelopes the last one's end
    // is as good as this one's, if the source turns out to be the same.
    const closing = findLastBracket(bytes, start);
    const source = this.#findSource(bytes, from, start, closing, bytes.length);
    const known = source && this.#findPrograms(source);
    if (!known) return NONE;
    const takeOdd = (event: unknown, index: number) =>
      this.#options.general.takeOdd(event, { source, formats: known.formats, collected, index });
    const closed = walk.walk({ start, source, programs: known.programs, firstFormat: run.formats.length, takeOdd });
    if (closed < 0) return NONE;
    const end = findObjectEnd(bytes, closed + 1, 1);
    if (closed !== closing || end !== bytes.length) {
      const actual = this.#findSource(bytes, from, start, closed, end);
      if (!actual || !isSame(actual, source)) return NONE;
    }
    run.formats = run.formats.length === 0 ? known.formats : [...run.formats, ...known.formats];
    return end;
  }

  /** Undefined for the general path. Formats are asked for each time, since more of them may be known by now. */
  #findPrograms(source: EventSource): Programs<Format> | undefined {
    const formats = this.#options.selectFormats(source);
    let programs = this.#programs.get(formats);
    if (!programs) {
      const isFit = formats.every(({ fields }) => fields.length <= MAX_FIELDS);
      programs = {
        formats,
        programs: isFit ? formats.map((format) => toFormatProgram(format, this.#options.general)) : [],
      };
      this.#programs.set(formats, programs);
    }
    return programs.programs.some(({ line }) => line) ? programs : undefined;
  }

  /**
   * The records of a network interface have the same text around their events. The envelope begins at `from`, its events at
   * `start`, and what is behind them at `closing`.
   */
  #findSource(bytes: Buffer, from: number, start: number, closing: number, end: number): EventSource | undefined {
    // Each byte as one character is the fastest way to a key.
    const key = bytes.toString('latin1', from, start) + bytes.toString('latin1', closing, end);
    const known = this.#sources.get(key);
    if (known) return known;
    const [before, behind] = [bytes.toString('utf8', from, start), bytes.toString('utf8', closing, end)];
    // Another array could be the one that counts. Only the one that is looked for changes with what is put into it.
    const envelope = parseAround(before, '1', behind);
    if (!envelope || !parseAround(before, '2', behind)) return undefined;
    const source = this.#options.general.toSource(envelope);
    if (!source) return undefined;
    if (this.#sources.size >= MAX_ENVELOPES) this.#sources.clear();
    if (key.length <= MAX_ENVELOPE_LENGTH) this.#sources.set(key, source);
    return source;
  }

  /** The records of a reply have the same time of collection, and those of several replies come in turns. */
  #findCollected({ atMs, offsetMinutes }: Collected): CollectedText | undefined {
    const known = this.#collected.get(atMs);
    if (known?.offsetMinutes === offsetMinutes) return known;
    const text = this.#options.general.formatTime(atMs, offsetMinutes);
    if (text.length > MAX_TIME_BYTES) return undefined;
    if (this.#collected.size >= MAX_COLLECTED) this.#collected.clear();
    const collected = { offsetMinutes, words: toWords(text), bytes: text.length };
    this.#collected.set(atMs, collected);
    return collected;
  }
}

const MAX_COLLECTED = 256;
/** Network interfaces come and go; those still in use are back at once. */
const MAX_ENVELOPES = 4096;
const MAX_ENVELOPE_LENGTH = 1024;
/** Longest text behind the log events of the last envelope. CloudWatch Logs writes two bytes there. */
const MAX_BEHIND = 4096;

const NONE = -1;
const noFormats: readonly never[] = [];
const KEY = Buffer.from('"logEvents"');
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The first byte behind the bracket that opens the log events of the envelope; -1 if there are none. */
function findEvents(text: Buffer, from: number): number {
  const key = text.indexOf(KEY, from);
  // Behind a backslash, the quote is part of another key.
  if (text[from] !== OPEN || key === -1 || text[key - 1] === BACKSLASH) return NONE;
  const colon = skipBlanks(text, key + KEY.length);
  const bracket = skipBlanks(text, colon + 1);
  if (text[colon] !== COLON || text[bracket] !== OPEN_BRACKET) return NONE;
  const start = skipBlanks(text, bracket + 1);
  return text[start] === OPEN ? start : NONE;
}

/**
 * The last bracket that closes an array of objects; the end of the text if there is none in its last bytes. All of the text
 * would be looked at for each envelope.
 */
function findLastBracket(text: Buffer, from: number): number {
  const least = Math.max(from, text.length - MAX_BEHIND);
  for (let at = text.length - 1; at > least; at -= 1) {
    if (text[at] !== CLOSE_BRACKET) continue;
    let before = at - 1;
    while (before > least && isBlank(text[before])) before -= 1;
    if (text[before] === CLOSE) return at;
    at = before + 1;
  }
  return text.length;
}

/** The envelope with one value as its only log event; undefined if it does not have it. */
function parseAround(before: string, event: string, behind: string): object | undefined {
  try {
    const envelope: unknown = JSON.parse(before + event + behind);
    const { logEvents } = envelope as { readonly logEvents?: unknown };
    const isThere = Array.isArray(logEvents) && logEvents.length === 1 && logEvents[0] === Number(event);
    return isThere ? (envelope as object) : undefined;
  } catch {
    return undefined;
  }
}

function isSame(left: EventSource, right: EventSource): boolean {
  return left.owner === right.owner && left.logGroup === right.logGroup && left.logStream === right.logStream;
}
