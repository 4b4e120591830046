/**
 * Transforms the text of a whole record into its lines, without a string or an object for each flow log. Takes one or more
 * envelopes as CloudWatch Logs writes them. An event that is not a flow log of a known format in plain ASCII goes through the
 * general path by itself. Any other record is left to the general path as a whole. The result always equals that of the general
 * path.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Collected } from '../collected.js';
import type { EnvelopeSource } from '../envelope.js';
import { findObjectEnd, isBlank, skipBlanks } from '../json-text.js';
import type { Tally } from '../tally.js';
import { type FormatProgram, toFormatProgram } from './format-program.js';
import { FoundFlowLogs } from './found-flow-logs.js';
import type { LineBuffers } from './line-buffers.js';
import { MAX_FIELDS } from './scan-fields.js';
import { toWords } from './source-window.js';
import type { FastFormat, GeneralPath, RepeatCheck } from './types.js';
import { EventWalk, type TransformedLines } from './walk-events.js';
import { type CollectedText, MAX_TIME_BYTES } from './write-line.js';

export interface LineTransformOptions<Format extends FastFormat, Odd> {
  readonly general: GeneralPath<Format, Odd>;
  /**
   * The formats to try on the messages of a source, in order. Returns the same array for the same formats, and an empty one for
   * a source that is for the general path.
   */
  readonly selectFormats: (source: EnvelopeSource) => readonly Format[];
  /** Most log events in a record. */
  readonly maxEvents: number;
  readonly maxEnvelopes: number;
  /** Maximum length of a line, including its line feed. */
  readonly maxLineBytes: number;
  readonly buffers: LineBuffers;
  /** Whether the flow logs themselves are needed besides their lines. */
  readonly needsFlowLogs?: boolean | undefined;
}

/** Formats with their programs, in the same order. */
interface Programs<Format> {
  readonly formats: readonly Format[];
  readonly programs: readonly FormatProgram[];
}

/** One call of `transform`. */
interface Transform<Format> {
  readonly bytes: Buffer;
  readonly collected: Collected;
  /** The formats of all envelopes so far. */
  formats: readonly Format[];
}

export class LineTransform<Format extends FastFormat, Odd> {
  readonly #options: LineTransformOptions<Format, Odd>;
  readonly #walk: EventWalk<Odd>;
  readonly #collected = new Map<number, CollectedText & { readonly offsetMinutes: number }>();
  /** By the text before the events, with the text after them. */
  readonly #sources = new Map<string, { readonly rest: string; readonly source: EnvelopeSource }>();
  readonly #programs = new WeakMap<readonly Format[], Programs<Format>>();

  constructor(options: LineTransformOptions<Format, Odd>) {
    this.#options = options;
    this.#walk = new EventWalk(options);
  }

  /**
   * @param text the text of the record, after gunzip
   * @param repeats finds the events to leave out; if left out, all events are sent
   * @param tally gets the hours of the events, also if the result is undefined
   * @returns undefined if the record is for the general path; then nothing of it was used
   */
  transform(
    text: Uint8Array,
    collected: Collected,
    repeats?: RepeatCheck,
    tally?: Tally,
  ): TransformedLines<Format, Odd> | undefined {
    // White space after the last envelope would give it two ends, and the cache of sources keeps one.
    const bytes = Buffer.from(text.buffer, text.byteOffset, endBeforeBlanks(text, text.length, 0));
    const collectedText = this.#findCollected(collected);
    let at = skipBlanks(bytes, 0);
    if (!collectedText || at === bytes.length) return undefined;
    const found = this.#options.needsFlowLogs ? new FoundFlowLogs<Odd>(bytes) : undefined;
    const walk = this.#walk;
    walk.begin({ bytes, collected: collectedText, found, repeats, tally });
    repeats?.restart();
    const run: Transform<Format> = { bytes, collected, formats: noFormats };
    for (let envelopes = 1; at < bytes.length; envelopes += 1) {
      const end = envelopes <= this.#options.maxEnvelopes ? this.#walkEnvelope(at, run) : NONE;
      if (end < 0) {
        walk.free();
        return undefined;
      }
      at = skipBlanks(bytes, end);
    }
    return walk.finish(run.formats);
  }

  /** Returns where the envelope ends; -1 if the record is for the general path. */
  #walkEnvelope(from: number, run: Transform<Format>): number {
    const { bytes, collected } = run;
    const start = findEvents(bytes, from);
    if (start < 0) return NONE;
    // The text after the events has to be known before the walk. With several envelopes, the end of the last one serves as
    // well, if the source turns out to be the same.
    const closing = findLastBracket(bytes, start);
    const source = this.#findSource(bytes, from, start, closing, bytes.length);
    const known = source && this.#findPrograms(source);
    if (!known) return NONE;
    const takeOdd = (event: unknown, index: number) =>
      this.#options.general.takeOdd(event, { source, formats: known.formats, collected, index });
    const closed = this.#walk.walk({
      start,
      source,
      programs: known.programs,
      firstFormat: run.formats.length,
      takeOdd,
    });
    if (closed < 0) return NONE;
    const end = findObjectEnd(bytes, closed + 1, 1);
    if (closed !== closing || end !== bytes.length) {
      const actual = this.#findSource(bytes, from, start, closed, end);
      if (!actual || !isSame(actual, source)) return NONE;
    }
    run.formats = run.formats.length === 0 ? known.formats : [...run.formats, ...known.formats];
    return end;
  }

  /** Undefined for the general path. Formats are selected each time, since more of them may have become known. */
  #findPrograms(source: EnvelopeSource): Programs<Format> | undefined {
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
   * Records of one network interface have the same text around their events. The envelope begins at `from`, its events at
   * `start`, and the text after them at `closing`.
   */
  #findSource(bytes: Buffer, from: number, start: number, closing: number, end: number): EnvelopeSource | undefined {
    // One character per byte is the fastest way to make a key.
    const key = bytes.toString('latin1', from, start);
    const rest = bytes.toString('latin1', closing, end);
    const known = this.#sources.get(key);
    if (known?.rest === rest) return known.source;
    const [before, behind] = [bytes.toString('utf8', from, start), bytes.toString('utf8', closing, end)];
    // The envelope might contain another array of this name. Only the array found here changes with the inserted value.
    const envelope = parseAround(before, '1', behind);
    if (!envelope || !parseAround(before, '2', behind)) return undefined;
    const source = this.#options.general.toSource(envelope);
    if (!source) return undefined;
    if (this.#sources.size >= MAX_ENVELOPES) this.#sources.clear();
    if (key.length + rest.length <= MAX_ENVELOPE_LENGTH) this.#sources.set(key, { rest, source });
    return source;
  }

  /** The records of a response have the same time of collection, and those of several responses alternate. */
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
/** When full, the cache is cleared: network interfaces come and go, and those still in use are soon cached again. */
const MAX_ENVELOPES = 4096;
const MAX_ENVELOPE_LENGTH = 1024;
/** Longest text after the log events of the last envelope. CloudWatch Logs writes two bytes there. */
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

/** The first byte after the bracket that opens the log events of the envelope; -1 if there are none. */
function findEvents(text: Buffer, from: number): number {
  const key = text.indexOf(KEY, from);
  // After a backslash, the quote belongs to another key.
  if (text[from] !== OPEN || key === -1 || text[key - 1] === BACKSLASH) return NONE;
  const colon = skipBlanks(text, key + KEY.length);
  const bracket = skipBlanks(text, colon + 1);
  if (text[colon] !== COLON || text[bracket] !== OPEN_BRACKET) return NONE;
  const start = skipBlanks(text, bracket + 1);
  return text[start] === OPEN ? start : NONE;
}

/**
 * The last bracket that closes an array of objects; the end of the text if its last bytes contain none. A search without this
 * limit would scan the whole text for each envelope.
 */
function findLastBracket(text: Buffer, from: number): number {
  const least = Math.max(from, text.length - MAX_BEHIND);
  for (let at = text.length - 1; at > least; at -= 1) {
    if (text[at] !== CLOSE_BRACKET) continue;
    const end = endBeforeBlanks(text, at, least + 1);
    if (text[end - 1] === CLOSE) return at;
    at = end;
  }
  return text.length;
}

/** Where the text before `from` ends without white space; `least` if nothing else is after it. */
function endBeforeBlanks(text: Uint8Array, from: number, least: number): number {
  let end = from;
  while (end > least && isBlank(text[end - 1])) end -= 1;
  return end;
}

/** The envelope with this value as its only log event; undefined if it does not parse so. */
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

function isSame(left: EnvelopeSource, right: EnvelopeSource): boolean {
  const isPlace = left.owner === right.owner && left.logGroup === right.logGroup && left.logStream === right.logStream;
  return isPlace && isDeepStrictEqual(left.subscriptionFilters, right.subscriptionFilters);
}
